"""Fold Mul, Add, Sub, Div and Neg by constants for each channel into weights, or into each other.

    conv(x) * f + s      conv(x * f)      gemm(x + s)      (x * a) * b

Needs constants that vary along the channels only. After a Conv, ConvTranspose or Gemm that nobody
else reads they go into its weights and bias; before one, factors always and offsets where nothing
is padded. Two factors, or two offsets, in a row become one (of any shape). What rounds otherwise is
left alone where something jumps behind it, and so is what would leave the range of floats.
"""

from __future__ import annotations

from collections.abc import Set
from functools import partial

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.arithmetic import Add, Div, Mul, Neg, Sub
from tinsmith.passes.affine import affine_of, fold_into_consumer, fold_into_producer
from tinsmith.passes.exactness import exact_values, joined_factors, joined_terms
from tinsmith.passes.match import merged


def fold_affine(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all arithmetic by constants."""
    rule = partial(fold, exact=exact_values(graph))
    return rewrite(graph, (Add, Sub, Mul, Div, Neg), rule, on_skip)


def fold(graph: Graph, node: Node, *, exact: Set[str]) -> Patch | Skip | None:
    """Into the operator before, else the one after, else into an equal one before.

    ``exact``: the values whose last bit matters.
    """
    reasons: list[Skip] = []
    affine = affine_of(graph, node)
    if affine is not None:
        for way in (fold_into_producer, fold_into_consumer):
            answer = way(graph, node, affine, exact=exact)
            if isinstance(answer, Patch):
                return answer
            reasons += [answer] if answer is not None else []
    joined = join(graph, node, exact)
    return joined if joined is not None or not reasons else reasons[0]


def join(graph: Graph, node: Node, exact: Set[str]) -> Patch | None:
    """(x * a) * b = x * (a b) and (x + a) + b = x + (a + b)."""
    dtype = graph.types[node.outputs[0]].dtype
    if not isinstance(node.op, Add | Mul) or not dtype.is_float:
        return None
    split = _constant_and_value(graph, node)
    if split is None or graph.sole_consumer(split[1]) is None:
        return None
    before = graph.producer(split[1])
    if before is None or type(before.op) is not type(node.op):
        return None
    inner = _constant_and_value(graph, before)
    if inner is None or graph.types[inner[1]].shape != graph.types[node.outputs[0]].shape:
        return None
    a, b = graph.weights[inner[0]], graph.weights[split[0]]
    joined = joined_terms if isinstance(node.op, Add) else joined_factors
    together = joined(a, b, dtype, node.outputs[0] in exact)
    if together is None or together.size > max(a.size, b.size):
        return None
    name = graph.unique(f"{node.name}.joined")
    return Patch(remove=(before, node), weights={name: together.astype(a.dtype)},
                 add=(merged(node.op, (inner[1], name), node.outputs[0], before, node),))


def _constant_and_value(graph: Graph, node: Node) -> tuple[str, str] | None:
    for value, constant in (node.inputs, node.inputs[::-1]):
        if constant in graph.weights and value not in graph.weights:
            return constant, value
    return None
