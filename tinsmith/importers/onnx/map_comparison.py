"""Comparisons, IsNaN, IsInf and Where."""

from __future__ import annotations

from tinsmith.importers.onnx.broadcast import emit_binary
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import comparison


def Equal(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, comparison.Equal())


def Less(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, comparison.Less())


def LessOrEqual(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, comparison.LessOrEqual())


def Greater(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, comparison.Greater())


def GreaterOrEqual(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, comparison.GreaterOrEqual())


def Where(node: NodeImport) -> None:
    """As ours."""
    node.emit(comparison.Where(), *node.values())


def IsNaN(node: NodeImport) -> None:
    """As ours."""
    node.emit(comparison.IsNaN(), node.value(0))


def IsInf(node: NodeImport) -> None:
    """Both signs, unless one is switched off."""
    node.emit(comparison.IsInf(bool(node.attribute_int("detect_negative", 1)),
                               bool(node.attribute_int("detect_positive", 1))), node.value(0))
