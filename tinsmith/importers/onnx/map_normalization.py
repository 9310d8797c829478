"""Instance-, Group-, Layer-, RMS-, MeanVariance- and LpNormalization, LRN."""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import DType
from tinsmith.importers.onnx.axes import front_axes, front_axis
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import lp_normalization, lrn, normalization
from tinsmith.ops.arithmetic import Add, Div, Mul, Sqrt, Sub
from tinsmith.ops.cast import Cast
from tinsmith.ops.expand import Expand
from tinsmith.ops.reduce import ReduceMean
from tinsmith.ops.reshape import Reshape


def InstanceNormalization(node: NodeImport) -> None:
    """No variants."""
    op = normalization.InstanceNormalization(epsilon=node.attribute_float("epsilon", 1e-5))
    node.emit(op, *node.values())


def GroupNormalization(node: NodeImport) -> None:
    """Until opset 20 scale and bias are given for each group instead of each channel."""
    channels, groups = node.type(0).shape[1], node.attribute_int("num_groups", 0)
    if node.attribute_int("stash_type", 1) != 1:
        raise node.unsupported("stash_type", "1 (float32)", node.attribute_int("stash_type", 1),
                               "export with float32 statistics")
    if groups < 1 or channels % groups:
        raise node.unsupported("num_groups", f"a divisor of {channels}", groups, "check the model")
    operands = [node.value(1), node.value(2)]
    if node.opset < 21:
        for i, value in enumerate(operands):
            column = node.temporary(Reshape((groups, 1)), value)
            wide = node.temporary(Expand((groups, channels // groups)), column)
            operands[i] = node.temporary(Reshape((channels,)), wide)
    op = normalization.GroupNormalization(groups, node.attribute_float("epsilon", 1e-5))
    node.emit(op, node.value(0), *operands)


def _stash(node: NodeImport) -> DType:
    """The type to compute in."""
    found = {1: DType.F32, 11: DType.F64}.get(node.attribute_int("stash_type", 1))
    if found is None:
        raise node.unsupported("stash_type", "1 (float32) or 11 (float64)",
                               node.attribute_int("stash_type", 1),
                               "export with float32 statistics")
    return found


def _full(node: NodeImport, index: int, shape: tuple[int, ...]) -> str:
    """Scale or bias (input ``index``), broadcast to the normalised axes."""
    kind, value = node.type(index), node.value(index)
    if kind.dtype is not node.type(0).dtype:
        raise node.unsupported(f"input {index}", node.type(0).dtype.value, kind.dtype.value,
                               "convert the model to one float type")
    if kind.shape == shape:
        return value
    try:
        fits = np.broadcast_shapes(kind.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise node.unsupported(f"input {index}", f"a shape that broadcasts to {list(shape)}",
                               list(kind.shape), "check the model")
    return node.temporary(Expand(shape), value)


def LayerNormalization(node: NodeImport) -> None:
    """Scale and bias may broadcast to the normalised axes."""
    x = node.type(0)
    axis = front_axis(node, node.attribute_int("axis", -1), x.rank)
    op = normalization.LayerNormalization(axis, node.attribute_float("epsilon", 1e-5),
                                          _stash(node))
    indices = (1, 2) if node.has_input(2) else (1,)
    node.emit(op, node.value(0), *(_full(node, i, x.shape[axis:]) for i in indices))


def RMSNormalization(node: NodeImport) -> None:
    """The scale may broadcast to the normalised axes."""
    x = node.type(0)
    axis = front_axis(node, node.attribute_int("axis", -1), x.rank)
    op = normalization.RMSNormalization(axis, node.attribute_float("epsilon", 1e-5), _stash(node))
    node.emit(op, node.value(0), _full(node, 1, x.shape[axis:]))


def MeanVarianceNormalization(node: NodeImport) -> None:
    """(x - mean) / (deviation + 1e-9), in float32 at least.

    The variance is the mean of squared distances; the standard's function subtracts the squared
    mean from the mean square, which may leave less than nothing.
    """
    kind = node.type(0)
    dtype = DType.F64 if kind.dtype is DType.F64 else DType.F32
    axes = front_axes(node, node.attribute_ints("axes", (0, 2, 3)), kind.rank)
    mean = ReduceMean(tuple(sorted(axes)))
    x = node.value(0) if kind.dtype is dtype else node.temporary(Cast(dtype), node.value(0))
    centred = node.temporary(Sub(), x, node.temporary(mean, x))
    variance = node.temporary(mean, node.temporary(Mul(), centred, centred))
    deviation = node.temporary(Add(), node.temporary(Sqrt(), variance), node.number(1e-9, dtype))
    if kind.dtype is dtype:
        node.emit(Div(), centred, deviation)
    else:
        node.emit(Cast(kind.dtype), node.temporary(Div(), centred, deviation))


def LpNormalization(node: NodeImport) -> None:
    """p is 1 or 2."""
    p = node.attribute_int("p", 2)
    if p not in (1, 2):
        raise node.unsupported("p", "1 or 2", p, "check the model")
    axis = front_axis(node, node.attribute_int("axis", -1), node.type(0).rank)
    node.emit(lp_normalization.LpNormalization(axis, p), node.value(0))


def LRN(node: NodeImport) -> None:
    """Across channels, as ONNX has it."""
    node.emit(lrn.LRN(node.attribute_int("size", 0), node.attribute_float("alpha", 1e-4),
                      node.attribute_float("beta", 0.75), node.attribute_float("bias", 1.0)),
              node.value(0))
