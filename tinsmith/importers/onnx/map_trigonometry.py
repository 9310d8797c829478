"""Trigonometric and hyperbolic functions, all as ours."""

from __future__ import annotations

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import trigonometry


def Sin(node: NodeImport) -> None:
    """As ours."""
    node.emit(trigonometry.Sin(), node.value(0))


def Cos(node: NodeImport) -> None:
    """As ours."""
    node.emit(trigonometry.Cos(), node.value(0))


def Tan(node: NodeImport) -> None:
    """As ours."""
    node.emit(trigonometry.Tan(), node.value(0))


def Asin(node: NodeImport) -> None:
    """As ours."""
    node.emit(trigonometry.Asin(), node.value(0))


def Acos(node: NodeImport) -> None:
    """As ours."""
    node.emit(trigonometry.Acos(), node.value(0))


def Atan(node: NodeImport) -> None:
    """As ours."""
    node.emit(trigonometry.Atan(), node.value(0))


def Sinh(node: NodeImport) -> None:
    """As ours."""
    node.emit(trigonometry.Sinh(), node.value(0))


def Cosh(node: NodeImport) -> None:
    """As ours."""
    node.emit(trigonometry.Cosh(), node.value(0))


def Asinh(node: NodeImport) -> None:
    """As ours."""
    node.emit(trigonometry.Asinh(), node.value(0))


def Acosh(node: NodeImport) -> None:
    """As ours."""
    node.emit(trigonometry.Acosh(), node.value(0))


def Atanh(node: NodeImport) -> None:
    """As ours."""
    node.emit(trigonometry.Atanh(), node.value(0))
