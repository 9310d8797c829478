"""Quantised operators: QuantizeLinear, DequantizeLinear, and integer products with rescaling."""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import DType
from tinsmith.importers.onnx.axes import front_axis
from tinsmith.importers.onnx.node import NodeImport, dtype_of
from tinsmith.importers.onnx.windows import window
from tinsmith.ops import arithmetic, cast, conv_integer, matmul, quantize_linear, reshape
from tinsmith.ops.quantize_linear import SCALES, STORED


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
    node.emit(_conv(node, 1), *node.values())


def _conv(node: NodeImport, weights: int) -> conv_integer.ConvInteger:
    kernel = node.type(weights).shape[2:]
    given = node.attribute_ints("kernel_shape", kernel)
    if given != kernel:
        raise node.unsupported("kernel_shape", f"{list(kernel)} as in W", list(given),
                               "check the model")
    w = window(node, kernel)
    return conv_integer.ConvInteger(w.strides, w.pads, w.dilations,
                                    node.attribute_int("group", 1))


def MatMulInteger(node: NodeImport) -> None:
    """A 32-bit product of the operands less their zero points."""
    a, b = _less_zero(node, 0, 2, rows=True), _less_zero(node, 1, 3, rows=False)
    node.emit(matmul.MatMul(), a, b)


def QLinearMatMul(node: NodeImport) -> None:
    """The 32-bit product, rescaled."""
    a, b = _less_zero(node, 0, 2, rows=True), _less_zero(node, 3, 5, rows=False)
    total = node.temporary(matmul.MatMul(), a, b)
    rows = _as_factor(node, node.value(1), 1 if node.type(0).rank > 1 else 0)
    _requantize(node, total, rows, _as_factor(node, node.value(4), 0), 6)


def QLinearConv(node: NodeImport) -> None:
    """The 32-bit convolution, plus bias, rescaled for each output channel."""
    total = node.temporary(_conv(node, 3), node.value(0), node.value(3), node.value(2),
                           node.value(5))
    tail = node.type(0).rank - 2
    if node.has_input(8):
        bias = _as_factor(node, node.value(8), tail)
        total = node.temporary(arithmetic.Add(), total, bias)
    _requantize(node, total, _as_factor(node, node.value(1), 0),
                _as_factor(node, node.value(4), tail), 6)


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


def _requantize(node: NodeImport, total: str, first: str, second: str, index: int) -> None:
    """round(total * (first * second / y_scale)) + y_zero_point, the latter two from ``index``."""
    scales = []
    for scale in (first, second, _as_factor(node, node.value(index), 0)):
        exact = node.builder.types[scale].dtype is DType.F32
        scales.append(scale if exact else node.temporary(cast.Cast(DType.F32), scale))
    factor = node.temporary(arithmetic.Mul(), *scales[:2])
    factor = node.temporary(arithmetic.Div(), factor, scales[2])
    real = node.temporary(cast.Cast(DType.F32), total)
    scaled = node.temporary(arithmetic.Mul(), real, factor)
    one = node.builder.add_weight(node.builder.fresh(f"{node.raw.name}/one"),
                                  np.ones((), np.float32))
    to = node.type(index + 1).dtype if node.has_input(index + 1) else node.type(0).dtype
    node.emit(quantize_linear.QuantizeLinear(to), scaled, one,
              *([node.value(index + 1)] if node.has_input(index + 1) else []))
