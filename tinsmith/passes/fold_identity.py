"""Drop Identity: y = Identity(x) becomes x.

Needs nothing. Leaves one only where it gives a graph output a name of its own: the output is an
input, a constant, or a value that is also another output.
"""

from __future__ import annotations

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.identity import Identity


def fold_identity(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all Identity nodes."""
    return rewrite(graph, Identity, bypass, on_skip)


def bypass(graph: Graph, node: Node) -> Patch | Skip:
    """Names the source in place of the result, or the other way round for a graph output."""
    (source,), (result,) = node.inputs, node.outputs
    if result not in graph.outputs:
        return Patch(remove=(node,), rename=((result, source),))
    if source in graph.inputs or source in graph.weights:
        return Skip("it names a graph output that is an input or a constant")
    if source in graph.outputs:
        return Skip("it names a graph output that is another output too")
    return Patch(remove=(node,), rename=((source, result),))
