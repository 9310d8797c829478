"""GridSample, AffineGrid, RoiAlign, DeformConv, Col2Im: reads and writes at computed places."""

from __future__ import annotations

import math

import numpy as np

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import col2im, deform_conv, grid_sample, roi_align
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.transpose import Transpose


def GridSample(node: NodeImport) -> None:
    """Opset 16 says bilinear and bicubic where opset 20 says linear and cubic."""
    mode = node.attribute_str("mode", "linear")
    rank = node.type(0).rank
    if rank > grid_sample.MAX_SPATIAL + 2:
        raise node.unsupported("input", f"at most {grid_sample.MAX_SPATIAL} spatial axes",
                               rank - 2, "sample in fewer dimensions")
    node.emit(grid_sample.GridSample(
        mode.removeprefix("bi"), node.attribute_str("padding_mode", "zeros"),
        bool(node.attribute_int("align_corners", 0))), node.value(0), node.value(1))


def RoiAlign(node: NodeImport) -> None:
    """Until opset 15 without the half-pixel shift; since 16 with it, unless told otherwise."""
    default = "half_pixel" if node.opset >= 16 else "output_half_pixel"
    coordinates = node.attribute_str("coordinate_transformation_mode", default)
    if coordinates not in ("half_pixel", "output_half_pixel"):
        raise node.unsupported("coordinate_transformation_mode",
                               "half_pixel or output_half_pixel", coordinates, "change it")
    node.emit(roi_align.RoiAlign(
        node.attribute_int("output_height", 1), node.attribute_int("output_width", 1),
        node.attribute_int("sampling_ratio", 0), node.attribute_float("spatial_scale", 1.0),
        node.attribute_str("mode", "avg"), coordinates == "half_pixel",
    ), *node.values())


def DeformConv(node: NodeImport) -> None:
    """Two spatial axes, as everywhere in practice."""
    x, w = node.type(0), node.type(1)
    if x.rank != 4 or w.rank != 4:
        raise node.unsupported("input", "[N, C, H, W]", x, "use two spatial axes")
    kernel = node.attribute_ints("kernel_shape", w.shape[2:])
    if kernel != w.shape[2:]:
        raise node.unsupported("kernel_shape", f"{w.shape[2:]} as the weights have", kernel,
                               "check the model")
    top, left, bottom, right = node.attribute_ints("pads", (0, 0, 0, 0))
    node.emit(deform_conv.DeformConv(
        _pair(node, "strides"), (top, left, bottom, right), _pair(node, "dilations"),
        node.attribute_int("group", 1), node.attribute_int("offset_group", 1)), *node.values())


def _pair(node: NodeImport, name: str) -> tuple[int, int]:
    first, second = node.attribute_ints(name, (1, 1))
    return first, second


def Col2Im(node: NodeImport) -> None:
    """Image and block shapes are constant inputs; up to three spatial axes."""
    image, block = node.ints(1, "image_shape"), node.ints(2, "block_shape")
    if len(image) > col2im.MAX_SPATIAL:
        raise node.unsupported("image_shape", f"at most {col2im.MAX_SPATIAL} axes", image,
                               "use fewer")
    ones = (1,) * len(image)
    node.emit(col2im.Col2Im(
        image, block, node.attribute_ints("strides", ones),
        node.attribute_ints("pads", (0,) * 2 * len(image)),
        node.attribute_ints("dilations", ones)), node.value(0))


def AffineGrid(node: NodeImport) -> None:
    """A constant grid of [..., y, x, 1] times each image's matrix."""
    theta, size = node.type(0), node.ints(1, "size")
    axes = len(size) - 2
    if axes not in (2, 3) or theta.shape != (size[0], axes, axes + 1) or min(size) < 1:
        raise node.unsupported("size", f"[N, C, H, W] or [N, C, D, H, W] for theta {theta}", size,
                               "check the model")
    node.check_size(math.prod(size[2:]) * (axes + 1), 8)
    corners = bool(node.attribute_int("align_corners", 0))
    places = [np.linspace(-1, 1, d) * (1 if corners else (d - 1) / d) if d > 1 else np.zeros(1)
              for d in size[2:]]
    grid = np.stack([*reversed(np.meshgrid(*places, indexing="ij")), np.ones(size[2:])], -1)
    name = node.builder.fresh(f"{node.raw.name}/grid")
    base = node.builder.add_weight(name, grid.reshape(-1, axes + 1).astype(theta.dtype.numpy))
    turned = node.temporary(Transpose((0, 2, 1)), node.value(0))
    product = node.temporary(MatMul(), base, turned)
    node.emit(Reshape((size[0], *size[2:], axes)), product)
