"""Keep weights of layers that wait for them as float16; activations and arithmetic stay float32.

    y = Gemm(x, w, bias)   becomes   y = Gemm(x, Cast(w, f16), bias)

A fully connected layer of one row reads each weight once for one multiply-accumulate, so memory
decides how long it takes: half the bytes, half the time. The same holds for a 1x1 convolution of
one pixel. Weights beyond float16's range stay float32, and so do those so small that it loses more
than rounding.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tinsmith.dtypes import DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.cast import convert
from tinsmith.ops.conv import Conv
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul

MATRIX = 2
HALF_UNIT = 2.0**-11  # of float16: what rounding may take of a number


def halve_weights(graph: Graph, on_skip: OnSkip | None = None,
                  kept: frozenset[str] = frozenset()) -> Graph:
    """One sweep over all products but those whose names are ``kept``."""
    def changed(graph: Graph, node: Node) -> Patch | Skip | None:
        if not kept.isdisjoint((node.name, *node.origin)):
            return Skip("it is kept float32")
        return halve(graph, node)

    return rewrite(graph, (Conv, Gemm, MatMul), changed, on_skip)


def halve(graph: Graph, node: Node) -> Patch | Skip | None:
    """The node with its weights in float16."""
    x, w = graph.types[node.inputs[0]], graph.constant(node.inputs[1])
    if w is None or x.dtype is not DType.F32 or DType.of(w) is not DType.F32:
        return None
    rows = rows_of(graph, node)
    if rows == 0:
        return None
    if rows > 1:
        return Skip(f"its weights are read once for {rows} rows")
    with np.errstate(over="ignore"):
        narrow = convert(w, DType.F16)
    if not np.isfinite(narrow.astype(np.float32)).all():
        return Skip("float16 does not reach the largest of its weights")
    lost = np.abs(narrow.astype(np.float32) - w)
    if lost.max(initial=0.0) > HALF_UNIT * np.abs(w).max(initial=0.0):
        return Skip("its weights are too small for float16")
    name = graph.unique(f"{node.name}.f16")
    assert isinstance(node.op, Conv | Gemm | MatMul)
    added = node.replace(op=replace(node.op, mixed=True),
                         inputs=(node.inputs[0], name, *node.inputs[2:]))
    return Patch(remove=(node,), add=(added,), weights={name: narrow})


def rows_of(graph: Graph, node: Node) -> int:
    """How many rows of a product share the weights; 0 where it is no such product."""
    x, w = graph.types[node.inputs[0]], graph.types[node.inputs[1]]
    if isinstance(node.op, Conv):
        one_by_one = math.prod(w.shape[2:]) == 1 and node.op.group == 1 and not any(node.op.pads)
        return x.shape[0] * math.prod(x.shape[2:]) if one_by_one else 0
    if w.rank != MATRIX or x.rank < MATRIX or not w.size or (
            len(node.inputs) > MATRIX and node.inputs[MATRIX] not in graph.weights):
        return 0
    return x.size // (w.shape[1] if isinstance(node.op, Gemm) and node.op.trans_b else w.shape[0])
