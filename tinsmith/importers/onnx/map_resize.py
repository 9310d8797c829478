"""Resize and Upsample: scales or sizes, for all axes or some, to sizes and scales of every axis."""

from __future__ import annotations

import numpy as np

from tinsmith.importers.onnx.axes import front_axes
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import resize


def Upsample(node: NodeImport) -> None:
    """Scales are an attribute before opset 9, an input since."""
    scales = node.attribute_floats("scales") if node.opset < 9 else _floats(node, 1, "scales")
    _resize_as_opset_10(node, scales)


def Resize(node: NodeImport) -> None:
    """Until opset 10 like Upsample; since opset 11 with a region, coordinate modes and sizes."""
    if node.opset < 11:
        _resize_as_opset_10(node, _floats(node, 1, "scales"))
        return
    rank = node.type(0).rank
    axes = front_axes(node, node.attribute_ints("axes", range(rank)), rank)
    sizes, scales = _target(node, axes)
    coordinates = node.attribute_str("coordinate_transformation_mode", "half_pixel")
    node.emit(resize.Resize(
        sizes, scales, _mode(node), coordinates,
        nearest_mode=node.attribute_str("nearest_mode", "round_prefer_floor"),
        cubic_coeff_a=node.attribute_float("cubic_coeff_a", -0.75),
        exclude_outside=bool(node.attribute_int("exclude_outside", 0)),
        antialias=bool(node.attribute_int("antialias", 0)),
        extrapolation_value=node.attribute_float("extrapolation_value", 0.0),
        roi=_region(node, axes) if coordinates == "tf_crop_and_resize" else (),
    ), node.value(0))


def _target(
    node: NodeImport, axes: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Output sizes and scales of every axis, from the sizes or scales of ``axes``."""
    shape = node.type(0).shape
    sizes, scales = list(shape), [1.0] * len(shape)
    policy = node.attribute_str("keep_aspect_ratio_policy", "stretch")
    if node.has_input(3) and node.ints(3, "sizes"):
        given = dict(zip(axes, node.ints(3, "sizes"), strict=True))
        ratios = {a: float(np.float32(s) / np.float32(max(shape[a], 1))) for a, s in given.items()}
        if policy == "stretch":
            sizes = [given.get(a, d) for a, d in enumerate(shape)]
            scales = [ratios.get(a, 1.0) for a in range(len(shape))]
        elif policy in ("not_larger", "not_smaller"):
            ratio = (min if policy == "not_larger" else max)(ratios.values())
            for axis in axes:
                scales[axis] = ratio
                sizes[axis] = int(np.floor(np.float32(ratio) * np.float32(shape[axis]) + 0.5))
        else:
            raise node.unsupported("keep_aspect_ratio_policy",
                                   "stretch, not_larger or not_smaller", policy, "change it")
    else:
        for axis, scale in zip(axes, _floats(node, 2, "scales"), strict=True):
            scales[axis] = scale
            sizes[axis] = _scaled(shape[axis], scale)
    return tuple(sizes), tuple(s or 1.0 for s in scales)


def _region(node: NodeImport, axes: tuple[int, ...]) -> tuple[float, ...]:
    """Starts, then ends, of every axis."""
    rank = node.type(0).rank
    given = _floats(node, 1, "roi")
    roi = [0.0] * rank + [1.0] * rank
    for i, axis in enumerate(axes):
        roi[axis], roi[axis + rank] = given[i], given[i + len(axes)]
    return tuple(roi)


def _resize_as_opset_10(node: NodeImport, scales: tuple[float, ...]) -> None:
    """Coordinates are o / scale. The nearest sample is the one below, or above when shrinking."""
    mode, shape = _mode(node), node.type(0).shape
    grow = tuple(max(s, 1.0) for s in scales)
    shrink = tuple(min(s, 1.0) for s in scales)
    if mode != "nearest" or shrink == (1.0,) * len(shape):
        node.emit(_asymmetric(shape, scales, mode, "floor"), node.value(0))
    elif grow == (1.0,) * len(shape):
        node.emit(_asymmetric(shape, scales, mode, "ceil"), node.value(0))
    else:
        first = _asymmetric(shape, grow, mode, "floor")
        grown = node.temporary(first, node.value(0))
        node.emit(_asymmetric(first.sizes, shrink, mode, "ceil"), grown)


def _asymmetric(
    shape: tuple[int, ...], scales: tuple[float, ...], mode: str, nearest_mode: str
) -> resize.Resize:
    sizes = tuple(_scaled(d, s) for d, s in zip(shape, scales, strict=True))
    return resize.Resize(sizes, scales, mode, "asymmetric", nearest_mode)


def _mode(node: NodeImport) -> str:
    mode = node.attribute_str("mode", "nearest")
    return "linear" if mode == "bilinear" else mode


def _floats(node: NodeImport, index: int, what: str) -> tuple[float, ...]:
    return tuple(float(v) for v in node.require(index, what).reshape(-1))


def _scaled(length: int, scale: float) -> int:
    """floor(length * scale) in float32, as ONNX Runtime and ONNX's shape inference have it."""
    return int(np.floor(np.float32(length) * np.float32(scale)))
