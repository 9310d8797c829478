"""Reductions: axes are an attribute first, an input since opset 13 (ReduceSum) or 18 (the rest)."""

from __future__ import annotations

from tinsmith.importers.onnx.axes import given_axes
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import reduce


def ReduceSum(node: NodeImport) -> None:
    """Sum."""
    _reduce(node, reduce.ReduceSum, 13)


def ReduceMean(node: NodeImport) -> None:
    """Mean."""
    _reduce(node, reduce.ReduceMean)


def ReduceMax(node: NodeImport) -> None:
    """Maximum."""
    _reduce(node, reduce.ReduceMax)


def ReduceMin(node: NodeImport) -> None:
    """Minimum."""
    _reduce(node, reduce.ReduceMin)


def ReduceProd(node: NodeImport) -> None:
    """Product."""
    _reduce(node, reduce.ReduceProd)


def ReduceL1(node: NodeImport) -> None:
    """Sum of magnitudes."""
    _reduce(node, reduce.ReduceL1)


def ReduceL2(node: NodeImport) -> None:
    """Euclidean length."""
    _reduce(node, reduce.ReduceL2)


def ReduceSumSquare(node: NodeImport) -> None:
    """Sum of squares."""
    _reduce(node, reduce.ReduceSumSquare)


def ReduceLogSum(node: NodeImport) -> None:
    """Logarithm of the sum."""
    _reduce(node, reduce.ReduceLogSum)


def ReduceLogSumExp(node: NodeImport) -> None:
    """Logarithm of the sum of exponentials."""
    _reduce(node, reduce.ReduceLogSumExp)


def _reduce(node: NodeImport, op: type[reduce.Reduce], since: int = 18) -> None:
    """No axes: all of them, or with ``noop_with_empty_axes`` none."""
    rank = node.type(0).rank
    axes = given_axes(node, rank, 1, since)
    if not axes:
        noop = node.opset >= since and node.attribute_int("noop_with_empty_axes", 0) != 0
        axes = () if noop else tuple(range(rank))
    node.emit(op(tuple(sorted(axes)), node.attribute_int("keepdims", 1) != 0), node.value(0))
