"""Softmax, LogSoftmax, Hardmax."""

from __future__ import annotations

import math

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import softmax
from tinsmith.ops.along_axis import AlongAxis
from tinsmith.ops.reshape import Reshape


def _along_axis(node: NodeImport, op: type[AlongAxis]) -> None:
    """Before opset 13 the axis and all after it count as one, and axis 1 is the default."""
    x = node.type(0)
    axis = node.attribute_int("axis", 1 if node.opset < 13 else -1)
    if not -x.rank <= axis <= x.rank - (node.opset >= 13):
        raise node.unsupported("axis", f"an axis of {list(x.shape)}", axis, "check the model")
    axis = axis + x.rank if axis < 0 else axis
    tail = math.prod(x.shape[axis:])
    if node.opset >= 13 or (axis < x.rank and x.shape[axis] == tail):
        node.emit(op(axis), node.value(0))
        return
    flat = node.temporary(Reshape((math.prod(x.shape[:axis]), tail)), node.value(0))
    node.emit(Reshape(x.shape), node.temporary(op(1), flat))


def Softmax(node: NodeImport) -> None:
    """Exponentials that sum to one."""
    _along_axis(node, softmax.Softmax)


def LogSoftmax(node: NodeImport) -> None:
    """The logarithm of Softmax."""
    _along_axis(node, softmax.LogSoftmax)


def Hardmax(node: NodeImport) -> None:
    """One at the first maximum."""
    _along_axis(node, softmax.Hardmax)
