"""Extents and windows of a convolution, as fields of a kernel's struct."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tinsmith.kernels.addressing import Image, window_fields
from tinsmith.kernels.conv.groups import merged
from tinsmith.kernels.conv.site import conv_of
from tinsmith.kernels.kernel import Constant, Site
from tinsmith.ops.conv import Conv

VOLUME_AXES = 3
FLAT: dict[str, Constant] = {
    "id": 1, "od": 1, "kd": 1, "stride_d": 1, "dil_d": 1, "pad_front": 0}


def geometry(op: Conv, x: Image, y: Image, kernel: Sequence[int]) -> dict[str, Constant]:
    """Extents and window along all axes; a 1x1 that moves one by one becomes one long row."""
    extents: dict[str, Constant] = {"ih": x.h, "iw": x.w, "oh": y.h, "ow": y.w}
    pointwise = is_pointwise(op, kernel)
    if pointwise:
        extents = {"ih": 1, "iw": x.d * x.h * x.w, "oh": 1, "ow": y.d * y.h * y.w}
    return (extents | window_fields(kernel, op.strides, op.dilations, op.pads)
            | (FLAT if pointwise else depth(op, x, y, kernel)))


def depth(op: Conv, x: Image, y: Image, kernel: Sequence[int]) -> dict[str, Constant]:
    """Extents and window along the third axis from the end."""
    if len(kernel) < VOLUME_AXES:
        return FLAT
    return {"id": x.d, "od": y.d, "kd": kernel[0], "stride_d": op.strides[0],
            "dil_d": op.dilations[0], "pad_front": op.pads[0]}


def is_pointwise(op: Conv, kernel: Sequence[int]) -> bool:
    """Whether each output pixel reads just the pixel below it."""
    return all(k == 1 for k in (*kernel, *op.strides)) and not any(op.pads)


def row_of(site: Site) -> tuple[int, int, int]:
    """Pixels of a row, vectors of channels of a (joined) group, and rows of the batch."""
    op, lanes = conv_of(site), site.target.lanes
    n, _, *spatial = site.output().shape
    w = site.input(1).shape
    oc = w[0] // op.group * merged(site)
    area = math.prod(spatial)
    width = area if is_pointwise(op, w[2:]) else spatial[-1]
    return width, -(-oc // lanes), n * area // width
