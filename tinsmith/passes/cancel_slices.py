"""Take apart and put together only what has to be.

    Slice(Slice(x))                      =  Slice(x)
    Slice(Concat(a, b, c))               =  Slice(b), where it lies inside b
    Concat(a, Slice(x), Slice(x), b)     =  Concat(a, Slice(x), b), where the two lie side by side
    Concat(Concat(a, b), c)              =  Concat(a, b, c), where nobody else reads the inner one

Needs steps forward. (A Slice of everything and a Concat of one are dropped by ``fold_neutral``.)
"""

from __future__ import annotations

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.concat import Concat
from tinsmith.ops.slice import Slice
from tinsmith.passes.match import producer_of, replaced


def cancel_slices(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over Slices and Concats."""
    return rewrite(graph, (Slice, Concat), cancel, on_skip)


def cancel(graph: Graph, node: Node) -> Patch | None:
    """Whichever of the four applies."""
    if isinstance(node.op, Slice):
        before = graph.producer(node.inputs[0])
        if before is None:
            return None
        if isinstance(before.op, Slice):
            return _slice_of_slice(node, node.op, before, before.op)
        if isinstance(before.op, Concat):
            return _slice_of_concat(graph, node, node.op, before, before.op.axis)
        return None
    assert isinstance(node.op, Concat)
    return _rejoined(graph, node, node.op.axis) or _flattened(graph, node, node.op)


def _slice_of_slice(node: Node, outer: Slice, before: Node, inner: Slice) -> Patch:
    starts = tuple(a + i * s for a, i, s in
                   zip(inner.starts, outer.starts, inner.steps, strict=True))
    steps = tuple(a * b for a, b in zip(inner.steps, outer.steps, strict=True))
    return replaced(Slice(starts, outer.sizes, steps), before.inputs, node.outputs[0], node)


def _slice_of_concat(graph: Graph, node: Node, op: Slice, before: Node, axis: int) -> Patch | None:
    first, last = sorted((op.starts[axis],
                          op.starts[axis] + (op.sizes[axis] - 1) * op.steps[axis]))
    begin = 0
    for part in before.inputs:
        end = begin + graph.types[part].shape[axis]
        if begin <= first and last < end and part not in graph.weights:
            starts = tuple(s - begin if i == axis else s for i, s in enumerate(op.starts))
            return replaced(Slice(starts, op.sizes, op.steps), (part,), node.outputs[0], node)
        begin = end
    return None


def _rejoined(graph: Graph, node: Node, axis: int) -> Patch | None:
    """Two neighbours that are neighbours in one source as well, as one Slice of it."""
    for i, (a, b) in enumerate(zip(node.inputs[:-1], node.inputs[1:], strict=True)):
        left, right = graph.producer(a), graph.producer(b)
        if left is None or right is None or left.inputs != right.inputs:
            continue
        joined = _side_by_side(left, right, axis)
        if joined is None:
            continue
        value = graph.unique(f"{node.name}.joined")
        slice_ = left.replace(name=graph.unique(f"{node.name}.slice"), op=joined, outputs=(value,))
        inputs = (*node.inputs[:i], value, *node.inputs[i + 2:])
        return Patch(remove=(node,), add=(slice_, node.replace(inputs=inputs)))
    return None


def _side_by_side(left: Node, right: Node, axis: int) -> Slice | None:
    a, b = left.op, right.op
    if not isinstance(a, Slice) or not isinstance(b, Slice) or a.steps[axis] != 1:
        return None
    starts = tuple(s + a.sizes[i] if i == axis else s for i, s in enumerate(a.starts))
    sizes = tuple(n + b.sizes[i] if i == axis else n for i, n in enumerate(a.sizes))
    fits = b.starts == starts and b.steps == a.steps and all(
        n == b.sizes[i] for i, n in enumerate(a.sizes) if i != axis)
    return Slice(a.starts, sizes, a.steps) if fits else None


def _flattened(graph: Graph, node: Node, op: Concat) -> Patch | None:
    for i, value in enumerate(node.inputs):
        inner = producer_of(graph, value, Concat)
        if inner is not None and inner.op == op and node.inputs.count(value) == 1:
            inputs = (*node.inputs[:i], *inner.inputs, *node.inputs[i + 1:])
            return replaced(op, inputs, node.outputs[0], inner, node)
    return None
