"""Fold BatchNormalization into weights.

    (x - mean) / sqrt(variance + epsilon) * scale + bias  =  x * f + s

Needs constant statistics. After a Conv, ConvTranspose or Gemm that nobody else reads, f and s go
into its weights and bias; before one, f always and s where nothing is padded. What remains becomes
Mul and Add by a constant for each channel, of halves in float32, as BatchNormalization computes.
Leaves no BatchNormalization with constant statistics.
"""

from __future__ import annotations

from collections.abc import Set
from functools import partial

import numpy as np

from tinsmith.dtypes import DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.batch_normalization import BatchNormalization
from tinsmith.ops.cast import Cast
from tinsmith.ops.elementwise import HALVES
from tinsmith.passes.affine import Affine, affine_of, fold_into_consumer, fold_into_producer
from tinsmith.passes.exactness import exact_values


def fold_batchnorm(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all BatchNormalization nodes."""
    return rewrite(graph, BatchNormalization, partial(fold, exact=exact_values(graph)), on_skip)


def fold(graph: Graph, node: Node, *, exact: Set[str]) -> Patch | Skip:
    """Into the operator before, else the one after, else Mul and Add.

    ``exact``: the values whose last bit matters.
    """
    affine = affine_of(graph, node)
    if affine is None:
        return Skip("its statistics are not constant")
    for way in (fold_into_producer, fold_into_consumer):
        patch = way(graph, node, affine, exact=exact)
        if isinstance(patch, Patch):
            return patch
    return spread(graph, node, affine)


def spread(graph: Graph, node: Node, affine: Affine) -> Patch:
    """The same function as Mul and Add, with Casts around them if it is one of halves."""
    kind = graph.types[node.outputs[0]]
    shape = (-1, *(1,) * (kind.rank - 2)) if kind.rank > 1 else (1,)
    arithmetic = DType.F32 if kind.dtype in HALVES else kind.dtype
    factor, offset = graph.unique(f"{node.name}.factor"), graph.unique(f"{node.name}.offset")
    steps: list[tuple[Op, tuple[str, ...]]] = [(Mul(), (factor,)), (Add(), (offset,))]
    if arithmetic is not kind.dtype:
        steps = [(Cast(arithmetic), ()), *steps, (Cast(kind.dtype), ())]
    nodes: list[Node] = []
    value = affine.source
    for i, (op, constants) in enumerate(steps):
        last = i == len(steps) - 1
        result = node.outputs[0] if last else graph.unique(f"{node.outputs[0]}.{op.name.lower()}")
        name = graph.unique(f"{node.name}.{op.name.lower()}") if nodes else node.name
        nodes.append(Node(name, op, (value, *constants), (result,), node.origin))
        value = result
    return Patch(remove=(node,), add=tuple(nodes), weights={
        name: np.ascontiguousarray(numbers.astype(arithmetic.numpy).reshape(shape))
        for name, numbers in ((factor, affine.factor), (offset, affine.offset))})
