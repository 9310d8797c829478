"""Write costly arithmetic by constants as cheap arithmetic.

    x ^ 2 = x * x      x ^ 0.5 = Sqrt(x)      x ^ -1 = Reciprocal(x)      x / c = x * (1 / c)
    PRelu(x; c, c, ...) = LeakyRelu(x; c)

Needs floats and a constant number (for x / c: any constant without zeros). 1 / c is rounded to the
type of x, so a result may differ in its last bit: only where nothing jumps behind it, or 1 / c is
exact. The root needs an x that is never negative: -inf has none. Runs after the patterns that look
for Pow and Div have been found.
"""

from __future__ import annotations

from collections.abc import Set
from functools import partial

import numpy as np

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.activations import LeakyRelu, PRelu
from tinsmith.ops.arithmetic import Div, Mul, Pow, Reciprocal, Sqrt
from tinsmith.passes.bounds import bounds
from tinsmith.passes.exactness import exact_values, inverse
from tinsmith.passes.match import merged, replaced, scalar


def reduce_strength(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over Pow, Div and PRelu."""
    return rewrite(graph, (Pow, Div, PRelu), partial(reduce, exact=exact_values(graph)), on_skip)


def reduce(graph: Graph, node: Node, *, exact: Set[str]) -> Patch | Skip | None:
    """The cheap form, if there is one; ``exact``: the values whose last bit matters."""
    x, constant = node.inputs
    array = graph.weights.get(constant)
    kind = graph.types[node.outputs[0]]
    if array is None or not kind.dtype.is_float or graph.types[x].shape != kind.shape:
        return None
    if isinstance(node.op, Div):
        factor = inverse(array, kind.dtype, node.outputs[0] in exact)
        if factor is None:
            return Skip("1 / c is out of range, or rounds where something jumps behind it")
        name = graph.unique(f"{node.name}.inverse")
        return Patch(remove=(node,), weights={name: factor.astype(array.dtype)},
                     add=(merged(Mul(), (x, name), node.outputs[0], node),))
    if isinstance(node.op, PRelu):
        if not array.size or np.any(array != array.reshape(-1)[0]):
            return None
        slope = float(array.reshape(-1)[0])
        return replaced(LeakyRelu(slope), (x,), node.outputs[0], node)
    exponent = scalar(graph, constant)
    op: dict[float, tuple[Op, tuple[str, ...]]] = {
        2.0: (Mul(), (x, x)), 0.5: (Sqrt(), (x,)), -1.0: (Reciprocal(), (x,))}
    found = op.get(exponent) if exponent is not None else None
    if exponent == 0.5 and bounds(graph, x)[0] < 0:
        return Skip("it reads what may be -inf, which has a power and no root")
    return replaced(found[0], found[1], node.outputs[0], node) if found else None
