"""Parts of tensors: Slice, Split (becomes a Slice for each part), Concat, Compress."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinsmith.errors import ModelError, ShapeError
from tinsmith.importers.onnx.axes import front_axes, front_axis
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ir.op import TensorType
from tinsmith.ops import concat, gather, reshape, slice

LONGEST_CONCAT = 64


def Slice(node: NodeImport) -> None:
    """Resolves negative and overlong bounds; a slice of everything disappears."""
    x = node.type(0)
    if node.opset < 10:
        starts, ends = node.attribute_ints("starts"), node.attribute_ints("ends")
        raw_axes: Sequence[int] = node.attribute_ints("axes", range(len(starts)))
        steps: tuple[int, ...] = (1,) * len(starts)
    else:
        starts, ends = node.ints(1, "starts"), node.ints(2, "ends")
        raw_axes = node.ints(3, "axes") if node.has_input(3) else range(len(starts))
        steps = node.ints(4, "steps") if node.has_input(4) else (1,) * len(starts)
    axes = front_axes(node, raw_axes, x.rank)
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise ModelError(f"import: Slice '{node.raw.name}': expected as many starts, ends, axes "
                         f"and steps (none 0), got {starts}, {ends}, {axes}, {steps}; "
                         "check the model")
    firsts, sizes, strides = [0] * x.rank, list(x.shape), [1] * x.rank
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        firsts[axis], sizes[axis] = _span(start, end, step, x.shape[axis])
        strides[axis] = step if sizes[axis] > 1 else 1
    if tuple(sizes) == x.shape and all(s == 1 for s in strides):
        node.alias(node.value(0))
    else:
        node.emit(slice.Slice(tuple(firsts), tuple(sizes), tuple(strides)), node.value(0))


def _span(start: int, end: int, step: int, extent: int) -> tuple[int, int]:
    """The first element and how many there are, with the bounds clamped as ONNX says."""
    start += extent if start < 0 else 0
    end += extent if end < 0 else 0
    if step > 0:
        start, end = (min(max(bound, 0), extent) for bound in (start, end))
    else:
        start, end = min(max(start, 0), extent - 1), min(max(end, -1), extent - 1)
    size = max(0, -((start - end) // step))
    return (start, size) if size else (0, 0)


def Split(node: NodeImport) -> None:
    """Given lengths, or equal ones (the last may be shorter)."""
    x = node.type(0)
    axis = front_axis(node, node.attribute_int("axis", 0), x.rank)
    lengths = _split_lengths(node, x.shape[axis])
    if sum(lengths) != x.shape[axis] or min(lengths, default=0) < 0 \
            or len(lengths) < node.output_count:
        raise ShapeError(f"import: Split '{node.raw.name}' split: expected {node.output_count} "
                         f"lengths that sum to {x.shape[axis]}, got {lengths}; check the model")
    start = 0
    for i in range(node.output_count):
        node.emit_output(i, part_of(x, axis, start, lengths[i]), node.value(0))
        start += lengths[i]


def _split_lengths(node: NodeImport, extent: int) -> tuple[int, ...]:
    if node.opset >= 13 and node.has_input(1):
        return node.ints(1, "split")
    if node.opset < 13 and "split" in node.raw.attributes:
        return node.attribute_ints("split")
    parts = len(node.raw.outputs)
    given = node.attribute_int("num_outputs", parts)
    if given != parts or (node.opset < 18 and extent % parts):
        raise ShapeError(f"import: Split '{node.raw.name}': expected {parts} equal parts, got "
                         f"{given} of an extent of {extent}; check the model")
    each = -(-extent // parts)
    return tuple(max(0, min(each, extent - i * each)) for i in range(parts))


def part_of(x: TensorType, axis: int, start: int, length: int) -> slice.Slice:
    """``length`` places of ``axis`` from ``start``, everything else whole."""
    return slice.Slice(tuple(start if i == axis and length else 0 for i in range(x.rank)),
                       tuple(length if i == axis else d for i, d in enumerate(x.shape)),
                       (1,) * x.rank)


def Concat(node: NodeImport) -> None:
    """Along an axis; the concatenation of one input disappears, one of many is nested."""
    axis = front_axis(node, node.attribute_int("axis", 1), node.type(0).rank)
    concatenate(node, axis, node.values())


def concatenate(node: NodeImport, axis: int, values: Sequence[str]) -> None:
    """Makes the only output the values behind each other."""
    while len(values) > LONGEST_CONCAT:
        groups = (values[i:i + LONGEST_CONCAT] for i in range(0, len(values), LONGEST_CONCAT))
        values = tuple(node.temporary(concat.Concat(axis), *group) for group in groups)
    if len(values) == 1:
        node.alias(values[0])
    else:
        node.emit(concat.Concat(axis), *values)


def Compress(node: NodeImport) -> None:
    """Gather of the places where the condition, which must be constant, is true."""
    condition = node.require(1, "condition").reshape(-1)
    x, value = node.type(0), node.value(0)
    if "axis" in node.raw.attributes:
        axis = front_axis(node, node.attribute_int("axis", 0), x.rank)
    else:
        axis, value = 0, node.temporary(reshape.Reshape((x.size,)), value)
    chosen = np.flatnonzero(condition[:node.builder.types[value].shape[axis]])
    indices = node.builder.add_weight(node.builder.fresh(f"{node.raw.name}/indices"),
                                      chosen.astype(np.int64))
    node.emit(gather.Gather(axis), value, indices)
