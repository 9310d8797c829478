"""Pad and CenterCropPad, Tile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.errors import ModelError
from tinsmith.importers.onnx.axes import front_axes
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ir.op import TensorType
from tinsmith.ops import expand, pad, slice


def Pad(node: NodeImport) -> None:
    """Attributes before opset 11, inputs since; negative pads cut before the rest is padded."""
    x = node.type(0)
    value = ""
    if node.opset < 11:
        pads = node.attribute_ints("pads", node.attribute_ints("paddings"))
        number = node.attribute_float("value", 0.0)
        if number:
            value = node.builder.add_weight(node.builder.fresh(f"{node.raw.name}/value"),
                                            _scalar(number, x))
        axes = tuple(range(x.rank))
    else:
        pads = node.ints(1, "pads")
        axes = front_axes(node, node.ints(3, "axes"), x.rank) if node.has_input(3) \
            else tuple(range(x.rank))
        given = node.constant(2)
        value = "" if given is not None and not given.any() else node.value(2)
    mode = node.attribute_str("mode", "constant")
    if len(pads) != 2 * len(axes):
        raise ModelError(f"import: Pad '{node.raw.name}' pads: expected {2 * len(axes)} numbers, "
                         f"got {len(pads)}; check the model")
    before, after = [0] * x.rank, [0] * x.rank
    for i, axis in enumerate(axes):
        before[axis], after[axis] = pads[i], pads[len(axes) + i]
    _pad(node, before, after, mode, value if mode == "constant" else "")


def _scalar(number: float, x: TensorType) -> Array:
    return np.array(number).astype(x.dtype.numpy)


def _pad(node: NodeImport, before: Sequence[int], after: Sequence[int], mode: str = "constant",
         value: str = "") -> None:
    """Cuts where a pad is negative, then pads where one is positive."""
    x, data = node.type(0), node.value(0)
    starts = tuple(max(0, -b) for b in before)
    sizes = tuple(d + min(0, b) + min(0, a)
                  for d, b, a in zip(x.shape, before, after, strict=True))
    if any(size < 0 for size in sizes):
        raise ModelError(f"import: {node.raw.op_type} '{node.raw.name}' pads: expected to leave "
                         f"something of {x}, got {tuple(before)} and {tuple(after)}; "
                         "check the model")
    border = pad.Pad(tuple(max(0, b) for b in before), tuple(max(0, a) for a in after), mode)
    cut = sizes != x.shape
    padded = any(border.before) or any(border.after)
    box = slice.Slice(tuple(s if n else 0 for s, n in zip(starts, sizes, strict=True)), sizes,
                      (1,) * x.rank)
    if padded:
        data = node.temporary(box, data) if cut else data
        node.emit(border, data, *([value] if value else []))
    elif cut:
        node.emit(box, data)
    else:
        node.alias(data)


def CenterCropPad(node: NodeImport) -> None:
    """Crops or pads with zeros on both sides; an odd place goes to the end."""
    x = node.type(0)
    shape = node.ints(1, "shape")
    raw = node.attribute_ints("axes", range(x.rank))
    axes = front_axes(node, raw, x.rank)
    if len(shape) != len(axes):
        raise ModelError(f"import: CenterCropPad '{node.raw.name}' shape: expected {len(axes)} "
                         f"numbers, got {shape}; check the model")
    before, after = [0] * x.rank, [0] * x.rank
    for axis, wanted in zip(axes, shape, strict=True):
        extra = wanted - x.shape[axis]
        before[axis] = extra // 2 if extra >= 0 else -(-extra // 2)
        after[axis] = extra - before[axis]
    _pad(node, before, after)


def Tile(node: NodeImport) -> None:
    """``repeats`` for every axis; a tiling by 1 disappears."""
    repeats = node.ints(1, "repeats")
    if all(r == 1 for r in repeats) and len(repeats) == node.type(0).rank:
        node.alias(node.value(0))
    else:
        node.emit(expand.Tile(repeats), node.value(0))
