"""Comparisons, IsNaN, IsInf and Where."""

from __future__ import annotations

from tinsmith.importers.onnx.build import NodeImport
from tinsmith.ops import comparison


def Equal(node: NodeImport) -> None:
    """As ours."""
    node.emit(comparison.Equal(), *node.values())


def Less(node: NodeImport) -> None:
    """As ours."""
    node.emit(comparison.Less(), *node.values())


def LessOrEqual(node: NodeImport) -> None:
    """As ours."""
    node.emit(comparison.LessOrEqual(), *node.values())


def Greater(node: NodeImport) -> None:
    """As ours."""
    node.emit(comparison.Greater(), *node.values())


def GreaterOrEqual(node: NodeImport) -> None:
    """As ours."""
    node.emit(comparison.GreaterOrEqual(), *node.values())


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
