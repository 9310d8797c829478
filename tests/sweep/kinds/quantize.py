"""QuantizeLinear and DequantizeLinear, and the layers on bytes."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.trial import EXACT, Single
from tinsmith.dtypes import Array


def draw(d: Draw) -> Single:
    """One of them."""
    return d.pick(quantize, quantize, dequantize, dequantize, dynamic, qlinear_conv,
                  qlinear_matmul, conv_integer)(d)


def scales(d: Draw, shape: tuple[int, ...]) -> Array:
    """Steps; powers of two now and then, so that ties are ties."""
    if d.chance(0.3):
        return np.asarray(2.0 ** d.rng.integers(-4, 2, shape), np.float32)
    return np.asarray(d.rng.uniform(0.01, 0.4, shape), np.float32)


def layout(d: Draw, x: tuple[int, ...], opset: int) -> tuple[tuple[int, ...], dict[str, object]]:
    """The shape of scales for a tensor: one for all, for each of an axis, or for blocks."""
    how = d.pick("all", "axis", "block") if opset >= 21 else d.pick("all", "axis")
    if how == "all":
        return (), {}
    axis = d.int(0, len(x) - 1)
    named = axis - d.pick(0, len(x))
    if how == "axis":
        return (x[axis],), {"axis": named}
    divisors = [b for b in range(1, x[axis] + 1) if x[axis] % b == 0]
    block = d.pick(*divisors)
    return (*x[:axis], x[axis] // block, *x[axis + 1:]), {"axis": named, "block_size": block}


def quantize(d: Draw) -> Single:
    """Floats to steps."""
    opset, shape = d.pick(10, 13, 19, 21), d.shape(1, 4)
    kind = d.pick("uint8", "int8", "uint16", "int16") if opset >= 21 else d.pick("uint8", "int8")
    of, attributes = layout(d, shape, opset) if opset >= 13 else ((), {})
    zero = None if d.chance(0.2) else d.array(of, kind, True)
    x = d.array(shape) * np.float32(8)
    return Single("QuantizeLinear", (x, scales(d, of), zero), attributes, opset=opset, share=EXACT)


def dequantize(d: Draw) -> Single:
    """Steps to floats."""
    opset, shape = d.pick(10, 13, 19, 21), d.shape(1, 4)
    kinds = ("uint8", "int8", "int32", "uint16", "int16") if opset >= 21 \
        else ("uint8", "int8", "int32")
    kind = d.pick(*kinds)
    of, attributes = layout(d, shape, opset) if opset >= 13 else ((), {})
    zero = None if kind == "int32" or d.chance(0.2) else d.array(of, kind, True)
    x = d.array(shape, kind, kind != "int32")
    return Single("DequantizeLinear", (x, scales(d, of), zero), attributes, opset=opset)


def dynamic(d: Draw) -> Single:
    """Scale and zero point out of the data."""
    x = d.array(d.shape(1, 4))
    x.flat[0] = 1.5  # of nothing but zeros each engine makes another scale
    return Single("DynamicQuantizeLinear", (x,), {}, (), (True,) * 3, 11, 1e-6, steps=1)


def qlinear_conv(d: Draw) -> Single:
    """A convolution of bytes, rounded to bytes."""
    left, right = d.pick(("uint8", "uint8"), ("uint8", "int8"), ("int8", "int8"))
    group, inner, outer = d.pick(1, 1, 2), d.int(1, 5), d.int(1, 7)
    kernel, pads = d.ints(2, 1, 3), d.ints(4, 0, 1)
    each = d.chance(0.5)
    of = (group * outer,) if each else ()
    w_zero = np.zeros(of, right) if right == "int8" else d.array((), right, True)
    if each and right == "uint8":
        of = ()
    x = d.array((1, group * inner, *d.ints(2, 3, 8)), left, True)
    w = d.array((group * outer, inner, *kernel), right, True)
    bias = d.rng.integers(-900, 900, group * outer).astype(np.int32) if d.chance(0.5) else None
    inputs = (x, scales(d, ()), d.array((), left, True), w, scales(d, of) * np.float32(0.05),
              w_zero, np.float32(d.pick(0.5, 1.0, 2.0)).reshape(()), d.array((), left, True), bias)
    return Single("QLinearConv", inputs, {"group": group, "pads": pads,
                                          "strides": d.ints(2, 1, 2)}, opset=10, share=EXACT,
                  steps=1)


def qlinear_matmul(d: Draw) -> Single:
    """A product of bytes, rounded to bytes."""
    left, right = d.pick(("uint8", "uint8"), ("uint8", "int8"), ("int8", "int8"))
    m, n, k = d.int(1, 7), d.int(1, 9), d.int(1, 20)
    inputs = (d.array((m, k), left, True), scales(d, ()), d.array((), left, True),
              d.array((k, n), right, True), scales(d, ()) * np.float32(0.1),
              d.array((), right, True), np.float32(d.pick(0.5, 1.0, 2.0)).reshape(()),
              d.array((), left, True))
    return Single("QLinearMatMul", inputs, {}, opset=10, share=EXACT, steps=1)


def conv_integer(d: Draw) -> Single:
    """A convolution of bytes, exact."""
    left, right = d.pick("uint8", "int8"), d.pick("uint8", "int8")
    group, inner, outer = d.pick(1, 1, 2), d.int(1, 5), d.int(1, 7)
    inputs = (d.array((1, group * inner, *d.ints(2, 4, 8)), left, True),
              d.array((group * outer, inner, *d.ints(2, 1, 3)), right, True),
              d.array((), left, True) if d.chance(0.6) else None,
              d.array((), right, True) if d.chance(0.4) else None)
    return Single("ConvInteger", inputs, {"group": group, "pads": d.ints(4, 0, 1),
                                          "strides": d.ints(2, 1, 2)}, opset=10, share=EXACT)
