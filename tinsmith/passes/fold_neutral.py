"""Drop what changes nothing: y = op(x) becomes x.

    x + 0   x - 0   x * 1   x / 1   x ^ 1   Cast to its own type   Clip without bounds
    Transpose that keeps the order   Reshape, Expand, Slice, Pad, Tile, Resize to its own shape
    Concat of one   Relu or Clip of what already lies within

Needs that result and source have one type. Leaves an Identity where the result is a graph output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import OnSkip, Patch, rewrite
from tinsmith.ops.activations import Clip, Relu
from tinsmith.ops.arithmetic import Add, Div, Mul, Pow, Sub
from tinsmith.ops.cast import Cast
from tinsmith.ops.concat import Concat
from tinsmith.ops.expand import Expand, Tile
from tinsmith.ops.pad import Pad
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.resize import Resize
from tinsmith.ops.slice import Slice
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.bounds import bounds
from tinsmith.passes.match import bypassed

Source: TypeAlias = Callable[[Graph, Node], "str | None"]


def fold_neutral(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all operators that can be neutral."""
    return rewrite(graph, tuple(_SOURCES), bypass, on_skip)


def bypass(graph: Graph, node: Node) -> Patch | None:
    """Reads the source in place of the result where the table says that they are equal."""
    source = _SOURCES[type(node.op)](graph, node)
    if source is None or len(node.outputs) != 1:
        return None
    same = graph.types[source] == graph.types[node.outputs[0]]
    return bypassed(graph, node, source) if same and source not in graph.weights else None


def _by(neutral: float, either_side: bool) -> Source:
    def source(graph: Graph, node: Node) -> str | None:
        first, second = node.inputs
        if _all(graph, second, neutral):
            return first
        return second if either_side and _all(graph, first, neutral) else None

    return source


def _all(graph: Graph, value: str, number: float) -> bool:
    array = graph.weights.get(value)
    return array is not None and bool(np.all(array == number))


def _always(graph: Graph, node: Node) -> str:
    return node.inputs[0]


def _ordered(graph: Graph, node: Node) -> str | None:
    op = node.op
    assert isinstance(op, Transpose)
    return node.inputs[0] if op.perm == tuple(range(len(op.perm))) else None


def _forward(graph: Graph, node: Node) -> str | None:
    op = node.op
    assert isinstance(op, Slice)
    return node.inputs[0] if all(step == 1 for step in op.steps) else None


def _unscaled(graph: Graph, node: Node) -> str | None:
    op = node.op
    assert isinstance(op, Resize)
    return node.inputs[0] if not op.resized(graph.types[node.inputs[0]].shape) else None


def _alone(graph: Graph, node: Node) -> str | None:
    return node.inputs[0] if len(node.inputs) == 1 else None


def _within(graph: Graph, node: Node) -> str | None:
    low, high = bounds(graph, node.inputs[0])
    wanted_low, wanted_high = 0.0, np.inf
    if isinstance(node.op, Clip):
        wanted_low = -np.inf if node.op.low is None else node.op.low
        wanted_high = np.inf if node.op.high is None else node.op.high
    return node.inputs[0] if low >= wanted_low and high <= wanted_high else None


_SOURCES: Mapping[type[Op], Source] = {
    Add: _by(0, either_side=True),
    Sub: _by(0, either_side=False),
    Mul: _by(1, either_side=True),
    Div: _by(1, either_side=False),
    Pow: _by(1, either_side=False),
    Cast: _always,
    Reshape: _always,
    Expand: _always,
    Tile: _always,
    Pad: _always,
    Transpose: _ordered,
    Slice: _forward,
    Resize: _unscaled,
    Concat: _alone,
    Relu: _within,
    Clip: _within,
}
