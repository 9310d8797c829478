"""C text for elementwise operators: an expression for each, and the body of a fused loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.errors import InternalError
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op
from tinsmith.kernels.kernel import Site
from tinsmith.kernels.plain import element
from tinsmith.ops import activations, arithmetic, cast, comparison, logic, rounding, trigonometry
from tinsmith.ops.activation_table import OWN, ROWS, check_own
from tinsmith.ops.elementwise import HALVES, Elementwise
from tinsmith.ops.fused import Fused

Operands: TypeAlias = "Sequence[Value]"


@dataclass(frozen=True, slots=True)
class Value:
    """An element: its C text in the arithmetic type of ``dtype``, and its value if constant."""

    text: str
    dtype: DType
    constant: float | int | None = None


def arithmetic_type(dtype: DType) -> DType:
    """The type in which elements are computed: float32 for halves."""
    return DType.F32 if dtype in HALVES else dtype


def literal(value: float | int, dtype: DType) -> str:
    """A number as C text of the arithmetic type of ``dtype``."""
    if dtype.is_float:
        if math.isnan(value):
            return "NAN"
        if math.isinf(value):
            return "INFINITY" if value > 0 else "-INFINITY"
        if dtype is DType.F64:
            return repr(float(value))
        with np.errstate(over="ignore"):
            narrow = np.float32(value)
        return f"{narrow!s}f" if np.isfinite(narrow) else literal(float(narrow), dtype)
    number = int(value)
    if dtype in (DType.I64, DType.I32) and number == -(1 << 8 * dtype.size_bytes - 1):
        return f"INT{8 * dtype.size_bytes}_MIN"
    if dtype in (DType.I64, DType.U64, DType.U32):
        kind = "INT" if dtype is DType.I64 else "UINT"
        return f"{kind}{8 * dtype.size_bytes}_C({number})"
    return str(number)


# {0} {1} {2}: operands; {t}: short name of the arithmetic type; other names: attributes.
TEMPLATES: Mapping[type[Op], str] = {
    **{operator: row.element for operator, row in ROWS.items() if row.element != OWN},
    activations.PRelu: "tin_prelu_{t}({0}, {1})",
    arithmetic.Abs: "tin_abs_{t}({0})",
    arithmetic.Add: "tin_add_{t}({0}, {1})",
    arithmetic.Div: "tin_div_{t}({0}, {1})",
    arithmetic.Erf: "tin_erf_{t}({0})",
    arithmetic.Exp: "tin_exp_{t}({0})",
    arithmetic.Log: "tin_log_{t}({0})",
    arithmetic.Max: "tin_max_{t}({0}, {1})",
    arithmetic.Min: "tin_min_{t}({0}, {1})",
    arithmetic.Mul: "tin_mul_{t}({0}, {1})",
    arithmetic.Neg: "tin_neg_{t}({0})",
    arithmetic.Reciprocal: "tin_reciprocal_{t}({0})",
    arithmetic.Sign: "tin_sign_{t}({0})",
    arithmetic.Sqrt: "tin_sqrt_{t}({0})",
    arithmetic.Sub: "tin_sub_{t}({0}, {1})",
    comparison.Equal: "{0} == {1}",
    comparison.Greater: "{0} > {1}",
    comparison.GreaterOrEqual: "{0} >= {1}",
    comparison.IsNaN: "tin_isnan_{t}({0})",
    comparison.Less: "{0} < {1}",
    comparison.LessOrEqual: "{0} <= {1}",
    comparison.Where: "{0} ? {1} : {2}",
    logic.And: "{0} & {1}",
    logic.BitwiseAnd: "{0} & {1}",
    logic.BitwiseNot: "~{0}",
    logic.BitwiseOr: "{0} | {1}",
    logic.BitwiseXor: "{0} ^ {1}",
    logic.Not: "!{0}",
    logic.Or: "{0} | {1}",
    logic.Xor: "{0} ^ {1}",
    rounding.Ceil: "tin_ceil_{t}({0})",
    rounding.Floor: "tin_floor_{t}({0})",
    rounding.Round: "tin_round_{t}({0})",
    trigonometry.Acos: "tin_acos_{t}({0})",
    trigonometry.Acosh: "tin_acosh_{t}({0})",
    trigonometry.Asin: "tin_asin_{t}({0})",
    trigonometry.Asinh: "tin_asinh_{t}({0})",
    trigonometry.Atan: "tin_atan_{t}({0})",
    trigonometry.Atanh: "tin_atanh_{t}({0})",
    trigonometry.Cos: "tin_cos_{t}({0})",
    trigonometry.Cosh: "tin_cosh_{t}({0})",
    trigonometry.Sin: "tin_sin_{t}({0})",
    trigonometry.Sinh: "tin_sinh_{t}({0})",
    trigonometry.Tan: "tin_tan_{t}({0})",
}


def _bit_shift(op: logic.BitShift, x: Operands) -> str:
    side = "shl" if op.left else "shr"
    return f"tin_{side}_{x[0].dtype.short}({x[0].text}, {x[1].text})"


def _cast(op: cast.Cast, x: Operands) -> str:
    (value,) = x
    source, to = arithmetic_type(value.dtype), arithmetic_type(op.to)
    if op.to is DType.BOOL:
        return f"{value.text} != 0"
    if source.is_float and not to.is_float:
        return f"tin_cast_{source.short}_{to.short}({value.text})"
    if source is to:
        return value.text
    if source is DType.F64 or op.to not in HALVES:
        return f"({to.c}){value.text}"
    return f"(float){value.text}"


def _clip(op: activations.Clip, x: Operands) -> str:
    (value,) = x
    dtype, text = arithmetic_type(value.dtype), value.text
    names = ("at_least", "at_most") if dtype.is_float else ("max", "min")
    for name, bound in zip(names, (op.low, op.high), strict=True):
        if bound is not None:
            rounded = np.asarray(bound).astype(value.dtype.numpy).astype(dtype.numpy).item()
            text = f"tin_{name}_{dtype.short}({text}, {literal(rounded, dtype)})"
    return text


def _gelu(op: activations.Gelu, x: Operands) -> str:
    name = "gelu_tanh" if op.tanh else "gelu"
    return f"tin_{name}_{arithmetic_type(x[0].dtype).short}({x[0].text})"


def _is_inf(op: comparison.IsInf, x: Operands) -> str:
    tests = [f"{x[0].text} == {sign}INFINITY"
             for sign, asked in (("", op.detect_positive), ("-", op.detect_negative)) if asked]
    return " || ".join(tests) or f"((void){x[0].text}, 0)"


def _mod(op: arithmetic.Mod, x: Operands) -> str:
    name = "fmod" if op.fmod else "mod"
    return f"tin_{name}_{arithmetic_type(x[0].dtype).short}({x[0].text}, {x[1].text})"


POWERS: Mapping[float, str] = {
    1.0: "{0}",
    2.0: "{0} * {0}",
    3.0: "{0} * {0} * {0}",
    4.0: "({0} * {0}) * ({0} * {0})",
    0.5: "tin_sqrt_{t}({0})",
    -0.5: "1 / tin_sqrt_{t}({0})",
    -1.0: "1 / {0}",
    -2.0: "1 / ({0} * {0})",
}


def _pow(op: arithmetic.Pow, x: Operands) -> str:
    base, exponent = x
    a, b = arithmetic_type(base.dtype), arithmetic_type(exponent.dtype)
    if a.is_float:
        wide = DType.F64 if b is DType.F64 else a
        template = None if exponent.constant is None else POWERS.get(exponent.constant)
        if template is not None and wide is a:
            return template.format(base.text, t=a.short)
        return f"tin_pow_{wide.short}(({wide.c}){base.text}, ({wide.c}){exponent.text})"
    if b.is_float:
        power = f"tin_pow_f64((double){base.text}, (double){exponent.text})"
        return f"tin_cast_f64_{a.short}({power})"
    negative = f"{exponent.text} < 0" if b.is_signed_integer else "0"
    return f"tin_pow_{a.short}({base.text}, (uint64_t){exponent.text}, {negative})"


def _shrink(op: activations.Shrink, x: Operands) -> str:
    (value,) = x
    dtype = arithmetic_type(value.dtype)
    wide = dtype if dtype.is_float else DType.F64
    text = value.text if dtype.is_float else f"(double){value.text}"
    bias, lambd = literal(op.bias, wide), literal(op.lambd, wide)
    shrunk = f"tin_shrink_{wide.short}({text}, {bias}, {lambd})"
    return shrunk if dtype.is_float else f"tin_cast_f64_{dtype.short}({shrunk})"


SPECIAL: Mapping[type[Op], Callable[..., str]] = {
    activations.Clip: _clip,
    activations.Gelu: _gelu,
    activations.Shrink: _shrink,
    arithmetic.Mod: _mod,
    arithmetic.Pow: _pow,
    cast.Cast: _cast,
    comparison.IsInf: _is_inf,
    logic.BitShift: _bit_shift,
}

check_own("element", SPECIAL, "kernels/elementwise/element_code.py")

# Of a vector, where compilers can use one, and of one element where the library is called.
VECTOR_INSTRUCTIONS: Mapping[type[Op], float] = {
    **{operator: row.cycles for operator, row in ROWS.items() if row.cycles > 1},
    arithmetic.Div: 5, arithmetic.Erf: 14, arithmetic.Exp: 10, arithmetic.Log: 14,
    arithmetic.Reciprocal: 5, arithmetic.Sqrt: 6,
}
LIBRARY_INSTRUCTIONS = 80


def expression(op: Op, operands: Operands) -> str:
    """The C expression of ``op``, in the arithmetic type of its result."""
    if (special := SPECIAL.get(type(op))) is not None:
        return special(op, operands)
    template = TEMPLATES.get(type(op))
    if template is None:
        raise InternalError(f"emit: operator '{op.name}': expected a C expression, got none; "
                            "report this")
    dtype = arithmetic_type(operands[0].dtype)
    attributes = {name: literal(getattr(op, name), dtype)
                  for name in ("alpha", "beta", "gamma") if hasattr(op, name)}
    return template.format(*(x.text for x in operands), t=dtype.short, **attributes)


@dataclass(frozen=True, slots=True)
class Program:
    """The loop's body for one site.

    Attributes:
        reads: inputs of the node that are read in memory, in order; other inputs are scalar
            constants, and part of the text.
        kinds: the element type of each of ``reads``.
        lines: the declarations that compute all values, from x<position> of each read.
        results: for each output of the node its value, if it is asked for.
        vector_instructions, scalar_instructions: for a vector, and for an element in addition.
    """

    reads: tuple[int, ...]
    kinds: tuple[DType, ...]
    lines: tuple[str, ...]
    results: tuple[Value | None, ...]
    vector_instructions: float
    scalar_instructions: float

    def macros(
        self, order: Sequence[int], results: Sequence[int], shared: Collection[int]
    ) -> tuple[tuple[str, str], ...]:
        """The macros of elementwise.h for operands in ``order``.

        ``shared``: places in ``order`` whose memory may be a result's as well.
        """
        kinds = dict(zip(self.reads, self.kinds, strict=True))
        parameters, loads, stores = [], [], []
        for k, position in enumerate(order):
            kind = kinds[position]
            restrict = "" if k in shared else "restrict "
            parameters.append(f"const {kind.c} *{restrict}a{k}")
            loads.append(f"const {arithmetic_type(kind).c} x{position} = "
                         f"{_apply(_load(kind), f'a{k}[AT({k})]')};")
        for j, result in enumerate(results):
            value = self.results[result]
            assert value is not None, "a result that nobody computes"
            parameters.append(f"{value.dtype.c} *{'' if shared else 'restrict '}y{j}")
            stores.append(f"y{j}[AT(OPERANDS)] = {_apply(_store(value.dtype), value.text)};")
        loop = "TIN_EACH_INDEPENDENT" if shared and not self.scalar_instructions else "TIN_EACH"
        return (("OPERANDS", str(len(order))), ("PARAMETERS", ", ".join(parameters)),
                ("LOOP", loop),
                ("BODY", "\n".join((*loads, *self.lines, *stores))))


def _apply(function: str, text: str) -> str:
    return f"{function}({text})" if function else text


def _load(kind: DType) -> str:
    return dict(element("T", kind))["T_LOAD"]


def _store(kind: DType) -> str:
    return dict(element("T", kind))["T_STORE"]


def scalar(array: Array | None) -> float | int | None:
    """The number that a constant operand consists of, if it is just one."""
    if array is None or array.size != 1:
        return None
    value = array.reshape(-1)[0]
    return float(value) if DType.of(array).is_float else int(value)


def program(site: Site) -> Program:
    """The loop's body for an elementwise operator or a fused chain of them."""
    body, inputs, outputs = _body(site)
    used = {name for node in body for name in node.inputs}
    values: dict[str, Value] = {}
    reads: list[int] = []
    for position, name in enumerate(inputs):
        kind = site.input(position).dtype
        number = scalar(site.constant(position))
        if number is not None:
            values[name] = Value(f"({literal(number, kind)})", kind, number)
        elif name in used:
            reads.append(position)
            values[name] = Value(f"x{position}", kind)
    lines: list[str] = []
    vector = library = 0.0
    for i, node in enumerate(body):
        assert isinstance(node.op, Elementwise)
        operands = [values[name] for name in node.inputs]
        dtype = node.op.result(*(x.dtype for x in operands))
        text = expression(node.op, operands)
        if node.outputs[0] in used and dtype in HALVES:
            text = f"tin_{dtype.short}_to_f32(tin_f32_to_{dtype.short}({text}))"
        lines.append(f"const {arithmetic_type(dtype).c} v{i} = {text};")
        values[node.outputs[0]] = Value(f"v{i}", dtype)
        vector += VECTOR_INSTRUCTIONS.get(type(node.op), 1.0)
        library += LIBRARY_INSTRUCTIONS if _calls_library(node.op, operands) else 0.0
    results = tuple(values.get(name) for name in outputs)
    return Program(tuple(reads), tuple(site.input(i).dtype for i in reads), tuple(lines), results,
                   vector, library)


def _body(site: Site) -> tuple[tuple[Node, ...], tuple[str, ...], tuple[str, ...]]:
    """The nodes that the asked outputs need, with the names of all inputs and outputs."""
    if not isinstance(site.op, Fused):
        inputs = tuple(f"x{i}" for i in range(len(site.inputs)))
        return (Node(site.node.name, site.op, inputs, ("y",)),), inputs, ("y",)
    needed = {name for i, name in enumerate(site.op.outputs) if site.has_output(i)}
    kept: list[Node] = []
    for node in reversed(site.op.body):
        if node.outputs[0] in needed:
            kept.append(node)
            needed.update(node.inputs)
    return tuple(reversed(kept)), site.op.inputs, site.op.outputs


def _calls_library(op: Op, operands: Operands) -> bool:
    if isinstance(op, arithmetic.Pow):
        return operands[1].constant is None or operands[1].constant not in POWERS
    return (type(op).__module__ == trigonometry.__name__ or isinstance(op, arithmetic.Mod)
            or any(x.dtype is DType.F64 and type(op) in VECTOR_INSTRUCTIONS for x in operands))
