"""Gather, GatherElements, GatherND."""

from __future__ import annotations

from tinsmith.importers.onnx.axes import front_axis
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import gather


def Gather(node: NodeImport) -> None:
    """Along ``axis``."""
    axis = front_axis(node, node.attribute_int("axis", 0), node.type(0).rank)
    node.emit(gather.Gather(axis), node.value(0), node.value(1))


def GatherElements(node: NodeImport) -> None:
    """Along ``axis``."""
    axis = front_axis(node, node.attribute_int("axis", 0), node.type(0).rank)
    node.emit(gather.GatherElements(axis), node.value(0), node.value(1))


def GatherND(node: NodeImport) -> None:
    """Behind ``batch_dims`` axes."""
    node.emit(gather.GatherND(node.attribute_int("batch_dims", 0)), node.value(0), node.value(1))
