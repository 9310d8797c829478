"""Axes as ONNX writes them, from -rank to rank - 1, to axes counted from the front."""

from __future__ import annotations

from collections.abc import Sequence

from tinsmith.errors import ModelError
from tinsmith.importers.onnx.node import NodeImport


def front_axis(node: NodeImport, axis: int, rank: int, last: int | None = None) -> int:
    """``axis`` counted from the front; it may be ``last`` (rank - 1 unless given) at most."""
    last = rank - 1 if last is None else last
    if not -rank <= axis <= last:
        raise ModelError(f"import: {node.raw.op_type} '{node.raw.name}' axis: expected {-rank} to "
                         f"{last}, got {axis}; check the model")
    return axis + rank if axis < 0 else axis


def front_axes(node: NodeImport, axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Different axes counted from the front, in the order given."""
    found = tuple(front_axis(node, axis, rank) for axis in axes)
    if len(set(found)) != len(found):
        raise ModelError(f"import: {node.raw.op_type} '{node.raw.name}' axes: expected different "
                         f"ones, got {tuple(axes)}; check the model")
    return found


def given_axes(node: NodeImport, rank: int, index: int, since: int) -> tuple[int, ...] | None:
    """Operator axes, an input since opset ``since`` and an attribute before; None if absent.

    The attribute counts later too: there are exporters that write it with a newer opset.
    """
    if node.opset >= since and node.has_input(index):
        return front_axes(node, node.ints(index, "axes"), rank)
    if "axes" not in node.raw.attributes:
        return None
    return front_axes(node, node.attribute_ints("axes"), rank)
