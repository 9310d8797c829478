"""A graph with all its floats in float64, so that only what it means is left and no rounding.

A Cast to fewer bits still rounds: that is its meaning. ``tinsmith.widen`` keeps the rounding before
jumps, too, and the inputs' types; here numbers must be free to be disturbed. Like there, the result
is for the interpreter only: some of its nodes no ``infer`` would accept.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ops.cast import BitCast, Cast
from tinsmith.widen import widened_fields


def widened(graph: Graph) -> Graph | None:
    """The graph in float64; None where it looks at the bits of its floats."""
    if any(isinstance(node.op, BitCast) for node in graph.nodes):
        return None
    types = {v: replace(kind, dtype=DType.F64) if kind.dtype.is_float else kind
             for v, kind in graph.types.items()}
    nodes: list[Node] = []
    for node in graph.nodes:
        if _narrows(graph, node):
            result, narrow = node.outputs[0], f"{node.outputs[0]}.narrow"
            types[narrow] = graph.types[result]
            nodes.append(node.replace(name=f"{node.name}.narrow", outputs=(narrow,)))
            nodes.append(node.replace(op=Cast(DType.F64), inputs=(narrow,)))
        else:
            nodes.append(node.replace(op=widened_fields(node.op)))
    weights = {v: wide(array) for v, array in graph.weights.items()}
    return graph.replace(nodes=tuple(nodes), weights=weights, types=types)


def _narrows(graph: Graph, node: Node) -> bool:
    if not isinstance(node.op, Cast) or not node.op.to.is_float:
        return False
    source = graph.types[node.inputs[0]].dtype
    return source.is_float and source.size_bytes > node.op.to.size_bytes


def wide(array: Array) -> Array:
    """Floats as float64, all else as it is."""
    return array.astype(np.float64) if DType.of(array).is_float else array
