"""Resize in all modes, sizes and versions; Upsample."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.trial import Single
from tinsmith.ops.resize import COORDINATES, ROUNDINGS

COORDINATE = 1e-5  # of a float32
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
                      {"mode": "linear" if mode == "cubic" else mode}, (1,), opset=opset,
                      share=COORDINATE)
    attributes = chosen(d, mode, opset)
    named = opset >= 18 and d.chance(0.5)
    listed = d.some(axes, 1) if named else list(range(rank))
    if named:
        attributes["axes"] = list(listed)
        axes = [a for a in axes if a in listed]
    # where nobody but the reference answers: no fractions, which it reads its own way
    plain = mode == "nearest" or (rank in (2, 4) and min(axes) >= rank - 2)
    if d.chance(0.5) or not plain:
        least = 1 if plain else 2
        sizes = np.array([d.int(least, 14) if a in axes else shape[a] for a in listed], np.int64)
        if opset >= 18 and plain and axes == sorted(listed) and d.chance(0.5):
            attributes["keep_aspect_ratio_policy"] = d.pick("not_larger", "not_smaller", "stretch")
        moved = [n != shape[a] for n, a in zip(sizes, listed, strict=True)]
        unsaid = np.zeros(0, np.float32) if opset < 13 else None
        return Single("Resize", (x, region(d, moved, attributes, opset), unsaid, sizes), attributes,
                      (1, 2, 3), opset=opset, share=COORDINATE)
    scales = np.array([scale_for(d, shape[a]) if a in axes else 1.0 for a in listed], np.float32)
    return Single("Resize", (x, region(d, list(scales != 1), attributes, opset), scales),
                  attributes, (1, 2), opset=opset, share=COORDINATE)


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
    """A ratio of two lengths, never a little less than it."""
    size = d.int(length if grows else 1, 3 * length)
    scale = np.float32(size) / np.float32(length)
    return float(scale if float(scale) * length >= size else np.nextafter(scale, np.float32(9)))


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


def region(d: Draw, moved: list[bool], attributes: dict[str, object],
           opset: int) -> np.ndarray | None:
    """Starts and ends of the listed axes, for tf_crop_and_resize; the whole of those that stay.

    (ONNX Runtime copies an axis that keeps its length, whatever its region.)
    """
    if attributes.get("coordinate_transformation_mode") != "tf_crop_and_resize":
        return np.zeros(0, np.float32) if opset < 13 else None
    attributes |= d.attributes(extrapolation_value=(None, -7.5))
    starts = [d.pick(0.0, 0.25, -0.2) if m else 0.0 for m in moved]
    # an end of 1 after another start lies on the border, or beside it by a rounding
    ends = [d.pick(1.0 if s == 0 else 0.9, 0.6, 1.3) if m else 1.0
            for s, m in zip(starts, moved, strict=True)]
    return np.array([*starts, *ends], np.float32)
