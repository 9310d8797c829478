"""Affine functions of channels (x * factor + offset along axis 1): found in nodes, folded into
the weights of the operator before or after them.

The weights of all three operators are seen as [group, a, b, taps], where a and b are the output
and input channels of one group:

    y = op(x; w, b)          y' = y * f + s      w' = w * f[out]      b' = b * f + s
    x' = x * f + s           y = op(x'; w, b)    w' = w * f[in]       b' = b + sum(w * s[in])

The last needs that every output sees all taps: no padding, or s = 0. Computed in float64, then
rounded to the type of the weights.
"""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import Patch, Skip
from tinsmith.ops.arithmetic import Add, Div, Mul, Neg, Sub
from tinsmith.ops.batch_normalization import BatchNormalization
from tinsmith.ops.batch_normalization import affine as statistics
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm
from tinsmith.passes.exactness import (
    adds_coarse,
    are_powers_of_two,
    is_finite,
    largest_in_range,
    sums_exactly,
)
from tinsmith.passes.match import along_axis, merged

Linear: TypeAlias = Conv | ConvTranspose | Gemm
LINEAR = (Conv, ConvTranspose, Gemm)


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """source * factor + offset, both [channels] in float64."""

    source: str
    factor: Array
    offset: Array


def affine_of(graph: Graph, node: Node) -> Affine | None:
    """The affine function that ``node`` is, if it is one of channels with constant numbers."""
    if isinstance(node.op, BatchNormalization):
        return _of_statistics(graph, node)
    kind = graph.types[node.outputs[0]]
    if not kind.dtype.is_float or kind.rank < 2:
        return None
    if isinstance(node.op, Neg):
        ones = np.ones(kind.shape[1])
        return Affine(node.inputs[0], -ones, 0 * ones)
    if not isinstance(node.op, Add | Sub | Mul | Div):
        return None
    for i, (value, constant) in enumerate((node.inputs, node.inputs[::-1])):
        numbers = along_axis(graph, constant, kind.shape, 1)
        if numbers is not None and graph.types[value].shape == kind.shape:
            return _of_arithmetic(node.op, value, numbers, constant_first=i == 1)
    return None


def _of_arithmetic(op: Op, value: str, c: Array, constant_first: bool) -> Affine | None:
    ones = np.ones_like(c)
    if isinstance(op, Add):
        return Affine(value, ones, c)
    if isinstance(op, Sub):
        return Affine(value, -ones, c) if constant_first else Affine(value, ones, -c)
    if isinstance(op, Mul):
        return Affine(value, c, 0 * ones)
    return None if constant_first or not c.all() else Affine(value, 1 / c, 0 * ones)


def _of_statistics(graph: Graph, node: Node) -> Affine | None:
    assert isinstance(node.op, BatchNormalization)
    found = [graph.weights.get(value) for value in node.inputs[1:]]
    scale, bias, mean, variance = found
    if scale is None or bias is None or mean is None or variance is None:
        return None
    return Affine(node.inputs[0], *statistics(node.op.epsilon, scale, bias, mean, variance))


def fold_into_producer(graph: Graph, node: Node, affine: Affine, *,
                       exact: Set[str]) -> Patch | Skip | None:
    """``node`` (which is ``affine``) as part of the linear operator that gives its source.

    ``exact``: the values whose last bit matters.
    """
    before = graph.producer(affine.source)
    if before is None or not isinstance(before.op, LINEAR):
        return None
    if graph.sole_consumer(affine.source) is None:
        return Skip(f"others read '{affine.source}' too")
    if before.op.activation is not None or len(before.inputs) > 3:
        return Skip(f"'{before.name}' already has an activation or a residual")
    if adds_coarse(graph, node):
        return Skip("it adds so much that the sums would be rounded")
    if node.outputs[0] in exact and sums_exactly(graph, before):
        return Skip(f"'{before.name}' gives exact sums, and something jumps behind it")
    taken = _weights(graph, before)
    if isinstance(taken, Skip):
        return taken
    w, bias = taken
    view, outputs, _ = _views(before.op, w.shape)
    scaled = w.astype(np.float64).reshape(view) * affine.factor.reshape(outputs)
    offset = affine.offset if bias is None else bias * affine.factor + affine.offset
    return _patch(graph, before, node, scaled, offset, (affine.source, node.outputs[0]))


def fold_into_consumer(graph: Graph, node: Node, affine: Affine, *,
                       exact: Set[str]) -> Patch | Skip | None:
    """``node`` (which is ``affine``) as part of the linear operator that alone reads it.

    ``exact``: the values whose last bit matters.
    """
    after = graph.sole_consumer(node.outputs[0])
    if after is None or not isinstance(after.op, LINEAR) or after.inputs[0] != node.outputs[0]:
        return None
    if node.outputs[0] in after.inputs[1:]:
        return None
    if adds_coarse(graph, node):
        return Skip("it adds so much that the sums would be rounded")
    shifted = bool(np.any(affine.offset))
    rounds = shifted or not are_powers_of_two(affine.factor)
    if rounds and after.outputs[0] in exact and sums_exactly(graph, after):
        return Skip(f"'{after.name}' gives exact sums, and something jumps behind it")
    if shifted and isinstance(after.op, ConvTranspose):
        return Skip(f"'{after.name}' does not see the offset through all taps")
    if shifted and isinstance(after.op, Conv) and any(after.op.pads):
        return Skip(f"'{after.name}' pads with zeros, to which the offset does not apply")
    if isinstance(after.op, Gemm) and after.op.trans_a:
        return Skip(f"'{after.name}' reads its input transposed")
    taken = _weights(graph, after)
    if isinstance(taken, Skip):
        return taken
    w, bias = taken
    view, outputs, inputs = _views(after.op, w.shape)
    wide = w.astype(np.float64).reshape(view)
    summed = tuple(i for i in range(4) if outputs[i] == 1 and i > 0)
    offset = (wide * affine.offset.reshape(inputs)).sum(axis=summed).reshape(-1)
    if isinstance(after.op, Gemm):
        offset = after.op.alpha * offset
    offset = offset if bias is None else bias + offset
    return _patch(graph, after, node, wide * affine.factor.reshape(inputs),
                  offset if bias is not None or shifted else None,
                  (node.outputs[0], affine.source))


def _weights(graph: Graph, node: Node) -> tuple[Array, Array | None] | Skip:
    """Constant weights and bias (float64, a Gemm's beta applied) of a linear operator."""
    w = graph.weights.get(node.inputs[1])
    if w is None:
        return Skip(f"the weights of '{node.name}' are not constant")
    if len(node.inputs) < 3 or not node.inputs[2]:
        return w, None
    bias = graph.weights.get(node.inputs[2])
    if bias is None:
        return Skip(f"the bias of '{node.name}' is not constant")
    beta = node.op.beta if isinstance(node.op, Gemm) else 1.0
    return w, beta * bias.astype(np.float64)


def _views(op: Linear, shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Weights as [group, a, b, taps]; the shapes of vectors of output and of input channels."""
    group = 1 if isinstance(op, Gemm) else op.group
    a, b, taps = shape[0] // group, shape[1], math.prod(shape[2:])
    along_a, along_b = (group, a, 1, 1), (group, 1, b, 1)
    outputs_first = op.trans_b if isinstance(op, Gemm) else isinstance(op, Conv)
    vectors = (along_a, along_b) if outputs_first else (along_b, along_a)
    return (group, a, b, taps), *vectors


def _patch(graph: Graph, node: Node, other: Node, w: Array, bias: Array | None,
           rename: tuple[str, str]) -> Patch | Skip:
    """``node`` with new weights, in place of itself and ``other``; ``rename``: value, its heir."""
    old = graph.weights[node.inputs[1]]
    dtype = DType.of(old)
    if not largest_in_range(w, dtype) or (bias is not None and not is_finite(bias, dtype)):
        return Skip(f"the weights of '{node.name}' would leave the range of {dtype.value}")
    w_name = graph.unique(f"{node.name}.weights")
    weights = {w_name: w.reshape(old.shape).astype(old.dtype)}
    names = ["", w_name, ""]
    if bias is not None:
        names[2] = graph.unique(f"{node.name}.bias")
        weights[names[2]] = np.ascontiguousarray(bias.astype(old.dtype))
    gone, heir = rename
    op = node.op
    if isinstance(op, Gemm):
        op = Gemm(op.alpha, 1.0, op.trans_a, op.trans_b, op.activation, op.mixed)
    given = tuple(heir if value == gone else value for value in node.inputs)
    output = heir if node.outputs[0] == gone else node.outputs[0]
    inputs = (given[0], names[1], names[2], *given[3:])
    return Patch(remove=(node, other), add=(merged(op, inputs, output, node, other),),
                 weights=weights)
