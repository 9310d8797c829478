"""Between which numbers a value lies, as far as the nodes above it tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.activations import Clip, HardSigmoid, Relu, Sigmoid, Tanh
from tinsmith.ops.arithmetic import Abs, Exp, Sqrt
from tinsmith.ops.concat import Concat
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalMaxPool
from tinsmith.ops.pool import AveragePool, MaxPool
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.softmax import Softmax
from tinsmith.ops.transpose import Transpose

Range: TypeAlias = tuple[float, float]
ANYTHING: Range = (-math.inf, math.inf)
DEPTH = 8


def bounds(graph: Graph, value: str, depth: int = DEPTH) -> Range:
    """The least and the greatest number that ``value`` can hold (NaN aside)."""
    array = graph.weights.get(value)
    if array is not None:
        return (float(array.min()), float(array.max())) if array.size else ANYTHING
    node = graph.producer(value)
    if node is None or depth == 0:
        return ANYTHING
    if isinstance(node.op, Conv | ConvTranspose | Gemm):
        return of_activation(node.op.activation)
    if isinstance(node.op, _PASSING):
        if isinstance(node.op, _ACTIVATED) and node.op.activation is not None:
            return of_activation(node.op.activation)
        found = [bounds(graph, source, depth - 1) for source in node.inputs]
        return min(low for low, _ in found), max(high for _, high in found)
    given = _RANGES.get(type(node.op))
    return given(node) if given else ANYTHING


def of_activation(activation: Activation | None) -> Range:
    """The range of an activation."""
    if activation is None:
        return ANYTHING
    if activation.kind == "clip":
        return activation.alpha, activation.beta
    return _ACTIVATIONS.get(activation.kind, ANYTHING)


def _clip(node: Node) -> Range:
    assert isinstance(node.op, Clip)
    return (-math.inf if node.op.low is None else float(node.op.low),
            math.inf if node.op.high is None else float(node.op.high))


_ACTIVATED = (MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool)
_PASSING = (Concat, Reshape, Transpose, MaxPool, GlobalMaxPool, GlobalAveragePool)
_ACTIVATIONS: Mapping[str, Range] = {
    "relu": (0.0, math.inf), "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0), "softplus": (0.0, math.inf)}
_RANGES: Mapping[type[Op], Callable[[Node], Range]] = {
    Relu: lambda node: (0.0, math.inf),
    Abs: lambda node: (0.0, math.inf),
    Exp: lambda node: (0.0, math.inf),
    Sqrt: lambda node: (0.0, math.inf),
    Clip: _clip,
    Sigmoid: lambda node: (0.0, 1.0),
    HardSigmoid: lambda node: (0.0, 1.0),
    Softmax: lambda node: (0.0, 1.0),
    Tanh: lambda node: (-1.0, 1.0),
}
