"""Reading at computed places: GridSample, AffineGrid, RoiAlign, CenterCropPad, Col2Im."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.trial import EXACT, Single


def draw(d: Draw) -> Single:
    """One of them."""
    return d.pick(grid_sample, grid_sample, grid_sample, affine_grid, roi_align, center_crop_pad,
                  col2im)(d)


def grid_sample(d: Draw) -> Single:
    """Places in and around the image, on pixels and between."""
    axes, opset = d.pick(1, 2, 2, 2, 2, 3), d.pick(16, 20, 22)
    batch, kind = d.int(1, 2), d.pick("float32", "float32", "float64")
    if opset == 16:
        axes, modes, kind = 2, ("bilinear", "nearest", "bicubic"), "float32"
    else:
        modes = ("linear", "nearest", "cubic") if axes == 2 or d.chance(0.2) \
            else ("linear", "nearest", "linear")
    x = d.array((batch, d.int(1, 4), *d.ints(axes, 1 if d.chance(0.2) else 2, 7)), kind)
    grid = d.rng.uniform(-1, 1, (batch, *d.ints(axes, 1, 5), axes)) * d.pick(0.9, 1.2, 2.5, 9.0)
    if d.chance(0.2):
        grid = np.rint(grid * 4) / 4
    attributes = d.attributes(
        mode=modes, padding_mode=(None, "zeros", "border", "reflection"),
        align_corners=(None, 0, 1))
    if axes != 2 and attributes["mode"] == "cubic" and attributes.get("padding_mode") == "border":
        attributes["padding_mode"] = "zeros"  # only the reference would answer, its own way
    if 1 in x.shape[2:] and attributes.get("padding_mode") == "reflection":
        attributes["align_corners"] = 0  # a mirror of no width
    return Single("GridSample", (x, grid.astype(kind)), attributes, opset=opset,
                  share=EXACT if attributes["mode"] == "nearest" else 5e-6)


def affine_grid(d: Draw) -> Single:
    """The places of a map."""
    axes, batch = d.pick(2, 2, 3), d.int(1, 2)
    size = np.array([batch, d.int(1, 3), *d.ints(axes, 1, 6)], np.int64)
    corners = (None, 0, 1) if size[2:].min() > 1 else (None, 0)  # no two agree on one sample
    return Single("AffineGrid", (d.array((batch, axes, axes + 1)), size),
                  d.attributes(align_corners=corners), (1,), opset=20)


def roi_align(d: Draw) -> Single:
    """Boxes read as small images."""
    opset, boxes, batch = d.pick(10, 16, 22), d.int(1, 4), d.int(1, 2)
    corner = d.rng.uniform(-2, 8, (boxes, 2))
    rois = np.concatenate([corner, corner + d.rng.uniform(0.1, 9, (boxes, 2))], 1)
    attributes = d.attributes(
        mode=(None, "avg", "max"), output_height=(None, 1, 2, 3), output_width=(None, 1, 2, 5),
        sampling_ratio=(None, 0, 1, 2, 3), spatial_scale=(None, 1.0, 0.5, 0.25))
    if opset >= 16:
        attributes |= d.attributes(
            coordinate_transformation_mode=(None, "half_pixel", "output_half_pixel"))
    return Single("RoiAlign", (d.array((batch, d.int(1, 4), *d.ints(2, 2, 9))),
                               rois.astype(np.float32),
                               d.rng.integers(0, batch, boxes).astype(np.int64)),
                  attributes, opset=opset)


def center_crop_pad(d: Draw) -> Single:
    """The middle of a tensor, cut or padded."""
    x = d.array(d.shape(1, 4, 1, 8), d.pick("float32", "int32", "uint8"))
    axes = d.some(range(x.ndim), 1)
    named = d.chance(0.6)
    count = len(axes) if named else x.ndim
    attributes = {"axes": [a - x.ndim if d.chance(0.3) else a for a in axes]} if named else {}
    return Single("CenterCropPad", (x, np.array(d.ints(count, 1, 10), np.int64)), attributes, (1,),
                  opset=18, share=EXACT)


def col2im(d: Draw) -> Single:
    """Columns added up to an image."""
    axes = d.pick(1, 2, 2, 3)
    block, strides, dilations = d.ints(axes, 1, 3), d.ints(axes, 1, 2), d.ints(axes, 1, 2)
    pads = d.ints(2 * axes, 0, 1)
    span = [(b - 1) * f + 1 for b, f in zip(block, dilations, strict=True)]
    image = [d.int(max(1, s - p - q), s + 4) for s, p, q in zip(
        span, pads[:axes], pads[axes:], strict=True)]
    places = [(n + p + q - s) // t + 1 for n, p, q, s, t in zip(
        image, pads[:axes], pads[axes:], span, strides, strict=True)]
    x = d.array((d.int(1, 2), d.int(1, 3) * int(np.prod(block)), int(np.prod(places))))
    return Single("Col2Im", (x, np.array(image, np.int64), np.array(block, np.int64)),
                  {"strides": strides, "dilations": dilations, "pads": pads}, (1, 2), opset=18)
