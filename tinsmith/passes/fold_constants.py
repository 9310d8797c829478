"""Compute at compile time what depends on constants only, by the operators' own references.

Needs nothing. Leaves a node with constant inputs only where its result is much larger than they
are (a constant that would bloat the weights is better computed), where it takes long, or where it
gives a graph output.
"""

from __future__ import annotations

import numpy as np

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.quantize_linear import DequantizeLinear

LIMIT_BYTES = 1 << 22
GROWTH, GROWTH_OF_BYTES = 2, 4  # what is made of what is read; of weights stored as bytes
SWEEP_LIMIT_BYTES = 1 << 28  # of what one sweep makes
WEIGHTS_LIMIT_BYTES = 3 << 28  # beyond, nothing more is made
EFFORT_LIMIT = 1 << 26  # additions for one node


def fold_constants(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all nodes."""
    held = sum(array.nbytes for array in graph.weights.values())
    room = min(WEIGHTS_LIMIT_BYTES - held, SWEEP_LIMIT_BYTES)

    def rule(graph: Graph, node: Node) -> Patch | Skip | None:
        nonlocal room
        answer = evaluate(graph, node, room)
        if isinstance(answer, Patch):
            room -= sum(array.nbytes for array in answer.weights.values())
        return answer

    return rewrite(graph, Op, rule, on_skip)


def evaluate(graph: Graph, node: Node, room: int = SWEEP_LIMIT_BYTES) -> Patch | Skip | None:
    """The results of a node with constant inputs, as weights of at most ``room`` bytes."""
    if any(value and value not in graph.weights for value in node.inputs):
        return None
    if any(value in graph.outputs for value in node.outputs):
        return Skip("it gives a graph output")
    read = sum(graph.types[value].size_bytes for value in node.inputs if value)
    made = sum(graph.types[value].size_bytes for value in node.outputs if value)
    growth = GROWTH_OF_BYTES if isinstance(node.op, DequantizeLinear) else GROWTH
    if made > max(LIMIT_BYTES, growth * read) or made > room:
        return Skip(f"its result would add {made} bytes of weights")
    kinds = graph.input_types(node)
    if node.op.effort(kinds, node.op.infer(*kinds)) > EFFORT_LIMIT + 4 * read:
        return Skip("it takes long to compute")
    with np.errstate(all="ignore"):
        results = node.op.reference(*(graph.weights[v] if v else None for v in node.inputs))
    return Patch(remove=(node,), weights={
        value: np.ascontiguousarray(array).reshape(array.shape)
        for value, array in zip(node.outputs, results, strict=False) if value})
