"""Resize of two spatial axes, where LiteRT's rule of coordinates is the same."""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.exporters.tflite.layout import channels_last
from tinsmith.exporters.tflite.writer import Mappings, Writer, refusal
from tinsmith.formats.tflite import Code, resize_options
from tinsmith.ir.graph import Node
from tinsmith.ops.resize import Resize

LAST = channels_last(4)
RULES = ((False, True), (False, False), (True, False))
"""align_corners and half_pixel_centers, as far as they go together."""


def resize(writer: Writer, node: Node) -> None:
    """RESIZE_BILINEAR or RESIZE_NEAREST_NEIGHBOR by the first rule that reads the same samples."""
    op, shape = node.op, writer.shape(node.inputs[0])
    assert isinstance(op, Resize)
    plain = op.mode in ("linear", "nearest") and not (op.antialias or op.exclude_outside)
    if len(shape) != 4 or not plain or any(axis < 2 for axis in op.resized(shape)):
        raise refusal(node, "linear or nearest over two spatial axes", op)
    linear = op.mode == "linear"
    rule = next((rule for rule in RULES if all(
        np.allclose(matrix(op, axis, shape[axis]),
                    (interpolation if linear else selection)(shape[axis], op.sizes[axis], *rule),
                    atol=1e-5) for axis in (2, 3))), None)
    if rule is None:
        raise refusal(node, "coordinates that LiteRT knows", op)
    code = Code.RESIZE_BILINEAR if linear else Code.RESIZE_NEAREST_NEIGHBOR
    source = writer.read(node.inputs[0], LAST)
    writer.emit(code, (source, writer.integers(op.sizes[2:])),
                (writer.define(node.outputs[0], LAST),), resize_options(linear, *rule))


def matrix(op: Resize, axis: int, size: int) -> Array:
    """[output, input]: the weight of each input sample in each output sample."""
    result = np.zeros((op.sizes[axis], size))
    taps = op.taps(axis, size)
    np.add.at(result, (np.arange(len(result))[:, None], taps.index), taps.weight)
    return result


def scale_of(size: int, wanted: int, align_corners: bool) -> float:
    """Input samples for each output sample."""
    return (size - 1) / (wanted - 1) if align_corners and wanted > 1 else size / wanted


def interpolation(size: int, wanted: int, align_corners: bool, half_pixel: bool) -> Array:
    """The same matrix as RESIZE_BILINEAR reads."""
    half = 0.5 if half_pixel else 0.0
    at = (np.arange(wanted) + half) * scale_of(size, wanted, align_corners) - half
    low = np.floor(at)
    result = np.zeros((wanted, size))
    for tap, weight in ((low, 1 - (at - low)), (low + 1, at - low)):
        places = np.clip(tap, 0, size - 1).astype(np.int64)
        np.add.at(result, (np.arange(wanted), places), weight)
    return result


def selection(size: int, wanted: int, align_corners: bool, half_pixel: bool) -> Array:
    """The same matrix as RESIZE_NEAREST_NEIGHBOR reads."""
    half = 0.5 if half_pixel else 0.0
    at = (np.arange(wanted) + half) * scale_of(size, wanted, align_corners)
    places = np.floor(at + 0.5) if align_corners else np.floor(at)
    result = np.zeros((wanted, size))
    result[np.arange(wanted), np.clip(places, 0, size - 1).astype(np.int64)] = 1
    return result


OPERATORS: Mappings = {Resize: resize}
