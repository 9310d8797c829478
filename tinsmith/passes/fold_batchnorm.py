"""Fold BatchNormalization into weights.

    (x - mean) / sqrt(variance + epsilon) * scale + bias  =  x * f + s

Needs constant statistics. After a Conv, ConvTranspose or Gemm that nobody else reads, f and s go
into its weights and bias; before one, f always and s where nothing is padded. What remains becomes
Mul and Add by a constant for each channel. Leaves no BatchNormalization with constant statistics.
"""

from __future__ import annotations

import numpy as np

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.batch_normalization import BatchNormalization
from tinsmith.passes.affine import Affine, affine_of, fold_into_consumer, fold_into_producer
from tinsmith.passes.match import merged


def fold_batchnorm(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all BatchNormalization nodes."""
    return rewrite(graph, BatchNormalization, fold, on_skip)


def fold(graph: Graph, node: Node) -> Patch | Skip:
    """Into the operator before, else the one after, else Mul and Add."""
    affine = affine_of(graph, node)
    if affine is None:
        return Skip("its statistics are not constant")
    for way in (fold_into_producer, fold_into_consumer):
        patch = way(graph, node, affine)
        if isinstance(patch, Patch):
            return patch
    return spread(graph, node, affine)


def spread(graph: Graph, node: Node, affine: Affine) -> Patch:
    """The same function as Mul and Add."""
    kind = graph.types[node.outputs[0]]
    shape = (-1, *(1,) * (kind.rank - 2)) if kind.rank > 1 else (1,)
    dtype = kind.dtype.numpy
    factor, offset = graph.unique(f"{node.name}.factor"), graph.unique(f"{node.name}.offset")
    scaled = graph.unique(f"{node.outputs[0]}.scaled")
    return Patch(
        remove=(node,),
        add=(merged(Mul(), (affine.source, factor), scaled, node),
             merged(Add(), (scaled, offset), node.outputs[0], node)
             .replace(name=graph.unique(f"{node.name}.add"))),
        weights={factor: np.ascontiguousarray(affine.factor.astype(dtype).reshape(shape)),
                 offset: np.ascontiguousarray(affine.offset.astype(dtype).reshape(shape))})
