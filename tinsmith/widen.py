"""A graph in float64, and where rounding in it is settled.

Results of ``EXACT`` operators are settled to the last bit: they move values, or IEEE 754 says how
they are rounded. All others (sums, exp, ...) may round as they like. A float64 answer is in float64
but for what is settled and goes into a jump: whether ``Floor(x / 41)`` is 1 or 2 is no matter of
opinion.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from tinsmith.dtypes import DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.arithmetic import Div, Log, Pow, Reciprocal, Sqrt
from tinsmith.ops.cast import BitCast, Cast

NARROW = frozenset({DType.F32, DType.F16, DType.BF16})
EXACT = frozenset((
    "Abs", "Add", "And", "ArgMax", "ArgMin", "BitCast", "BitShift", "BitwiseAnd", "BitwiseNot",
    "BitwiseOr", "BitwiseXor", "Cast", "Ceil", "Clip", "Concat", "ConvInteger",
    "DequantizeLinear", "Div", "Equal", "Expand", "Floor", "Gather", "GatherElements",
    "GatherND", "GlobalMaxPool", "Greater", "GreaterOrEqual", "Hardmax", "Identity", "IsInf",
    "IsNaN", "LeakyRelu", "Less", "LessOrEqual", "Max", "MaxPool", "MaxUnpool", "Min", "Mod",
    "Mul", "Neg", "NonMaxSuppression", "Not", "OneHot", "Or", "PRelu", "Pad", "QuantizeLinear",
    "Reciprocal", "ReduceMax", "ReduceMin", "Relu", "Reshape", "ReverseSequence", "Round",
    "ScatterElements", "ScatterND", "Shrink", "Sign", "Slice", "Sqrt", "Sub", "TensorScatter",
    "ThresholdedRelu", "Tile", "TopK", "Transpose", "Trilu", "Where", "Xor"))
ENDING: tuple[type[Op], ...] = (Div, Log, Pow, Reciprocal, Sqrt)
"""Those that jump at 0 only, where their range ends: what is rounded less comes nearer to it."""

T = TypeVar("T")


def widened(graph: Graph) -> Graph:
    """``graph`` with float64 in place of narrower floats, but for what is settled before a jump.

    Inputs and weights keep their types. Names of values stay; those that were widened have another
    type. The result is for the interpreter only: some of its nodes no ``infer`` would accept.
    """
    return _Widening(graph).result()


class _Widening:
    """One pass over a graph: its nodes so far, and the float64 name of each narrow value."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._meant = before_jumps(graph)
        self._types = dict(graph.types)
        self._nodes: list[Node] = []
        self._casts: dict[tuple[str, DType], str] = {}

    def result(self) -> Graph:
        for node in self._graph.nodes:
            self._add(node)
        return self._graph.replace(nodes=tuple(self._nodes), types=self._types)

    def _add(self, node: Node) -> None:
        graph, declared = self._graph, self._graph.types
        wide = any(v and self._types[v].dtype is not declared[v].dtype for v in node.inputs)
        if not wide and node.op.name in EXACT and (
                jumps(graph, node) or self._meant.intersection(node.outputs)):
            self._nodes.append(node)
            return
        keeps = isinstance(node.op, BitCast)
        inputs = tuple(
            self._cast(v, declared[v].dtype if keeps else DType.F64)
            if v and declared[v].dtype in NARROW else v for v in node.inputs)
        op = node.op if keeps else widened_fields(node.op)
        for value in node.outputs:
            if value and not keeps and declared[value].dtype in NARROW:
                self._types[value] = TensorType(declared[value].shape, DType.F64)
        self._nodes.append(node.replace(op=op, inputs=inputs))

    def _cast(self, value: str, to: DType) -> str:
        """The name of ``value`` as ``to``; a node before the first reader makes it."""
        if self._types[value].dtype is to:
            return value
        if (value, to) not in self._casts:
            name = f"{value} as {to.short}"
            while name in self._types:
                name += "'"
            self._casts[value, to] = name
            self._types[name] = TensorType(self._types[value].shape, to)
            self._nodes.append(Node(f"cast to {name}", Cast(to), (value,), (name,)))
        return self._casts[value, to]


def widened_fields(record: T) -> T:
    """A dataclass whose fields name float64 where they named a narrower float."""
    changed = {f.name: _widened_value(getattr(record, f.name))
               for f in fields(record)}  # type: ignore[arg-type]
    return replace(record, **changed)  # type: ignore[type-var]


def _widened_value(value: object) -> object:
    if isinstance(value, DType):
        return DType.F64 if value in NARROW else value
    if isinstance(value, tuple):
        return tuple(map(_widened_value, value))
    if is_dataclass(value) and not isinstance(value, type):
        return widened_fields(value)
    return value


def jumps(graph: Graph, node: Node) -> bool:
    """Whether a last bit of a floating-point operand may decide more than a last bit.

    It says so (``Op.jumps``) and is not ``ENDING``, or what it gives is no floating-point number.
    """
    floats = [i for i, v in enumerate(node.inputs) if v and graph.types[v].dtype.is_float]
    says = not isinstance(node.op, ENDING) and any(map(node.op.jumps, floats))
    return says or (bool(floats) and any(
        not graph.types[v].dtype.is_float for v in node.outputs if v))


def before_jumps(graph: Graph) -> frozenset[str]:
    """The values that reach a jump through exact operators only."""
    found: set[str] = set()
    for node in reversed(graph.nodes):
        if jumps(graph, node) or (node.op.name in EXACT and found.intersection(node.outputs)):
            found.update(node.inputs)
    return frozenset(found)


def unsettled(graph: Graph) -> frozenset[str]:
    """The values behind a jump whose operand may be rounded in more than one way.

    Such a value may be off by more than rounding, and nobody is wrong.
    """
    rounded: set[str] = set()
    jumped: set[str] = set()
    for node in graph.nodes:
        reads = set(node.inputs)
        outputs = {value for value in node.outputs if value}
        floats = {v for v in reads & rounded if graph.types[v].dtype.is_float}
        if reads & jumped or (floats and jumps(graph, node)):
            jumped |= outputs
        if node.op.name not in EXACT or reads & rounded:
            rounded |= outputs
    return frozenset(jumped)
