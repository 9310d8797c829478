"""Resize in all modes, sizes and versions; Upsample."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.trial import Single
from tinsmith.ops.resize import COORDINATES, ROUNDINGS

FRACTIONS = (0.5, 2.0, 1.5, 2.5, 3.0, 1.7, 0.3, 1 / 3, 0.75, 1.0)


def draw(d: Draw) -> Single:
    """Another resolution for some axes."""
    opset = d.pick(9, 10, 11, 13, 18, 19, 22)
    mode = d.pick("nearest", "nearest", "linear", "linear", "cubic")
    rank, axes = resized(d, mode)
    shape = [d.pick(1, 2, d.int(2, 9), d.int(3, 12)) if a in axes else d.int(1, 5)
             for a in range(rank)]
    kind = d.pick("float32", "float32", "float32", "uint8", "int32") if mode == "nearest" \
        else "float32"
    x = d.array(shape, kind)
    if opset < 11:
        scale = [whole(d, shape[a], opset == 9) if a in axes else 1.0 for a in range(rank)]
        return Single("Upsample" if opset == 9 else "Resize",
                      (x, np.array(scale, np.float32)),
                      {"mode": "linear" if mode == "cubic" else mode}, (1,), opset=opset)
    attributes = chosen(d, mode, opset)
    named = opset >= 18 and d.chance(0.5)
    listed = d.some(axes, 1) if named else list(range(rank))
    if named:
        attributes["axes"] = [a - rank if d.chance(0.3) else a for a in listed]
        axes = [a for a in axes if a in listed]
    roi = region(d, axes, listed, attributes, opset)
    if d.chance(0.5):
        sizes = np.array([d.int(1, 14) if a in axes else shape[a] for a in listed], np.int64)
        if opset >= 18 and axes == sorted(listed) and d.chance(0.5):
            attributes["keep_aspect_ratio_policy"] = d.pick("not_larger", "not_smaller", "stretch")
        unsaid = np.zeros(0, np.float32) if opset < 13 else None
        return Single("Resize", (x, roi, unsaid, sizes), attributes, (1, 2, 3), opset=opset)
    # where nobody but the reference answers: no fractions, which it reads its own way
    ratio = scale_for if mode == "nearest" or (rank in (2, 4) and min(axes) >= rank - 2) else whole
    scales = np.array([ratio(d, shape[a]) if a in axes else 1.0 for a in listed], np.float32)
    return Single("Resize", (x, roi, scales), attributes, (1, 2), opset=opset)


def resized(d: Draw, mode: str) -> tuple[int, list[int]]:
    """A rank, and the axes of it that change."""
    rank = d.int(1, 5) if mode == "nearest" else d.pick(2, 3, 4, 4, 4, 5)
    if d.chance(0.15) or rank < 3:
        return rank, sorted(d.some(range(rank), 1))
    return rank, list(range(1, rank - 1)) if d.chance(0.15) else list(range(min(2, rank - 2), rank))


def scale_for(d: Draw, length: int) -> float:
    """A ratio that leaves at least one sample, and not the same number by another ratio."""
    scale = np.float32(d.pick(*FRACTIONS, float(d.rng.uniform(0.2, 3))))
    return float(scale) if int(np.float32(length) * scale) not in (0, length) else 1.0


def whole(d: Draw, length: int, grows: bool = False) -> float:
    """A ratio of two lengths."""
    return float(np.float32(d.int(length if grows else 1, 3 * length)) / np.float32(length))


def chosen(d: Draw, mode: str, opset: int) -> dict[str, object]:
    """The attributes that this mode and version know."""
    coordinates = [c for c in COORDINATES if opset >= 19 or c != "half_pixel_symmetric"]
    if opset >= 13:
        coordinates.remove("tf_half_pixel_for_nn")
    attributes = d.attributes(mode=(mode,), coordinate_transformation_mode=(None, *coordinates))
    if mode == "nearest":
        attributes |= d.attributes(nearest_mode=(None, *ROUNDINGS))
    if mode == "cubic":
        attributes |= d.attributes(cubic_coeff_a=(None, -0.5, -0.75), exclude_outside=(None, 0, 1))
    if mode != "nearest" and opset >= 18:
        attributes |= d.attributes(antialias=(None, 0, 1))
    return attributes


def region(d: Draw, axes: list[int], listed: list[int],
           attributes: dict[str, object], opset: int) -> np.ndarray | None:
    """Starts and ends of the listed axes, for tf_crop_and_resize."""
    if attributes.get("coordinate_transformation_mode") != "tf_crop_and_resize":
        return np.zeros(0, np.float32) if opset < 13 else None
    attributes |= d.attributes(extrapolation_value=(None, -7.5))
    starts = [d.pick(0.0, 0.25, -0.2) if a in axes else 0.0 for a in listed]
    ends = [d.pick(1.0, 0.6, 1.3) if a in axes else 1.0 for a in listed]
    return np.array([*starts, *ends], np.float32)
