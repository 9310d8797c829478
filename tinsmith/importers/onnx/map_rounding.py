"""Floor, Ceil and Round."""

from __future__ import annotations

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import rounding


def Floor(node: NodeImport) -> None:
    """As ours."""
    node.emit(rounding.Floor(), node.value(0))


def Ceil(node: NodeImport) -> None:
    """As ours."""
    node.emit(rounding.Ceil(), node.value(0))


def Round(node: NodeImport) -> None:
    """As ours."""
    node.emit(rounding.Round(), node.value(0))
