"""ConvInteger: convolution of 8-bit integers to 32-bit sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.conv import convolve
from tinsmith.ops.window import output_extent

BYTES = (DType.I8, DType.U8)


@dataclass(frozen=True, slots=True)
class ConvInteger(Op):
    """conv(x - x_zero_point, w - w_zero_point), exact modulo 2^32. Attributes as in Conv.

    Both zero points are optional; that of ``x`` is one number, that of ``w`` one number or one
    for each output channel. Padding is ``x_zero_point``.
    """

    strides: tuple[int, ...]
    pads: tuple[int, ...]
    dilations: tuple[int, ...]
    group: int = 1

    def infer(  # type: ignore[override]
        self, x: TensorType, w: TensorType, x_zero_point: TensorType | None = None,
        w_zero_point: TensorType | None = None,
    ) -> tuple[TensorType]:
        """[N, M, ...output] of 32-bit integers."""
        d = x.rank - 2
        self.require(x.dtype in BYTES and d >= 1, "x", "i8 or u8 [N, C, ...]", x)
        self.require(w.dtype in BYTES and w.rank == x.rank and min(w.shape[2:]) >= 1, "w",
                     f"i8 or u8 with {x.rank} axes", w)
        self.require(len(self.strides) == len(self.dilations) == d and len(self.pads) == 2 * d
                     and min(*self.strides, *self.dilations) >= 1 and min(self.pads) >= 0,
                     "attributes", f"strides, dilations and pads of {d} axes", self)
        self.require(self.group >= 1 and x.shape[1] == w.shape[1] * self.group
                     and w.shape[0] % self.group == 0, "w",
                     f"{x.shape[1]} channels in {self.group} groups", w)
        self.require(x_zero_point is None
                     or (x_zero_point.size == 1 and x_zero_point.dtype is x.dtype),
                     "x_zero_point", f"one {x.dtype.short}", x_zero_point)
        self.require(w_zero_point is None
                     or (w_zero_point.size in (1, w.shape[0]) and w_zero_point.dtype is w.dtype),
                     "w_zero_point", f"1 or {w.shape[0]} {w.dtype.short}", w_zero_point)
        extents = tuple(
            output_extent(x.shape[2 + i], w.shape[2 + i], self.strides[i], self.dilations[i],
                          self.pads[i], self.pads[d + i]) for i in range(d))
        self.require(min(extents) >= 1, "x", "an input no smaller than the kernel", x)
        return (TensorType((x.shape[0], w.shape[0], *extents), DType.I32),)

    def reference(  # type: ignore[override]
        self, x: Array, w: Array, x_zero_point: Array | None = None,
        w_zero_point: Array | None = None,
    ) -> tuple[Array]:
        """The convolution in float64, where such sums are exact; then modulo 2^32."""
        shifted = x.astype(np.float64)
        weights = w.astype(np.float64)
        if x_zero_point is not None:
            shifted -= x_zero_point.reshape(()).astype(np.float64)
        if w_zero_point is not None:
            weights -= w_zero_point.reshape(-1, *(1,) * (w.ndim - 1)).astype(np.float64)
        y = convolve(shifted, weights, self.strides, self.dilations, self.pads, self.group)
        return (y.astype(np.int64).astype(np.int32),)

    def macs(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """One for each output element and weight of its filter."""
        w = inputs[1]
        return outputs[0].size * math.prod(w.shape[1:]) if w else 0
