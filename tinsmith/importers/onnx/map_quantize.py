"""Quantised operators. Those of the QLinear family are plain ones between DequantizeLinear and
QuantizeLinear, as a Graph says it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from tinsmith.dtypes import DType
from tinsmith.importers.onnx.axes import front_axis
from tinsmith.importers.onnx.node import NodeImport, dtype_of
from tinsmith.importers.onnx.windows import window
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops import (
    arithmetic,
    cast,
    conv,
    conv_integer,
    expand,
    matmul,
    quantize_linear,
    reshape,
)
from tinsmith.ops.quantize_linear import SCALES, STORED

Ints: TypeAlias = tuple[int, ...]


def QuantizeLinear(node: NodeImport) -> None:
    """The output type is that of the zero point, else ``output_dtype``, else uint8."""
    to = node.type(2).dtype if node.has_input(2) else _declared(node, "output_dtype", DType.U8)
    if to not in STORED:
        raise node.unsupported("output", "int8, uint8, int16 or uint16", to.value,
                               "quantise to one of them")
    precision = _declared(node, "precision", node.type(1).dtype)
    if precision not in SCALES:
        raise node.unsupported("precision", "float32, float16 or bfloat16", precision.value,
                               "export without it")
    x = node.value(0)
    if node.type(0).dtype is DType.I32:
        x = node.temporary(cast.Cast(DType.F32), x)
    axis, block = _axis(node)
    node.emit(quantize_linear.QuantizeLinear(to, axis, block, precision), x,
              *node.values()[1:])


def DequantizeLinear(node: NodeImport) -> None:
    """The output type is ``output_dtype``, else that of the scale."""
    kind = node.type(0).dtype
    if kind not in (*STORED, DType.I32):
        raise node.unsupported("input", "int8, uint8, int16, uint16 or int32", kind.value,
                               "quantise to one of them")
    axis, block = _axis(node)
    to = _declared(node, "output_dtype", node.type(1).dtype)
    node.emit(quantize_linear.DequantizeLinear(to, axis, block), *node.values())


def _declared(node: NodeImport, attribute: str, default: DType) -> DType:
    found = node.attribute_int(attribute, 0)
    return dtype_of(found, node.raw.outputs[0]) if found else default


def _axis(node: NodeImport) -> tuple[int, int]:
    """Axis and block size; the axis is 0 where one scale serves all."""
    block = node.attribute_int("block_size", 0)
    if node.type(1).size == 1 and not block:
        return 0, 0
    return front_axis(node, node.attribute_int("axis", 1), node.type(0).rank), block


def ConvInteger(node: NodeImport) -> None:
    """``auto_pad`` resolved, as for Conv."""
    node.emit(conv_integer.ConvInteger(*_geometry(node, 1)), *node.values())


def _geometry(node: NodeImport, weights: int) -> tuple[Ints, Ints, Ints, int]:
    """Strides, pads, dilations and groups of a convolution by input ``weights``."""
    kernel = node.type(weights).shape[2:]
    given = node.attribute_ints("kernel_shape", kernel)
    if given != kernel:
        raise node.unsupported("kernel_shape", f"{list(kernel)} as in W", list(given),
                               "check the model")
    w = window(node, kernel)
    return w.strides, w.pads, w.dilations, node.attribute_int("group", 1)


def MatMulInteger(node: NodeImport) -> None:
    """A 32-bit product of the operands less their zero points."""
    a, b = _less_zero(node, 0, 2, rows=True), _less_zero(node, 1, 3, rows=False)
    node.emit(matmul.MatMul(), a, b)


def _less_zero(node: NodeImport, index: int, zero_point: int, rows: bool) -> str:
    """A matrix operand as 32-bit integers less its zero point (one for each row or column)."""
    x = node.temporary(cast.Cast(DType.I32), node.value(index))
    if not node.has_input(zero_point):
        return x
    zero = node.temporary(cast.Cast(DType.I32), node.value(zero_point))
    tail = 1 if rows and node.type(index).rank > 1 else 0
    return node.temporary(arithmetic.Sub(), x, _as_factor(node, zero, tail))


def _as_factor(node: NodeImport, value: str, tail: int) -> str:
    """A vector with ``tail`` axes of extent 1 behind it; a single number as a scalar."""
    kind = node.builder.types[value]
    if kind.size == 1:
        shape: tuple[int, ...] = ()
    elif kind.rank == 1:
        shape = kind.shape + (1,) * tail
    else:
        return value
    return value if shape == kind.shape else node.temporary(reshape.Reshape(shape), value)


def QLinearConv(node: NodeImport) -> None:
    """Conv of dequantised operands, quantised."""
    operands = [_real(node, 0, 1), _real(node, 3, 0)]
    if node.has_input(8):
        scale = node.temporary(arithmetic.Mul(), _scale(node, 1), _scale(node, 4))
        operands.append(node.temporary(
            quantize_linear.DequantizeLinear(DType.F32), node.value(8), scale))
    _quantised(node, conv.Conv(*_geometry(node, 3)), operands, 1)


def QLinearMatMul(node: NodeImport) -> None:
    """MatMul of dequantised operands, quantised; scales are of rows of a, columns of b."""
    rows = max(node.type(0).rank - 2, 0)
    operands = [_real(node, 0, rows), _real(node, 3, node.type(3).rank - 1)]
    _quantised(node, matmul.MatMul(), operands, rows)


def _real(node: NodeImport, index: int, axis: int) -> str:
    """Input ``index`` dequantised by the two behind it; several scales belong to ``axis``."""
    x = node.type(index)
    scale, zero = _alike(node, _scale(node, index + 1), node.value(index + 2))
    axis, block = _spread(node.builder.types[scale], x, axis)
    return node.temporary(quantize_linear.DequantizeLinear(DType.F32, axis, block),
                          node.value(index), scale, *filter(None, [zero]))


def _quantised(node: NodeImport, op: Op, operands: Sequence[str], axis: int) -> None:
    """What ``op`` gives, by y_scale and y_zero_point: inputs 6 and 7."""
    real = node.temporary(op, *operands)
    scale, zero = _alike(node, node.value(6), node.value(7))
    to = node.type(7).dtype if zero else node.type(0).dtype
    axis, block = _spread(node.builder.types[scale], node.builder.types[real], axis)
    node.emit(quantize_linear.QuantizeLinear(to, axis, block), real, scale, *filter(None, [zero]))


def _scale(node: NodeImport, index: int) -> str:
    """A scale in float32."""
    exact = node.type(index).dtype is DType.F32
    return node.value(index) if exact else node.temporary(cast.Cast(DType.F32), node.value(index))


def _alike(node: NodeImport, scale: str, zero_point: str) -> tuple[str, str]:
    """Both with as many elements as the one that has more."""
    if not zero_point:
        return scale, ""
    kinds = node.builder.types[scale], node.builder.types[zero_point]
    shape = max(kinds, key=lambda kind: kind.size).shape
    scale, zero_point = (
        value if kind.size == math.prod(shape) else node.temporary(expand.Expand(shape), value)
        for value, kind in zip((scale, zero_point), kinds, strict=True))
    return scale, zero_point


def _spread(scale: TensorType, x: TensorType, axis: int) -> tuple[int, int]:
    """Axis and block size. A scale of as many axes as ``x`` is one block on that of extent 1."""
    if scale.rank < 2 or scale.size == 1:
        return (0 if scale.size == 1 else axis), 0
    along = scale.shape.index(1) if 1 in scale.shape else axis
    return along, x.shape[along] if along < x.rank else 0
