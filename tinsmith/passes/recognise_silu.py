"""Find SiLU and Swish in their pieces.

    x * Sigmoid(x)  =  Swish(x; 1)          x * Sigmoid(a x)  =  Swish(x; a)

Needs a Sigmoid that nobody else reads.
"""

from __future__ import annotations

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.activations import Sigmoid, Swish
from tinsmith.ops.arithmetic import Mul
from tinsmith.passes.match import by_constant, producer_of, replaced


def recognise_silu(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all products."""
    return rewrite(graph, Mul, recognise, on_skip)


def recognise(graph: Graph, node: Node) -> Patch | None:
    """A product of x and its Sigmoid."""
    for x, gate in (node.inputs, node.inputs[::-1]):
        sigmoid = producer_of(graph, gate, Sigmoid)
        if sigmoid is None:
            continue
        inner = sigmoid.inputs[0]
        if inner == x:
            return replaced(Swish(1.0), (x,), node.outputs[0], sigmoid, node)
        scale = producer_of(graph, inner, Mul)
        found = by_constant(graph, scale) if scale else None
        if scale is not None and found is not None and found[0] == x:
            return replaced(Swish(found[1]), (x,), node.outputs[0], scale, sigmoid, node)
    return None
