"""A graph with all its floats in float64, so that only what it means is left and no rounding.

A Cast to fewer bits still rounds: that is its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.errors import ModelError
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.cast import BitCast, Cast
from tinsmith.ops.fused import Fused
from tinsmith.proof.region import inferred


def widened(graph: Graph) -> Graph | None:
    """The graph in float64; None where an operator of it does not know float64."""
    if any(isinstance(node.op, BitCast) for node in graph.nodes):
        return None
    weights = {v: wide(array) for v, array in graph.weights.items()}
    types = {v: _wide_type(kind) for v, kind in graph.types.items()}
    nodes = [new for node in graph.nodes for new in _widened(node, graph.types)]
    try:
        types = inferred(nodes, types)
    except ModelError:
        return None
    return graph.replace(nodes=tuple(nodes), weights=weights, types=types)


def wide(array: Array) -> Array:
    """Floats as float64, all else as it is."""
    return array.astype(np.float64) if DType.of(array).is_float else array


def _wide_type(kind: TensorType) -> TensorType:
    return replace(kind, dtype=DType.F64) if kind.dtype.is_float else kind


def _widened(node: Node, types: Mapping[str, TensorType]) -> tuple[Node, ...]:
    if isinstance(node.op, Cast) and node.op.to.is_float:
        source = types[node.inputs[0]].dtype
        if not source.is_float or source.size_bytes <= node.op.to.size_bytes:
            return (node.replace(op=Cast(DType.F64)),)
        narrow = f"{node.outputs[0]}.narrow"
        return (node.replace(name=f"{node.name}.narrow", outputs=(narrow,)),
                node.replace(op=Cast(DType.F64), inputs=(narrow,)))
    if isinstance(node.op, Fused):
        op = node.op
        inner = op.types(*(types[v] for v in node.inputs))
        body = tuple(new for part in op.body for new in _widened(part, inner))
        return (node.replace(op=replace(op, body=body)),)
    return (node.replace(op=_wide_op(node.op)),)


def _wide_op(op: Op) -> Op:
    """The operator with float64 wherever an attribute names a floating-point type."""
    wider = {f.name: DType.F64 for f in fields(op)
             if isinstance(value := getattr(op, f.name), DType) and value.is_float}
    return replace(op, **wider) if wider else op
