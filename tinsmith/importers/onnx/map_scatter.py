"""Scatter, ScatterElements, ScatterND, TensorScatter, ReverseSequence, OneHot."""

from __future__ import annotations

from tinsmith.importers.onnx.axes import front_axis
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import onehot, reverse, scatter


def Scatter(node: NodeImport) -> None:
    """The old name of ScatterElements."""
    ScatterElements(node)


def ScatterElements(node: NodeImport) -> None:
    """Along ``axis``."""
    axis = front_axis(node, node.attribute_int("axis", 0), node.type(0).rank)
    op = scatter.ScatterElements(axis, node.attribute_str("reduction", "none"))
    node.emit(op, *(node.value(i) for i in range(3)))


def ScatterND(node: NodeImport) -> None:
    """By coordinate tuples."""
    op = scatter.ScatterND(node.attribute_str("reduction", "none"))
    node.emit(op, *(node.value(i) for i in range(3)))


def TensorScatter(node: NodeImport) -> None:
    """Into a cache along ``axis``."""
    axis = front_axis(node, node.attribute_int("axis", -2), node.type(0).rank)
    mode = node.attribute_str("mode", "linear")
    if mode not in ("linear", "circular"):
        raise node.unsupported("mode", "linear or circular", mode, "check the model")
    start = [node.value(2)] if node.has_input(2) else []
    node.emit(scatter.TensorScatter(axis, mode == "circular"), node.value(0), node.value(1), *start)


def ReverseSequence(node: NodeImport) -> None:
    """``batch_axis`` and ``time_axis`` are 0 and 1 in either order."""
    rank = node.type(0).rank
    batch = front_axis(node, node.attribute_int("batch_axis", 1), rank)
    time = front_axis(node, node.attribute_int("time_axis", 0), rank)
    node.emit(reverse.ReverseSequence(batch, time), node.value(0), node.value(1))


def OneHot(node: NodeImport) -> None:
    """``depth``, which must be constant, becomes an attribute."""
    rank = node.type(0).rank
    axis = front_axis(node, node.attribute_int("axis", -1), rank + 1)
    (depth,) = node.ints(1, "depth")
    node.emit(onehot.OneHot(depth, axis), node.value(0), node.value(2))
