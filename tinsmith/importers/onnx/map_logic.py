"""Logic on truth values and on bits."""

from __future__ import annotations

from tinsmith.importers.onnx.broadcast import emit_binary
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import logic


def And(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, logic.And())


def Or(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, logic.Or())


def Xor(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, logic.Xor())


def Not(node: NodeImport) -> None:
    """As ours."""
    node.emit(logic.Not(), *node.values())


def BitwiseAnd(node: NodeImport) -> None:
    """As ours."""
    node.emit(logic.BitwiseAnd(), *node.values())


def BitwiseOr(node: NodeImport) -> None:
    """As ours."""
    node.emit(logic.BitwiseOr(), *node.values())


def BitwiseXor(node: NodeImport) -> None:
    """As ours."""
    node.emit(logic.BitwiseXor(), *node.values())


def BitwiseNot(node: NodeImport) -> None:
    """As ours."""
    node.emit(logic.BitwiseNot(), *node.values())


def BitShift(node: NodeImport) -> None:
    """``direction`` LEFT or RIGHT."""
    direction = node.attribute_str("direction", "")
    if direction not in ("LEFT", "RIGHT"):
        raise node.unsupported("direction", "LEFT or RIGHT", direction, "check the model")
    node.emit(logic.BitShift(direction == "LEFT"), *node.values())
