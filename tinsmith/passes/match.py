"""Questions that rules ask of a graph, and the words in which they answer."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import Patch
from tinsmith.ops.arithmetic import Div, Mul
from tinsmith.ops.identity import Identity

MOST_FACTORS = 8  # nodes of one product; the longest pattern has six


def scalar(graph: Graph, value: str) -> float | None:
    """The number behind a constant of one element."""
    array = graph.weights.get(value)
    return float(array.reshape(-1)[0]) if array is not None and array.size == 1 else None


def near(found: float | None, wanted: float, dtype: DType) -> bool:
    """Whether a number of a graph in ``dtype`` is the wanted one.

    Exporters write six digits where they mean float32, more where they mean float64.
    """
    share = 1e-7 if dtype is DType.F64 else 4e-6
    return found is not None and abs(found - wanted) <= share * abs(wanted)


def along_axis(graph: Graph, value: str, shape: tuple[int, ...], axis: int) -> Array | None:
    """A constant that, broadcast to ``shape``, varies along ``axis`` only: as [shape[axis]].

    float64; None when it is no constant, varies otherwise, or would enlarge ``shape``.
    """
    array = graph.weights.get(value)
    if array is None or array.ndim > len(shape) or array.dtype.kind in "iub":
        return None
    extents = (1,) * (len(shape) - array.ndim) + array.shape
    others = all(d == 1 for i, d in enumerate(extents) if i != axis)
    if not others or extents[axis] not in (1, shape[axis]):
        return None
    return np.array(np.broadcast_to(array.reshape(-1).astype(np.float64), (shape[axis],)))


def producer_of(graph: Graph, value: str, *ops: type[Op]) -> Node | None:
    """The node that gives ``value`` if it is one of ``ops`` and nobody else reads the value."""
    node = graph.producer(value)
    if node is None or not isinstance(node.op, ops) or graph.sole_consumer(value) is None:
        return None
    return node


def by_constant(graph: Graph, node: Node) -> tuple[str, float] | None:
    """A binary node with one constant number: the other operand, and the number."""
    if len(node.inputs) != 2:
        return None
    for value, constant in (node.inputs, node.inputs[::-1]):
        number = scalar(graph, constant)
        same_shape = graph.types[value].shape == graph.types[node.outputs[0]].shape
        if number is not None and value not in graph.weights and same_shape:
            return value, number
    return None


def factors(graph: Graph, node: Node) -> tuple[float, list[str], list[Node]]:
    """The product that a Mul or Div computes: a number, the values, the nodes it takes.

    Opens factors that are products themselves and that nobody else reads, as many as a pattern may
    have. All values have the type of the result; where that cannot be, there are no nodes.
    """
    number, values, nodes = 1.0, list[str](), list[Node]()
    waiting = [node.outputs[0]]
    while waiting:
        value = waiting.pop()
        inner = node if value == node.outputs[0] else producer_of(graph, value, Mul, Div)
        parts = _parts(graph, inner) if inner and len(nodes) < MOST_FACTORS else None
        if inner is None or parts is None:
            values.append(value)
        else:
            number *= parts[0]
            waiting += reversed(parts[1])
            nodes.append(inner)
    return number, values, nodes


def _parts(graph: Graph, node: Node) -> tuple[float, list[str]] | None:
    """The number and the values of one product, if all have its type."""
    if isinstance(node.op, Div):
        divisor = scalar(graph, node.inputs[1])
        if divisor is None or divisor == 0:
            return None
        number, values = 1 / divisor, [node.inputs[0]]
    else:
        numbers = {value: scalar(graph, value) for value in node.inputs}
        number = math.prod(n for value in node.inputs if (n := numbers[value]) is not None)
        values = [value for value in node.inputs if numbers[value] is None]
    fits = values and all(graph.types[v] == graph.types[node.outputs[0]] for v in values)
    return (number, values) if fits else None


def origins(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The source nodes that these nodes stand for, each once."""
    return tuple(dict.fromkeys(name for node in nodes for name in node.origin))


def merged(op: Op, inputs: tuple[str, ...], output: str, *nodes: Node) -> Node:
    """One node in place of ``nodes``, under the name of the first; trailing absent inputs go."""
    while inputs and not inputs[-1]:
        inputs = inputs[:-1]
    return Node(nodes[0].name, op, inputs, (output,), origins(nodes))


def replaced(op: Op, inputs: tuple[str, ...], output: str, *nodes: Node) -> Patch:
    """The patch that puts one node in the place of ``nodes``."""
    return Patch(remove=nodes, add=(merged(op, inputs, output, *nodes),))


def bypassed(graph: Graph, node: Node, source: str) -> Patch:
    """The patch that reads ``source`` in place of the node's only result."""
    (result,) = node.outputs
    if result in graph.outputs:
        return Patch(remove=(node,), add=(merged(Identity(), (source,), result, node),))
    return Patch(remove=(node,), rename=((result, source),))
