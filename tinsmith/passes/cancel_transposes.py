"""Shorten chains of Transpose.

    Transpose(Transpose(x; p); q)  =  Transpose(x; p[q])
    Transpose that only moves axes of extent 1  =  Reshape
    Gemm(Reshape(Transpose(x)), B)  =  Gemm(Reshape(x), B with its rows in another order)

The last is how a network whose images were [N, H, W, C] flattens them: it needs constant B, and a
Reshape that keeps the first axis, as the Transpose does. (A Transpose that keeps the order is
dropped by ``fold_neutral``, one of a constant by ``fold_constants``.)
"""

from __future__ import annotations

import numpy as np

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.match import merged, producer_of, replaced
from tinsmith.passes.permute import keeps_memory


def cancel_transposes(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over Transposes and Gemms."""
    return rewrite(graph, (Transpose, Gemm), cancel, on_skip)


def cancel(graph: Graph, node: Node) -> Patch | None:
    """One Transpose for two, a Reshape, or other weights."""
    if isinstance(node.op, Gemm):
        return _into_weights(graph, node, node.op)
    assert isinstance(node.op, Transpose)
    (source,), (result,) = node.inputs, node.outputs
    if keeps_memory(node.op.perm, graph.types[source].shape):
        return replaced(Reshape(graph.types[result].shape), (source,), result, node)
    before = graph.producer(source)
    if before is None or not isinstance(before.op, Transpose):
        return None
    perm = tuple(before.op.perm[axis] for axis in node.op.perm)
    return replaced(Transpose(perm), before.inputs, result, node)


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
    name, rows = graph.unique(node.inputs[1]), graph.unique(f"{transpose.inputs[0]}.rows")
    ordered = b[:, back] if gemm.trans_b else b[back]
    flat = merged(Reshape(graph.types[node.inputs[0]].shape), transpose.inputs, rows, reshape)
    return Patch(remove=(transpose, reshape, node), weights={name: np.ascontiguousarray(ordered)},
                 add=(flat, node.replace(inputs=(rows, name, *node.inputs[2:]))))
