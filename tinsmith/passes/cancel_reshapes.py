"""Shorten chains of Reshape, and let them not stand between an operator and its activation.

    Reshape(Reshape(x))      =  Reshape(x)
    f(Reshape(conv(x)))      =  Reshape(f(conv(x)))      f elementwise, other operands numbers

The second needs a Conv, ConvTranspose, Gemm or something elementwise above, and that nobody else
reads the Reshape.
(A Reshape to its own shape is dropped by ``fold_neutral``.)
"""

from __future__ import annotations

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.elementwise import Elementwise
from tinsmith.ops.reshape import Reshape
from tinsmith.passes.affine import LINEAR
from tinsmith.passes.match import producer_of, replaced


def cancel_reshapes(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all Reshapes and elementwise nodes."""
    return rewrite(graph, (Reshape, Elementwise), cancel, on_skip)


def cancel(graph: Graph, node: Node) -> Patch | None:
    """One Reshape for two, or the Reshape after the elementwise node."""
    if isinstance(node.op, Reshape):
        before = graph.producer(node.inputs[0])
        if before is None or not isinstance(before.op, Reshape):
            return None
        return replaced(node.op, before.inputs, node.outputs[0], node)
    given = [value for value in node.inputs if value not in graph.weights]
    numbers = all(graph.types[v].size == 1 for v in node.inputs if v in graph.weights)
    if len(given) != 1 or not numbers:
        return None
    reshape = producer_of(graph, given[0], Reshape)
    if reshape is None:
        return None
    above = graph.producer(reshape.inputs[0])
    if above is None or not isinstance(above.op, (*LINEAR, Elementwise)):
        return None
    return swapped(graph, reshape, node)


def swapped(graph: Graph, reshape: Node, node: Node) -> Patch | None:
    """``node`` on the source of ``reshape``, then the Reshape."""
    (source,), (result,) = reshape.inputs, node.outputs
    rank = graph.types[source].rank
    if any(graph.types[v].rank > rank for v in node.inputs if v in graph.weights):
        return None
    if graph.types[reshape.outputs[0]].shape != graph.types[result].shape:
        return None
    moved = graph.unique(f"{result}.flat")
    inputs = tuple(source if v == reshape.outputs[0] else v for v in node.inputs)
    op = Reshape(graph.types[result].shape)
    return Patch(remove=(reshape, node), add=(
        node.replace(inputs=inputs, outputs=(moved,)),
        reshape.replace(op=op, inputs=(moved,), outputs=(result,))))
