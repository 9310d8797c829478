"""Find HardSigmoid in its pieces.

    Clip(a x + b; 0, c) * d  =  HardSigmoid(x; a d, b d)        where c d = 1

with the Mul by d written as Div too, or absent (d = 1), and a x + b as an Add or Sub, a Mul or Div,
or both. Needs constant numbers, values in between that nobody else reads, and nothing that jumps
behind it: it may differ in the last bit.
"""

from __future__ import annotations

from collections.abc import Set
from functools import partial

import numpy as np

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.activations import Clip, HardSigmoid
from tinsmith.ops.arithmetic import Add, Div, Mul, Sub
from tinsmith.passes.exactness import exact_values, in_range
from tinsmith.passes.match import by_constant, near, producer_of, replaced


def recognise_hardsigmoid(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all Clips, and the Mul or Div after them."""
    rule = partial(recognise, exact=exact_values(graph))
    return rewrite(graph, (Clip, Mul, Div), rule, on_skip)


def recognise(graph: Graph, node: Node, *, exact: Set[str]) -> Patch | Skip | None:
    """A Clip of an affine function, alone or scaled; ``exact``: values whose last bit matters."""
    found = clipped(graph, node) if isinstance(node.op, Clip) else _scaled(graph, node)
    if found is None:
        return None
    source, alpha, beta, high, nodes = found
    dtype = graph.types[source].dtype
    if not dtype.is_float or not near(high, 1.0, dtype):
        return None
    if node.outputs[0] in exact:
        return Skip("its last bit matters: something jumps behind it")
    if not in_range(np.array([alpha, beta]), dtype):
        return Skip(f"its slope would leave the range of {dtype.value}")
    return replaced(HardSigmoid(alpha, beta), (source,), node.outputs[0], *nodes)


def clipped(graph: Graph, node: Node) -> tuple[str, float, float, float, tuple[Node, ...]] | None:
    """x, a, b, c and the nodes of Clip(a x + b; 0, c), when that is what ``node`` computes."""
    if not isinstance(node.op, Clip) or node.op.low != 0 or node.op.high is None:
        return None
    value, alpha, beta = node.inputs[0], 1.0, 0.0
    nodes: tuple[Node, ...] = (node,)
    shift = producer_of(graph, value, Add, Sub)
    if shift is not None and (split := by_constant(graph, shift)):
        if isinstance(shift.op, Sub) and split[0] != shift.inputs[0]:
            return None
        value, beta = split[0], -split[1] if isinstance(shift.op, Sub) else split[1]
        nodes = (shift, *nodes)
    scale = producer_of(graph, value, Mul, Div)
    if scale is not None and (split := by_constant(graph, scale)):
        if isinstance(scale.op, Div) and (split[0] != scale.inputs[0] or split[1] == 0):
            return None
        value, alpha = split[0], 1 / split[1] if isinstance(scale.op, Div) else split[1]
        nodes = (scale, *nodes)
    return (value, alpha, beta, float(node.op.high), nodes) if len(nodes) > 1 else None


def _scaled(graph: Graph, node: Node) -> tuple[str, float, float, float, tuple[Node, ...]] | None:
    split = by_constant(graph, node)
    if split is None or (isinstance(node.op, Div) and split[0] != node.inputs[0]):
        return None
    clip = producer_of(graph, split[0], Clip)
    found = clipped(graph, clip) if clip else None
    if found is None or split[1] <= 0:
        return None
    by = 1 / split[1] if isinstance(node.op, Div) else split[1]
    source, alpha, beta, high, nodes = found
    return source, alpha * by, beta * by, high * by, (*nodes, node)
