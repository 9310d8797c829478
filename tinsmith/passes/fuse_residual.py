"""Fuse an Add into the Conv whose result it alone reads.

    Conv(x, w, bias) + r     =  Conv(x, w, bias, r)
    f(Conv(x, w, bias)) + r  =  Conv(x, w, bias, r; activation f, residual after it)

Needs r of the result's own shape, and a Conv without a residual. Where both operands come from such
Convs, the later one takes the Add: it has to wait for the other anyway. Runs before
``fuse_activation``, so that what follows the Add can still be fused, and after it once more.
"""

from __future__ import annotations

from dataclasses import replace

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.arithmetic import Add
from tinsmith.ops.conv import Conv
from tinsmith.passes.match import origins


def fuse_residual(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all Adds."""
    return rewrite(graph, Add, fuse, on_skip)


def fuse(graph: Graph, node: Node) -> Patch | Skip | None:
    """The later Conv, with the other operand as its residual."""
    a, b = node.inputs
    pairs = [(p, r) for v, r in ((a, b), (b, a))
             if (p := graph.producer(v)) is not None and isinstance(p.op, Conv)]
    if not pairs or a == b:
        return None
    if graph.types[a] != graph.types[b]:
        return Skip("its operands have different shapes")
    if len(pairs) == 2 and _comes_first(graph, pairs[0][0].name, pairs[1][0].name):
        pairs.reverse()
    reason = ""
    for before, residual in pairs:
        assert isinstance(before.op, Conv)
        if graph.sole_consumer(before.outputs[0]) is None:
            reason = reason or f"others read '{before.outputs[0]}' too"
        elif len(before.inputs) > 3:
            reason = reason or f"'{before.name}' already has a residual"
        else:
            given = (*before.inputs, "")[:3]
            op = replace(before.op, residual_after=before.op.activation is not None)
            fused = before.replace(op=op, inputs=(*given, residual), outputs=node.outputs,
                                   origin=origins((before, node)))
            return Patch(remove=(before, node), add=(fused,))
    return Skip(reason)


def _comes_first(graph: Graph, a: str, b: str) -> bool:
    return next(node.name for node in graph.nodes if node.name in (a, b)) == a
