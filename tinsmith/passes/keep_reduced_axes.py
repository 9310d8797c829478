"""Let reductions keep their axes, so that Transposes can move past them.

    ReduceMean(x; keepdims=0)  =  Reshape(ReduceMean(x; keepdims=1))        ArgMax, ArgMin too

Only where the graph transposes values of that rank: a network in [N, H, W, C] averages over its
axes 1 and 2 and drops them.
"""

from __future__ import annotations

from dataclasses import replace

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.reduce import Reduce
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.topk import ArgReduce
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.match import merged


def keep_reduced_axes(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all reductions."""
    return rewrite(graph, (Reduce, ArgReduce), keep, on_skip)


def keep(graph: Graph, node: Node) -> Patch | None:
    """The reduction with its axes, and a Reshape that drops them."""
    assert isinstance(node.op, Reduce | ArgReduce)
    rank = graph.types[node.inputs[0]].rank
    transposed = any(
        isinstance(n.op, Transpose) and len(n.op.perm) == rank for n in graph.nodes)
    if node.op.keepdims or not transposed:
        return None
    kept = graph.unique(f"{node.outputs[0]}.kept")
    reshape = merged(Reshape(graph.types[node.outputs[0]].shape), (kept,), node.outputs[0], node)
    return Patch(remove=(node,), add=(
        node.replace(op=replace(node.op, keepdims=True), outputs=(kept,)),
        reshape.replace(name=graph.unique(f"{node.name}.reshape"))))
