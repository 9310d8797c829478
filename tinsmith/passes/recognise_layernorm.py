"""Find LayerNormalization in its pieces.

    d = x - ReduceMean(x)
    d / Sqrt(ReduceMean(d ^ 2) + epsilon) * scale + bias  =  LayerNormalization(x, scale, bias)

over the last axes. The square may be Pow or Mul, the division a Div or a Mul by Reciprocal. Needs
constant scale and bias of those axes' shape (either may be absent), values in between that nobody
else reads, and, for rows of two, whose sums have one answer, nothing that jumps behind it.
"""

from __future__ import annotations

import math
from collections.abc import Set
from functools import partial

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.arithmetic import Add, Div, Mul, Pow, Reciprocal, Sqrt, Sub
from tinsmith.ops.normalization import LayerNormalization
from tinsmith.ops.reduce import ReduceMean
from tinsmith.passes.exactness import exact_values, sums_exactly
from tinsmith.passes.match import by_constant, merged, producer_of, scalar


def recognise_layernorm(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all divisions that may be one."""
    return rewrite(graph, (Div, Mul), partial(recognise, exact=exact_values(graph)), on_skip)


def recognise(graph: Graph, node: Node, *, exact: Set[str]) -> Patch | Skip | None:
    """d / Sqrt(...), with the Mul and Add after it; ``exact``: values whose last bit matters."""
    split = _division(graph, node)
    if split is None:
        return None
    centred, root, nodes = split
    sub = graph.producer(centred)
    deviation = _deviation(graph, root, centred)
    if sub is None or not isinstance(sub.op, Sub) or deviation is None:
        return None
    x, mean = sub.inputs
    axes, epsilon, inner = deviation
    average = producer_of(graph, mean, ReduceMean)
    kind = graph.types[x]
    last = tuple(range(kind.rank - len(axes), kind.rank))
    if (average is None or average.inputs[0] != x or average.op != ReduceMean(axes)
            or axes != last or not axes or not kind.size
            or kind.dtype not in (DType.F32, DType.F64)):
        return None
    readers = {each.name for each in (*inner, *nodes)}
    if centred in graph.outputs or any(n.name not in readers for n in graph.consumers[centred]):
        return None
    if node.outputs[0] in exact and sums_exactly(graph, average):
        return Skip("its last bit matters: something jumps behind it")
    return _patch(graph, x, axes, epsilon, (average, sub, *inner, *nodes))


def _patch(graph: Graph, x: str, axes: tuple[int, ...], epsilon: float,
           nodes: tuple[Node, ...]) -> Patch:
    kind = graph.types[x]
    shape = kind.shape[axes[0]:]
    scale, nodes = _take(graph, Mul, nodes, kind.shape, shape)
    bias, nodes = _take(graph, Add, nodes, kind.shape, shape)
    names = [graph.unique(f"{nodes[-1].name}.scale")]
    weights = {names[0]: np.ones(shape, kind.dtype.numpy) if scale is None else scale}
    if bias is not None:
        names.append(graph.unique(f"{nodes[-1].name}.bias"))
        weights[names[1]] = bias
    op = LayerNormalization(axes[0], epsilon, kind.dtype)
    return Patch(remove=nodes, weights=weights,
                 add=(merged(op, (x, *names), nodes[-1].outputs[0], *nodes),))


def _division(graph: Graph, node: Node) -> tuple[str, str, tuple[Node, ...]] | None:
    """d, the root, and the nodes of d / root."""
    if isinstance(node.op, Div):
        return node.inputs[0], node.inputs[1], (node,)
    for d, inverse in (node.inputs, node.inputs[::-1]):
        found = producer_of(graph, inverse, Reciprocal)
        if found is not None:
            return d, found.inputs[0], (found, node)
    return None


def _deviation(
    graph: Graph, value: str, centred: str
) -> tuple[tuple[int, ...], float, tuple[Node, ...]] | None:
    """Axes, epsilon and nodes of Sqrt(ReduceMean(centred ^ 2) + epsilon)."""
    root = producer_of(graph, value, Sqrt)
    add = producer_of(graph, root.inputs[0], Add) if root else None
    split = by_constant(graph, add) if add else None
    mean = producer_of(graph, split[0], ReduceMean) if split else None
    square = producer_of(graph, mean.inputs[0], Pow, Mul) if mean else None
    if root is None or add is None or split is None or mean is None or square is None:
        return None
    assert isinstance(mean.op, ReduceMean)
    squared = (square.inputs == (centred, centred) if isinstance(square.op, Mul)
               else square.inputs[0] == centred and scalar(graph, square.inputs[1]) == 2)
    same = graph.types[square.outputs[0]] == graph.types[centred]
    if not squared or not same or not mean.op.keepdims:
        return None
    return mean.op.axes, split[1], (square, mean, add, root)


def _take(
    graph: Graph, op: type[Mul] | type[Add], nodes: tuple[Node, ...], full: tuple[int, ...],
    shape: tuple[int, ...],
) -> tuple[Array | None, tuple[Node, ...]]:
    """The constant that ``op`` applies to the last node's result, and the nodes with that one."""
    result = nodes[-1].outputs[0]
    after = graph.sole_consumer(result)
    if after is None or not isinstance(after.op, op) or graph.types[after.outputs[0]].shape != full:
        return None, nodes
    other = after.inputs[1] if after.inputs[0] == result else after.inputs[0]
    array = graph.weights.get(other)
    if array is None or math.prod(array.shape[:max(array.ndim - len(shape), 0)]) != 1:
        return None, nodes
    tail = array.reshape(array.shape[max(array.ndim - len(shape), 0):])
    return np.ascontiguousarray(np.broadcast_to(tail, shape)), (*nodes, after)
