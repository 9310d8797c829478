"""Write costly arithmetic by constants as cheap arithmetic.

    x ^ 2 = x * x      x ^ 0.5 = Sqrt(x)      x ^ -1 = Reciprocal(x)      x / c = x * (1 / c)
    PRelu(x; c, c, ...) = LeakyRelu(x; c)

Needs floats and a constant number (for x / c: any constant without zeros). 1 / c is rounded to the
type of x, so a result may differ in its last bit. Runs after the patterns that look for Pow and Div
have been found.
"""

from __future__ import annotations

import numpy as np

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.activations import LeakyRelu, PRelu
from tinsmith.ops.arithmetic import Div, Mul, Pow, Reciprocal, Sqrt
from tinsmith.passes.match import merged, replaced, scalar


def reduce_strength(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over Pow, Div and PRelu."""
    return rewrite(graph, (Pow, Div, PRelu), reduce, on_skip)


def reduce(graph: Graph, node: Node) -> Patch | None:
    """The cheap form, if there is one."""
    x, constant = node.inputs
    array = graph.weights.get(constant)
    kind = graph.types[node.outputs[0]]
    if array is None or not kind.dtype.is_float or graph.types[x].shape != kind.shape:
        return None
    if isinstance(node.op, Div):
        with np.errstate(all="ignore"):
            inverse = (1 / array.astype(np.float64)).astype(array.dtype)
        if not np.isfinite(inverse.astype(np.float64)).all() or not inverse.all():
            return None
        name = graph.unique(f"{node.name}.inverse")
        return Patch(remove=(node,), weights={name: inverse},
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
    return replaced(found[0], found[1], node.outputs[0], node) if found else None
