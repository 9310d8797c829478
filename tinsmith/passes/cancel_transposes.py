"""Shorten chains of Transpose, and let them not stand between an operator and its activation.

    Transpose(Transpose(x; p); q)  =  Transpose(x; p[q])
    Transpose that only moves axes of extent 1  =  Reshape
    f(Transpose(conv(x)))  =  Transpose(f(conv(x)))      f elementwise, other operands constant
    Gemm(Reshape(Transpose(x)), B)  =  Gemm(Reshape(x), B with its rows in another order)

The third works below anything elementwise too; it needs that nobody else reads the Transpose, and
an f that keeps the type. The last is how a network whose images were [N, H, W, C] flattens them:
it needs constant B, and a Reshape that keeps the first axis, as the Transpose does. (A Transpose
that keeps the order is dropped by ``fold_neutral``, one of a constant by ``fold_constants``.)
"""

from __future__ import annotations

import numpy as np

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.elementwise import Elementwise
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.affine import LINEAR
from tinsmith.passes.match import merged, producer_of, replaced
from tinsmith.passes.permute import inverse, keeps_memory, permuted_constant


def cancel_transposes(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over Transposes, elementwise nodes and Gemms."""
    return rewrite(graph, (Transpose, Elementwise, Gemm), cancel, on_skip)


def cancel(graph: Graph, node: Node) -> Patch | None:
    """One Transpose for two, a Reshape, the Transpose after f, or other weights."""
    if isinstance(node.op, Gemm):
        return _into_weights(graph, node, node.op)
    if isinstance(node.op, Elementwise):
        return _swapped(graph, node)
    assert isinstance(node.op, Transpose)
    (source,), (result,) = node.inputs, node.outputs
    if keeps_memory(node.op.perm, graph.types[source].shape):
        return replaced(Reshape(graph.types[result].shape), (source,), result, node)
    before = graph.producer(source)
    if before is None or not isinstance(before.op, Transpose):
        return None
    perm = tuple(before.op.perm[axis] for axis in node.op.perm)
    return replaced(Transpose(perm), before.inputs, result, node)


def _swapped(graph: Graph, node: Node) -> Patch | None:
    """An elementwise node on the source of the Transpose before it, then the Transpose."""
    given = [value for value in node.inputs if value not in graph.weights]
    transpose = producer_of(graph, given[0], Transpose) if len(given) == 1 else None
    above = graph.producer(transpose.inputs[0]) if transpose else None
    if transpose is None or above is None or not isinstance(above.op, (*LINEAR, Elementwise)):
        return None
    assert isinstance(transpose.op, Transpose)
    (result,) = node.outputs
    if graph.types[given[0]] != graph.types[result]:
        return None
    inputs, weights = [], {}
    for value in node.inputs:
        if value == given[0]:
            inputs.append(transpose.inputs[0])
            continue
        array = graph.weights[value]
        turned = permuted_constant(node.op, array, inverse(transpose.op.perm))
        inputs.append(value if turned is array else graph.unique(f"{node.name}.{value}"))
        weights.update({} if turned is array else {inputs[-1]: turned})
    moved = graph.unique(f"{result}.turned")
    return Patch(remove=(transpose, node), weights=weights, add=(
        node.replace(inputs=tuple(inputs), outputs=(moved,)),
        transpose.replace(inputs=(moved,), outputs=(result,))))


def _into_weights(graph: Graph, node: Node, gemm: Gemm) -> Patch | None:
    reshape = producer_of(graph, node.inputs[0], Reshape)
    transpose = producer_of(graph, reshape.inputs[0], Transpose) if reshape else None
    b = graph.weights.get(node.inputs[1])
    if reshape is None or transpose is None or b is None or gemm.trans_a:
        return None
    assert isinstance(transpose.op, Transpose)
    perm, shape = transpose.op.perm, graph.types[transpose.inputs[0]].shape
    if perm[0] != 0 or graph.types[node.inputs[0]].shape[0] != shape[0]:
        return None
    # place i of the flattened Transpose shows place order[i] of x flattened
    order = np.arange(int(np.prod(shape[1:]))).reshape(shape[1:])
    order = order.transpose([axis - 1 for axis in perm[1:]]).reshape(-1)
    back = np.argsort(order)
    name, rows = graph.unique(f"{node.name}.ordered"), graph.unique(f"{node.name}.rows")
    ordered = b[:, back] if gemm.trans_b else b[back]
    flat = merged(Reshape(graph.types[node.inputs[0]].shape), transpose.inputs, rows, reshape)
    return Patch(remove=(transpose, reshape, node), weights={name: np.ascontiguousarray(ordered)},
                 add=(flat, node.replace(inputs=(rows, name, *node.inputs[2:]))))
