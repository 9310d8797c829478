"""Resize of spatial axes, where PyTorch's rule of coordinates is the same."""

from __future__ import annotations

import math

from torch.nn import functional as F

from tinsmith.exporters.torch.node import Mappings, NodeExport, Tensor
from tinsmith.ops.resize import Resize

BLENDS = {1: "linear", 2: "bilinear", 3: "trilinear"}


def resize(node: NodeExport, op: Resize, x: Tensor) -> Tensor:
    """F.interpolate in the cases where it means the same."""
    kind = node.kinds[0]
    d = node.axes
    if kind is None or op.antialias or op.sizes[:2] != kind.shape[:2] or d not in BLENDS:
        raise node.refuse("a resize of the spatial axes")
    ratios = [new / old for new, old in zip(op.sizes[2:], kind.shape[2:], strict=True)]
    plain = all(math.isclose(r, s, rel_tol=1e-6)
                for r, s in zip(ratios, op.scales[2:], strict=True))
    how, size = op.coordinate_transformation_mode, list(op.sizes[2:])
    whole = all(r.is_integer() for r in ratios)
    floors = how == "asymmetric" and op.nearest_mode == "floor"
    if op.mode == "nearest" and plain and (floors or (whole and how == "half_pixel")):
        return F.interpolate(x, size=size, mode="nearest")
    if op.mode == "linear" and how == "align_corners":
        return F.interpolate(x, size=size, mode=BLENDS[d], align_corners=True)
    if op.mode == "linear" and plain and how in ("half_pixel", "pytorch_half_pixel"):
        return F.interpolate(x, size=size, mode=BLENDS[d], align_corners=False)
    raise node.refuse("a resize that F.interpolate knows")


OPERATORS: Mappings = {
    Resize: resize,
}
