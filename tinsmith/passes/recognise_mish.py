"""Find Mish in its pieces.

    x * Tanh(Softplus(x))  =  x * Tanh(Log(Exp(x) + 1))  =  Mish(x)

Needs values in between that nobody else reads.
"""

from __future__ import annotations

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.activations import Mish, Softplus, Tanh
from tinsmith.ops.arithmetic import Add, Exp, Log, Mul
from tinsmith.passes.match import by_constant, producer_of, replaced


def recognise_mish(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all products."""
    return rewrite(graph, Mul, recognise, on_skip)


def recognise(graph: Graph, node: Node) -> Patch | None:
    """A product of x and the tanh of its softplus."""
    for x, gate in (node.inputs, node.inputs[::-1]):
        tanh = producer_of(graph, gate, Tanh)
        found = _softplus(graph, tanh.inputs[0]) if tanh else None
        if tanh is not None and found is not None and found[0] == x:
            return replaced(Mish(), (x,), node.outputs[0], *found[1], tanh, node)
    return None


def _softplus(graph: Graph, value: str) -> tuple[str, tuple[Node, ...]] | None:
    node = producer_of(graph, value, Softplus, Log)
    if node is None or isinstance(node.op, Softplus):
        return (node.inputs[0], (node,)) if node else None
    add = producer_of(graph, node.inputs[0], Add)
    found = by_constant(graph, add) if add else None
    if add is None or found is None or found[1] != 1:
        return None
    exp = producer_of(graph, found[0], Exp)
    return (exp.inputs[0], (exp, add, node)) if exp else None
