"""Questions that rules ask of a graph, and the words in which they answer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op


def scalar(graph: Graph, value: str) -> float | None:
    """The number behind a constant of one element."""
    array = graph.weights.get(value)
    return float(array.reshape(-1)[0]) if array is not None and array.size == 1 else None


def is_scalar(graph: Graph, value: str, wanted: float) -> bool:
    """Whether ``value`` is a constant that holds ``wanted``, to float32 precision."""
    found = scalar(graph, value)
    return found is not None and abs(found - wanted) <= 1e-6 * max(1.0, abs(wanted))


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


def origins(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The source nodes that these nodes stand for, each once."""
    return tuple(dict.fromkeys(name for node in nodes for name in node.origin))


def merged(op: Op, inputs: tuple[str, ...], output: str, *nodes: Node) -> Node:
    """One node in place of ``nodes``, under the name of the first."""
    while inputs and not inputs[-1]:
        inputs = inputs[:-1]
    return Node(nodes[0].name, op, inputs, (output,), origins(nodes))


def other_input(node: Node, value: str) -> str:
    """The operand of a binary node that is not ``value`` (``value`` itself when both are)."""
    first, second = node.inputs
    return second if first == value else first
