"""Gemm and MatMul."""

from __future__ import annotations

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import gemm, matmul


def Gemm(node: NodeImport) -> None:
    """C is optional since opset 11."""
    op = gemm.Gemm(
        node.attribute_float("alpha", 1.0), node.attribute_float("beta", 1.0),
        bool(node.attribute_int("transA", 0)), bool(node.attribute_int("transB", 0)))
    node.emit(op, *node.values())


def MatMul(node: NodeImport) -> None:
    """No attributes."""
    node.emit(matmul.MatMul(), node.value(0), node.value(1))
