"""Reshape, Flatten, Squeeze, Unsqueeze (all become Reshape), Shape, Size, Expand."""

from __future__ import annotations

import math

import numpy as np

from tinsmith.errors import ModelError
from tinsmith.importers.onnx.axes import front_axes, front_axis, given_axes
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import expand, reshape


def Reshape(node: NodeImport) -> None:
    """Resolves 0 (the input's dimension, unless ``allowzero``) and -1 (what is left)."""
    x = node.type(0)
    allow_zero = node.opset >= 14 and node.attribute_int("allowzero", 0) != 0
    shape = list(node.ints(1, "shape"))
    for i, dimension in enumerate(shape):
        if dimension == 0 and not allow_zero:
            if i >= x.rank:
                raise _wrong_shape(node, f"a dimension {i} of the input to copy", x)
            shape[i] = x.shape[i]
    if shape.count(-1) > 1 or any(d < -1 for d in shape):
        raise _wrong_shape(node, "at most one -1 and nothing below", shape)
    if -1 in shape:
        known = math.prod(d for d in shape if d != -1)
        if known == 0 or x.size % known:
            raise _wrong_shape(node, f"a divisor of {x.size} elements", shape)
        shape[shape.index(-1)] = x.size // known
    _emit(node, tuple(shape))


def Flatten(node: NodeImport) -> None:
    """Two axes: those before ``axis`` and the rest."""
    x = node.type(0)
    axis = front_axis(node, node.attribute_int("axis", 1), x.rank, x.rank)
    _emit(node, (math.prod(x.shape[:axis]), math.prod(x.shape[axis:])))


def Squeeze(node: NodeImport) -> None:
    """Drops the given axes, or all of extent 1."""
    x = node.type(0)
    axes = given_axes(node, x.rank, 1, 13)
    if axes is None:
        axes = tuple(i for i, d in enumerate(x.shape) if d == 1)
    if any(x.shape[axis] != 1 for axis in axes):
        raise _wrong_shape(node, f"extent 1 on axes {axes}", x)
    _emit(node, tuple(d for i, d in enumerate(x.shape) if i not in axes))


def Unsqueeze(node: NodeImport) -> None:
    """Puts in axes of extent 1, counted in the output."""
    x = node.type(0)
    raw = node.ints(1, "axes") if node.opset >= 13 else node.attribute_ints("axes")
    axes = front_axes(node, raw, x.rank + len(raw))
    rest = iter(x.shape)
    _emit(node, tuple(1 if i in axes else next(rest) for i in range(x.rank + len(axes))))


def Shape(node: NodeImport) -> None:
    """A constant, because shapes are static."""
    x = node.type(0)
    start, end = node.attribute_int("start", 0), node.attribute_int("end", x.rank)
    node.emit_constant(np.array(x.shape[slice(start, end)], np.int64))


def Size(node: NodeImport) -> None:
    """A constant, because shapes are static."""
    node.emit_constant(np.array(node.type(0).size, np.int64))


def Expand(node: NodeImport) -> None:
    """Broadcasts both ways; an expansion to the same shape disappears."""
    x = node.type(0)
    shape = node.ints(1, "shape")
    if any(d < 0 for d in shape):
        raise _wrong_shape(node, "no negative dimension", shape)
    result = tuple(int(d) for d in np.broadcast_shapes(x.shape, shape))
    if result == x.shape:
        node.alias(node.value(0))
    else:
        node.emit(expand.Expand(result), node.value(0))


def _emit(node: NodeImport, shape: tuple[int, ...]) -> None:
    if shape == node.type(0).shape:
        node.alias(node.value(0))
    else:
        node.emit(reshape.Reshape(shape), node.value(0))


def _wrong_shape(node: NodeImport, expected: str, got: object) -> ModelError:
    return ModelError(f"import: {node.raw.op_type} '{node.raw.name}' shape: expected {expected}, "
                      f"got {got}; check the model")
