"""Between which numbers a value lies, as far as the nodes above it tell."""

from __future__ import annotations

import math
from collections.abc import Mapping
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
MOST_VALUES = 256


def bounds(graph: Graph, value: str) -> Range:
    """The least and the greatest number that ``value`` can hold (NaN aside)."""
    sources = _sources(graph, value)
    found = [_given(graph, source) for source in sources]
    return min(low for low, _ in found), max(high for _, high in found)


def _sources(graph: Graph, value: str) -> list[str]:
    """The values whose numbers ``value`` passes on; its own name where it makes its own."""
    found: list[str] = []
    seen, waiting = {value}, [value]
    while waiting:
        value = waiting.pop()
        node = graph.producer(value)
        if node is None or len(seen) > MOST_VALUES or not _passes(graph, node):
            found.append(value)
            continue
        fresh = [source for source in dict.fromkeys(node.inputs) if source not in seen]
        seen.update(fresh)
        waiting += fresh
    return found


def _passes(graph: Graph, node: Node) -> bool:
    """Whether a node gives numbers that it was given, or numbers between those."""
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
    if isinstance(node.op, Clip):
        return _between(node.op.low, node.op.high)
    if isinstance(node.op, Conv) and node.op.residual_after:
        return ANYTHING
    if isinstance(node.op, Conv | ConvTranspose | Gemm | _ACTIVATED):
        return of_activation(node.op.activation)
    if isinstance(node.op, Abs) and not graph.types[value].dtype.is_float:
        return ANYTHING  # the least integer has no opposite
    return _RANGES.get(type(node.op), ANYTHING)


def of_activation(activation: Activation | None) -> Range:
    """The range of an activation."""
    if activation is None:
        return ANYTHING
    if activation.kind == "clip":
        return _between(activation.alpha, activation.beta)
    return _ACTIVATIONS.get(activation.kind, ANYTHING)


def _between(low: float | None, high: float | None) -> Range:
    """What a Clip lets through; the upper bound where the two cross."""
    high = math.inf if high is None else high
    return -math.inf if low is None else min(low, high), high


_ACTIVATED = MaxPool | AveragePool | GlobalMaxPool | GlobalAveragePool
_PASSING = (Concat, Reshape, Transpose, MaxPool, GlobalMaxPool, GlobalAveragePool)
_ACTIVATIONS: Mapping[str, Range] = {
    "relu": (0.0, math.inf), "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0), "softplus": (0.0, math.inf)}
_RANGES: Mapping[type[Op], Range] = {
    Relu: (0.0, math.inf),
    Abs: (0.0, math.inf),
    Exp: (0.0, math.inf),
    Sqrt: (0.0, math.inf),
    Sigmoid: (0.0, 1.0),
    HardSigmoid: (0.0, 1.0),
    Softmax: (0.0, 1.0),
    Tanh: (-1.0, 1.0),
}
