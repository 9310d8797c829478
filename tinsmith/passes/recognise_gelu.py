"""Find Gelu in its pieces, exact or by tanh, in any order of the products.

    x (1 + Erf(x / sqrt 2)) / 2                              =  Gelu(x)
    x (1 + Tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2        =  Gelu(x; tanh)

Needs constant numbers, and values in between that nobody else reads.
"""

from __future__ import annotations

import math
from collections import Counter

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.activations import Gelu, Tanh
from tinsmith.ops.arithmetic import Add, Div, Erf, Mul, Pow
from tinsmith.passes.match import by_constant, factors, near, producer_of, replaced, scalar

CUBE = 0.044715


def recognise_gelu(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all products."""
    return rewrite(graph, (Mul, Div), recognise, on_skip)


def recognise(graph: Graph, node: Node) -> Patch | None:
    """A product of x, a half, and 1 + the Erf or Tanh of x."""
    number, values, nodes = factors(graph, node)
    if len(values) != 2 or number != 0.5:
        return None
    for x, gate in (values, values[::-1]):
        found = _gate(graph, gate, x)
        if found is not None:
            function = found[0].op
            return replaced(Gelu(tanh=isinstance(function, Tanh)), (x,), node.outputs[0],
                            *found[1:], found[0], *nodes)
    return None


def _gate(graph: Graph, value: str, x: str) -> list[Node] | None:
    """The nodes of 1 + f(x), the one of f first."""
    dtype = graph.types[value].dtype
    add = producer_of(graph, value, Add)
    one = by_constant(graph, add) if add else None
    if add is None or one is None or one[1] != 1:
        return None
    function = producer_of(graph, one[0], Erf, Tanh)
    inner = producer_of(graph, function.inputs[0], Mul, Div) if function else None
    if function is None or inner is None:
        return None
    number, values, nodes = factors(graph, inner)
    if isinstance(function.op, Erf):
        fits = values == [x] and near(number, math.sqrt(0.5), dtype)
        return [function, *nodes, add] if fits else None
    if len(values) != 1 or not near(number, math.sqrt(2 / math.pi), dtype):
        return None
    cubic = _cubic(graph, values[0], x)
    return [function, *cubic, *nodes, add] if cubic is not None else None


def _cubic(graph: Graph, value: str, x: str) -> list[Node] | None:
    """The nodes of x + 0.044715 x^3."""
    add = producer_of(graph, value, Add)
    if add is None or x not in add.inputs:
        return None
    term = add.inputs[1] if add.inputs[0] == x else add.inputs[0]
    product = producer_of(graph, term, Mul)
    if product is None:
        return None
    number, values, nodes = factors(graph, product)
    power = 0.0
    for value_, count in Counter(values).items():
        pow_ = producer_of(graph, value_, Pow)
        exponent = scalar(graph, pow_.inputs[1]) if pow_ else None
        same = graph.types[value_] == graph.types[x]
        if pow_ is not None and exponent is not None and pow_.inputs[0] == x and same:
            power += exponent * count
            nodes = [pow_, *nodes]
        elif value_ == x:
            power += count
        else:
            return None
    dtype = graph.types[x].dtype
    return [*nodes, add] if near(number, CUBE, dtype) and power == 3 else None
