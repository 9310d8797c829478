"""Pools and reductions over all of a channel become global pools.

    ReduceMean, AveragePool, ReduceMax, MaxPool over all spatial axes
        =  GlobalAveragePool, GlobalMaxPool        (and a Reshape, where the axes are not kept)

Needs floats [N, C, ...spatial]; a pool whose one window is the whole input, without padding.
"""

from __future__ import annotations

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalMaxPool
from tinsmith.ops.pool import AveragePool, MaxPool, Pool
from tinsmith.ops.reduce import Reduce, ReduceMax, ReduceMean
from tinsmith.ops.reshape import Reshape
from tinsmith.passes.match import merged, replaced

_AVERAGES = (ReduceMean, AveragePool)


def recognise_global_pool(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all pools and reductions."""
    return rewrite(graph, (ReduceMean, ReduceMax, AveragePool, MaxPool), recognise, on_skip)


def recognise(graph: Graph, node: Node) -> Patch | Skip | None:
    """The global pool, and a Reshape if it takes one."""
    if len(node.outputs) > 1:
        return Skip("it says where its maxima lie")
    x, y = graph.types[node.inputs[0]], graph.types[node.outputs[0]]
    if x.rank < 3 or not x.dtype.is_float or not x.size:
        return None
    if not covers(node.op, x):
        return None
    activation = node.op.activation if isinstance(node.op, Pool) else None
    op = _global(node.op, activation)
    (shape,) = (kind.shape for kind in op.infer(x))
    if shape == y.shape:
        return replaced(op, node.inputs, node.outputs[0], node)
    kept = graph.unique(f"{node.outputs[0]}.kept")
    reshape = merged(Reshape(y.shape), (kept,), node.outputs[0], node)
    return Patch(remove=(node,), add=(
        merged(op, node.inputs, kept, node),
        reshape.replace(name=graph.unique(f"{node.name}.reshape"))))


def covers(op: Op, x: TensorType) -> bool:
    """Whether ``op`` gives one number for each channel of ``x``."""
    if isinstance(op, Reduce):
        return op.axes == tuple(range(2, x.rank))
    return (isinstance(op, Pool) and op.kernel == x.shape[2:] and not any(op.pads)
            and all(d == 1 for d in op.dilations) and all(e == 1 for e in op.extents(x)))


def _global(op: Op, activation: Activation | None) -> GlobalAveragePool | GlobalMaxPool:
    return (GlobalAveragePool if isinstance(op, _AVERAGES) else GlobalMaxPool)(activation)
