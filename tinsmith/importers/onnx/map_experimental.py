"""Operators that were experimental in the first years of ONNX; files of that time hold them.

The standard dropped them, so nothing else checks their attributes. Sources: the operators'
documentation of ONNX 1.2, and ONNX Runtime, which still runs them.
"""

from __future__ import annotations

import numpy as np

from tinsmith.errors import ShapeError
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import activations, arithmetic, slice


def ImageScaler(node: NodeImport) -> None:
    """scale * x + bias, one bias for each channel."""
    _check(node, "scale", "bias")
    x, bias = node.type(0), node.attribute_floats("bias")
    if x.rank != 4 or len(bias) != x.shape[1]:
        raise ShapeError(f"import: ImageScaler '{node.raw.name}' bias: expected one number for "
                         f"each channel, got {len(bias)} for {x}; check the model")
    scaled = node.temporary(arithmetic.Mul(), node.value(0), node.number(
        node.attribute_float("scale", 1.0), x.dtype))
    node.emit(arithmetic.Add(), scaled, node.number(np.array(bias).reshape(-1, 1, 1), x.dtype))


def Crop(node: NodeImport) -> None:
    """Without ``border`` (left, top, right, bottom), or ``scale`` (height, width) from its corner.
    """
    _check(node, "border", "scale")
    x, scale = node.type(0), node.attribute_ints("scale")
    border = node.attribute_ints("border", (0, 0, 0, 0))
    if x.rank != 4 or len(border) != 4 or len(scale) not in (0, 2) or min(border) < 0:
        raise ShapeError(f"import: Crop '{node.raw.name}' border: expected four sides of an image, "
                         f"got {border} of {x}; check the model")
    left, top, right, bottom = border
    height, width = scale or (x.shape[2] - top - bottom, x.shape[3] - left - right)
    if not (0 < height <= x.shape[2] - top and 0 < width <= x.shape[3] - left):
        raise ShapeError(f"import: Crop '{node.raw.name}' border: expected to leave something "
                         f"inside, got {border} of {x}; check the model")
    node.emit(slice.Slice((0, 0, top, left), (*x.shape[:2], height, width), (1,) * 4),
              node.value(0))


def Affine(node: NodeImport) -> None:
    """alpha * x + beta."""
    _check(node, "alpha", "beta")
    scaled = node.temporary(arithmetic.Mul(), node.value(0), node.number(
        node.attribute_float("alpha", 1.0), node.type(0).dtype))
    node.emit(arithmetic.Add(), scaled, node.number(
        node.attribute_float("beta", 0.0), node.type(0).dtype))


def Scale(node: NodeImport) -> None:
    """scale * x."""
    _check(node, "scale")
    node.emit(arithmetic.Mul(), node.value(0), node.number(
        node.attribute_float("scale", 1.0), node.type(0).dtype))


def ParametricSoftplus(node: NodeImport) -> None:
    """alpha * ln(1 + exp(beta * x))."""
    _around(node, activations.Softplus())


def ScaledTanh(node: NodeImport) -> None:
    """alpha * tanh(beta * x)."""
    _around(node, activations.Tanh())


def _around(node: NodeImport, op: activations.Softplus | activations.Tanh) -> None:
    """alpha * op(beta * x)."""
    _check(node, "alpha", "beta")
    inner = node.temporary(arithmetic.Mul(), node.value(0), node.number(
        node.attribute_float("beta", 1.0), node.type(0).dtype))
    node.emit(arithmetic.Mul(), node.temporary(op, inner), node.number(
        node.attribute_float("alpha", 1.0), node.type(0).dtype))


def _check(node: NodeImport, *known: str) -> None:
    """Refuses what no mapping here would read; ``consumed_inputs`` never meant anything."""
    unknown = set(node.raw.attributes) - {*known, "consumed_inputs"}
    if unknown or node.input_count != 1:
        raise node.unsupported("attributes", f"one input and only {', '.join(known)}",
                               ", ".join(sorted(unknown)) or f"{node.input_count} inputs",
                               "check the model")
