"""Find HardSwish in its pieces, in any order of the product.

    x * HardSigmoid(x; 1/6, 1/2)  =  x * Clip(x + 3; 0, 6) / 6  =  HardSwish(x)

Needs constant numbers, values in between that nobody else reads, and nothing that jumps behind it:
it may differ in the last bit.
"""

from __future__ import annotations

from collections.abc import Set
from functools import partial

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.activations import Clip, HardSigmoid, HardSwish
from tinsmith.ops.arithmetic import Div, Mul
from tinsmith.passes.exactness import exact_values
from tinsmith.passes.match import factors, near, producer_of, replaced
from tinsmith.passes.recognise_hardsigmoid import clipped


def recognise_hardswish(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all products."""
    rule = partial(recognise, exact=exact_values(graph))
    return rewrite(graph, (Mul, Div), rule, on_skip)


def recognise(graph: Graph, node: Node, *, exact: Set[str]) -> Patch | Skip | None:
    """A product of x, its gate, and the number that makes the gate end at 1.

    ``exact``: the values whose last bit matters.
    """
    number, values, nodes = factors(graph, node)
    if len(values) != 2 or not graph.types[node.outputs[0]].dtype.is_float:
        return None
    for x, gate in (values, values[::-1]):
        found = _gate(graph, gate)
        dtype = graph.types[x].dtype
        if found and found[0] == x and all(
                near(number * part, wanted, dtype)
                for part, wanted in zip(found[1:4], (1 / 6, 1 / 2, 1), strict=True)):
            if node.outputs[0] in exact:
                return Skip("its last bit matters: something jumps behind it")
            return replaced(HardSwish(), (x,), node.outputs[0], *found[4], *nodes)
    return None


def _gate(graph: Graph, value: str) -> tuple[str, float, float, float, tuple[Node, ...]] | None:
    """x, alpha, beta, high and the nodes of Clip(alpha x + beta; 0, high)."""
    node = producer_of(graph, value, HardSigmoid, Clip)
    if node is None:
        return None
    if isinstance(node.op, HardSigmoid):
        return node.inputs[0], node.op.alpha, node.op.beta, 1.0, (node,)
    return clipped(graph, node)
