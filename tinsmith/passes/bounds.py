"""Between which numbers a value lies, as far as the nodes above it tell."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.activation_table import ANYTHING, ROWS, Range
from tinsmith.ops.activations import Clip, Relu
from tinsmith.ops.arithmetic import Abs, Add, Exp, Mul, Pow, Sqrt
from tinsmith.ops.concat import Concat
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalMaxPool
from tinsmith.ops.pool import AveragePool, MaxPool
from tinsmith.ops.reduce import (
    ReduceL1,
    ReduceL2,
    ReduceMax,
    ReduceMean,
    ReduceMin,
    ReduceSum,
    ReduceSumSquare,
)
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.softmax import Softmax
from tinsmith.ops.transpose import Transpose

MOST_VALUES = 256


def bounds(graph: Graph, value: str) -> Range:
    """The least and the greatest number that ``value`` can hold (NaN aside)."""
    ranges: list[Range] = []
    is_sum = False
    seen, waiting = {value}, [value]
    while waiting:
        value = waiting.pop()
        node = graph.producer(value)
        adds = node is not None and _adds(graph, node)
        if node is None or len(seen) > MOST_VALUES or not (adds or _passes(graph, node)):
            ranges.append(_given(graph, value))
            continue
        is_sum = is_sum or adds
        fresh = [source for source in dict.fromkeys(node.inputs) if source not in seen]
        seen.update(fresh)
        waiting += fresh
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    if is_sum:  # it has the sign that all its terms have
        return (0.0 if low >= 0 else -math.inf), (0.0 if high <= 0 else math.inf)
    return low, high


def _adds(graph: Graph, node: Node) -> bool:
    """Whether a node gives sums of numbers that it was given."""
    return isinstance(node.op, Add | ReduceSum) and graph.types[node.outputs[0]].dtype.is_float


def _passes(graph: Graph, node: Node) -> bool:
    """Whether a node gives numbers that it was given, or numbers between those."""
    if isinstance(node.op, ReduceMean | ReduceMax | ReduceMin):
        kind = graph.types[node.inputs[0]]
        return kind.dtype.is_float and kind.size > 0
    if not isinstance(node.op, _PASSING):
        return False
    if isinstance(node.op, _ACTIVATED) and node.op.activation is not None:
        return False
    return not isinstance(node.op, MaxPool) or node.op.always_inside(graph.types[node.inputs[0]])


def _given(graph: Graph, value: str) -> Range:
    """The range of a value that a node makes, from that node alone."""
    array = graph.weights.get(value)
    if array is not None:
        return (array.min().item(), array.max().item()) if array.size else ANYTHING
    node = graph.producer(value)
    if node is None:
        return ANYTHING
    if isinstance(node.op, Conv) and node.op.residual_after:
        return ANYTHING
    if isinstance(node.op, Conv | ConvTranspose | Gemm | _ACTIVATED):
        return of_activation(node.op.activation)
    if not graph.types[value].dtype.is_float and not isinstance(node.op, Clip | Relu):
        return ANYTHING  # integers wrap: the least one has no opposite
    if isinstance(node.op, Mul) and node.inputs[0] == node.inputs[1]:
        return 0.0, math.inf
    if isinstance(node.op, Pow) and _is_even(graph.weights.get(node.inputs[1])):
        return 0.0, math.inf
    row = ROWS.get(type(node.op))
    return row.bounds(node.op) if row else _RANGES.get(type(node.op), ANYTHING)


def _is_even(exponents: Array | None) -> bool:
    """Whether all exponents are even integers."""
    return exponents is not None and bool(np.all(exponents.astype(np.float64) % 2 == 0))


def of_activation(activation: Activation | None) -> Range:
    """The range of an activation."""
    if activation is None:
        return ANYTHING
    operator = activation.operator
    return ROWS[type(operator)].bounds(operator)


_ACTIVATED = MaxPool | AveragePool | GlobalMaxPool | GlobalAveragePool
_PASSING = (Concat, Reshape, Transpose, MaxPool, GlobalMaxPool, GlobalAveragePool)
_RANGES: Mapping[type[Op], Range] = {
    Abs: (0.0, math.inf),
    Exp: (0.0, math.inf),
    Sqrt: (0.0, math.inf),
    Softmax: (0.0, 1.0),
    ReduceL1: (0.0, math.inf),
    ReduceL2: (0.0, math.inf),
    ReduceSumSquare: (0.0, math.inf),
}
