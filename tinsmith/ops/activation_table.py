"""What each activation is: a row for each operator of ``activations`` that takes one value.

A row says all that differs between activations, wherever it is used: C text of one element and
its cost, bounds, the names in formats that are read and written, and how kernels apply it on the
way. Vector code stands under the same name in ``kernels/c/activations.h``. A row that lacks a part,
and an operator that lacks a row, are errors when this module is imported.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from tinsmith.errors import InternalError
from tinsmith.ir.op import Op
from tinsmith.ops import activations as ops
from tinsmith.ops.elementwise import Unary

Range: TypeAlias = tuple[float, float]
ANYTHING: Range = (-math.inf, math.inf)
NOTHING = (0.0, 0.0)  # alpha and beta of an activation that has neither

OWN = "own"  # there is a function for it where it is used
NONE = ""  # the format has no such operator
DIRECT = "direct"  # the standard's attributes are ours, with the same defaults
_FORGOTTEN: Any = object()


@dataclass(frozen=True, slots=True)
class Fusing:
    """How kernels apply an activation to what they computed.

    Attributes:
        kind: its name as an ``Activation``.
        c: the name of its row in ``kernels/c/activations.h``.
        constants: alpha and beta of an operator, or None where that is not of this kind.
        operator: the operator of alpha and beta; its formula is the activation's.
    """

    kind: str
    c: str
    constants: Callable[[Any], tuple[float, float] | None]
    operator: Callable[[float, float], Unary]


@dataclass(frozen=True, slots=True)
class Row:
    """One activation.

    Attributes:
        operator: its class: formula in numpy, attributes, their defaults.
        element: C text of one element: {0} is the operand, {t} the short name of its type, other
            names are attributes; or OWN.
        cycles: of a vector of elements, where compilers can use one.
        bounds: between which numbers the results of an operator lie, NaN aside.
        onnx: DIRECT, or OWN.
        tflite: LiteRT's operator, OWN, or NONE.
        tflite_fusing: what LiteRT calls those that its other operators apply on the way.
        torch: the function of ``torch.nn.functional``, which takes the attributes; OWN, or NONE.
        fusing: the kinds under which kernels apply it; none, if they do not.
    """

    operator: type[Unary]
    element: str = _FORGOTTEN
    cycles: float = _FORGOTTEN
    bounds: Callable[[Any], Range] = _FORGOTTEN
    onnx: str = _FORGOTTEN
    tflite: str = _FORGOTTEN
    tflite_fusing: Mapping[Op, str] = _FORGOTTEN
    torch: str = _FORGOTTEN
    fusing: tuple[Fusing, ...] = _FORGOTTEN

    def __post_init__(self) -> None:
        """Refuses a row that lacks a part."""
        missing = [part.name for part in fields(self) if getattr(self, part.name) is _FORGOTTEN]
        if missing:
            raise InternalError(
                f"activations: operator '{self.operator.__name__}': expected all parts of a row, "
                f"got none for {', '.join(missing)}; say them in ops/activation_table.py")


def between(low: float, high: float) -> Callable[[Any], Range]:
    """The bounds of an activation without attributes that matter."""
    return lambda op: (low, high)


def limits(op: ops.Clip) -> Range:
    """The bounds of a Clip, infinite where it has none."""
    return (-math.inf if op.low is None else float(op.low),
            math.inf if op.high is None else float(op.high))


def _clip_bounds(op: ops.Clip) -> Range:
    """What a Clip lets through; the upper bound where the two cross."""
    low, high = limits(op)
    return min(low, high), high


def _none(op: Op) -> tuple[float, float]:
    return NOTHING


def _alpha(op: Any) -> tuple[float, float]:
    return op.alpha, 0.0


def _relu(op: Op) -> tuple[float, float] | None:
    return None if isinstance(op, ops.Clip) and limits(op) != (0.0, math.inf) else NOTHING


def by_operator(rows: Iterable[Row], operators: Iterable[type[Op]]) -> Mapping[type[Op], Row]:
    """Rows by their operators.

    Raises:
        InternalError: one of ``operators`` has no row.
    """
    found: dict[type[Op], Row] = {row.operator: row for row in rows}
    for operator in operators:
        if operator not in found:
            raise InternalError(
                f"activations: operator '{operator.__name__}': expected a row, got none; say what "
                "it is in ops/activation_table.py")
    return found


_anything = between(*ANYTHING)
_RELU = Fusing("relu", "RELU", _relu, lambda alpha, beta: ops.Relu())

ROWS: Mapping[type[Op], Row] = by_operator((
    Row(ops.Celu, element="tin_celu_{t}({0}, {alpha})", cycles=20, bounds=_anything,
        onnx=DIRECT, tflite=NONE, tflite_fusing={}, torch="celu",
        fusing=(Fusing("celu", "CELU", lambda op: (op.alpha, 0.0) if op.alpha > 0 else None,
                       lambda alpha, beta: ops.Celu(alpha)),)),
    Row(ops.Clip, element=OWN, cycles=1, bounds=_clip_bounds, onnx=OWN, tflite=OWN,
        tflite_fusing={ops.Clip(0, None): "RELU", ops.Clip(0, 6): "RELU6",
                       ops.Clip(-1, 1): "RELU_N1_TO_1"},
        torch=OWN, fusing=(_RELU, Fusing("clip", "CLIP", limits, ops.Clip))),
    Row(ops.Elu, element="tin_elu_{t}({0}, {alpha})", cycles=16, bounds=_anything,
        onnx=DIRECT, tflite=OWN, tflite_fusing={}, torch="elu",
        fusing=(Fusing("elu", "ELU", _alpha, lambda alpha, beta: ops.Elu(alpha)),)),
    Row(ops.Gelu, element=OWN, cycles=16, bounds=_anything,
        onnx=OWN, tflite=OWN, tflite_fusing={}, torch=OWN,
        fusing=(Fusing("gelu", "GELU", lambda op: None if op.tanh else NOTHING,
                       lambda alpha, beta: ops.Gelu()),
                Fusing("gelu_tanh", "GELU_TANH", lambda op: NOTHING if op.tanh else None,
                       lambda alpha, beta: ops.Gelu(tanh=True)))),
    Row(ops.HardSigmoid, element="tin_hard_sigmoid_{t}({0}, {alpha}, {beta})", cycles=1,
        bounds=between(0.0, 1.0), onnx=DIRECT, tflite=OWN, tflite_fusing={}, torch=OWN,
        fusing=(Fusing("hard_sigmoid", "HARDSIGMOID", lambda op: (op.alpha, op.beta),
                       ops.HardSigmoid),)),
    Row(ops.HardSwish, element="tin_hard_swish_{t}({0})", cycles=1, bounds=_anything,
        onnx=DIRECT, tflite="HARD_SWISH", tflite_fusing={}, torch=OWN,
        fusing=(Fusing("hard_swish", "HARDSWISH", _none, lambda alpha, beta: ops.HardSwish()),)),
    Row(ops.LeakyRelu, element="tin_prelu_{t}({0}, {alpha})", cycles=1, bounds=_anything,
        onnx=DIRECT, tflite=OWN, tflite_fusing={}, torch=OWN,
        fusing=(Fusing("leaky_relu", "LEAKY", _alpha, lambda alpha, beta: ops.LeakyRelu(alpha)),)),
    Row(ops.Mish, element="tin_mish_{t}({0})", cycles=20, bounds=_anything,
        onnx=DIRECT, tflite=NONE, tflite_fusing={}, torch="mish",
        fusing=(Fusing("mish", "MISH", _none, lambda alpha, beta: ops.Mish()),)),
    Row(ops.Relu, element="tin_relu_{t}({0})", cycles=1, bounds=between(0.0, math.inf),
        onnx=DIRECT, tflite="RELU", tflite_fusing={ops.Relu(): "RELU"}, torch=OWN,
        fusing=(_RELU,)),
    Row(ops.Selu, element="tin_selu_{t}({0}, {alpha}, {gamma})", cycles=16, bounds=_anything,
        onnx=DIRECT, tflite=NONE, tflite_fusing={}, torch=OWN,
        fusing=(Fusing("selu", "SELU", lambda op: (op.alpha, op.gamma), ops.Selu),)),
    Row(ops.Shrink, element=OWN, cycles=1, bounds=_anything,
        onnx=DIRECT, tflite=NONE, tflite_fusing={}, torch=NONE, fusing=()),
    Row(ops.Sigmoid, element="tin_sigmoid_{t}({0})", cycles=16, bounds=between(0.0, 1.0),
        onnx=DIRECT, tflite="LOGISTIC", tflite_fusing={}, torch="sigmoid",
        fusing=(Fusing("sigmoid", "SIGMOID", _none, lambda alpha, beta: ops.Sigmoid()),)),
    Row(ops.Softplus, element="tin_softplus_{t}({0})", cycles=30, bounds=between(0.0, math.inf),
        onnx=DIRECT, tflite=NONE, tflite_fusing={}, torch="softplus",
        fusing=(Fusing("softplus", "SOFTPLUS", _none, lambda alpha, beta: ops.Softplus()),)),
    Row(ops.Softsign, element="tin_softsign_{t}({0})", cycles=6, bounds=between(-1.0, 1.0),
        onnx=DIRECT, tflite=NONE, tflite_fusing={}, torch="softsign", fusing=()),
    Row(ops.Swish, element="tin_swish_{t}({0}, {alpha})", cycles=16, bounds=_anything,
        onnx=DIRECT, tflite=OWN, tflite_fusing={}, torch=OWN,
        fusing=(Fusing("silu", "SILU", lambda op: NOTHING if op.alpha == 1 else None,
                       lambda alpha, beta: ops.Swish()),)),
    Row(ops.Tanh, element="tin_tanh_{t}({0})", cycles=14, bounds=between(-1.0, 1.0),
        onnx=DIRECT, tflite="TANH", tflite_fusing={}, torch="tanh",
        fusing=(Fusing("tanh", "TANH", _none, lambda alpha, beta: ops.Tanh()),)),
    Row(ops.ThresholdedRelu, element="tin_thresholded_relu_{t}({0}, {alpha})", cycles=1,
        bounds=_anything, onnx=DIRECT, tflite=NONE, tflite_fusing={}, torch=NONE, fusing=()),
), (found for _, found in inspect.getmembers(ops, inspect.isclass)
    if issubclass(found, Unary) and found.__module__ == ops.__name__))

KINDS: Mapping[str, Fusing] = {fusing.kind: fusing for row in ROWS.values()
                               for fusing in row.fusing}


def check_own(part: str, given: Iterable[type[Op]], where: str) -> None:
    """Compares the rows whose ``part`` is OWN with the functions that are there for them.

    Args:
        part: the name of a part of a row.
        given: the operators that have a function, those without a row aside.
        where: the file of the functions.

    Raises:
        InternalError: a row has no function, or a function stands for nothing.
    """
    own = {operator for operator, row in ROWS.items() if getattr(row, part) == OWN}
    for operator in sorted(own ^ (set(given) & set(ROWS)), key=lambda operator: operator.__name__):
        expected, got = ("a function", "none") if operator in own else ("none", "a function")
        raise InternalError(
            f"activations: operator '{operator.__name__}': expected {expected} in {where}, got "
            f"{got}; change it, or '{part}' in ops/activation_table.py")
