"""Conv: convolution over any number of spatial axes, with what later passes fuse into it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.precision import go_together, wide
from tinsmith.ops.window import output_extent, windows

COLUMN_ELEMENTS = 1 << 24  # of windows laid out at a time, which bounds the memory

@dataclass(frozen=True, slots=True)
class Conv(Op):
    """activation(conv(x, w) + bias + residual), or activation(conv(x, w) + bias) + residual.

    The second form is that of ``residual_after``. Inputs: x [N, C, ...], w [M, C / group,
    ...kernel], bias [M] (optional), residual (optional, shaped as the output). ``pads`` are those
    before all axes, then those after. ``mixed``: x, w and bias may be float32 and halves in any
    combination; the arithmetic is float32, the result of x's type.
    """

    approximate: ClassVar[bool] = True

    strides: tuple[int, ...]
    pads: tuple[int, ...]
    dilations: tuple[int, ...]
    group: int = 1
    activation: Activation | None = None
    residual_after: bool = False
    mixed: bool = False

    def infer(  # type: ignore[override]
        self, x: TensorType, w: TensorType, bias: TensorType | None = None,
        residual: TensorType | None = None,
    ) -> tuple[TensorType]:
        """[N, M, ...output]."""
        self._check(x, w, bias)
        d = x.rank - 2
        spatial = tuple(
            output_extent(x.shape[2 + i], w.shape[2 + i], self.strides[i], self.dilations[i],
                          self.pads[i], self.pads[d + i])
            for i in range(d))
        self.require(all(e >= 1 for e in spatial), "x", "an input no smaller than the kernel",
                     x.shape)
        y = TensorType((x.shape[0], w.shape[0], *spatial), x.dtype)
        if residual is not None:
            self.require(residual == y, "residual", str(y), residual)
        return (y,)

    def _check(self, x: TensorType, w: TensorType, bias: TensorType | None) -> None:
        d = x.rank - 2
        self.require(x.dtype.is_float, "x", "a float type", x.dtype.value)
        self.require(go_together(x.dtype, w.dtype, self.mixed), "w", x.dtype.value, w.dtype.value)
        self.require(d >= 1, "x", "at least three axes", x.shape)
        self.require(w.rank == x.rank, "w", f"{x.rank} axes", w.shape)
        self.require(all(k >= 1 for k in w.shape[2:]), "w", "a kernel of one or more", w.shape)
        self.require(len(self.strides) == d and all(s >= 1 for s in self.strides), "strides",
                     f"{d} positive integers", self.strides)
        self.require(len(self.dilations) == d and all(s >= 1 for s in self.dilations),
                     "dilations", f"{d} positive integers", self.dilations)
        self.require(len(self.pads) == 2 * d and all(p >= 0 for p in self.pads), "pads",
                     f"{2 * d} integers, none negative", self.pads)
        self.require(self.group >= 1 and x.shape[1] == w.shape[1] * self.group, "x",
                     f"{w.shape[1]} x {self.group} channels", x.shape)
        self.require(w.shape[0] % self.group == 0, "w", f"a multiple of {self.group} filters",
                     w.shape)
        if bias is not None:
            fits = bias.shape == (w.shape[0],) and go_together(x.dtype, bias.dtype, self.mixed)
            self.require(fits, "bias",
                         f"{x.dtype.short}[{w.shape[0]}]", bias)

    def reference(  # type: ignore[override]
        self, x: Array, w: Array, bias: Array | None = None, residual: Array | None = None,
    ) -> tuple[Array]:
        """All windows as columns, then one matrix product for each image and group."""
        y = convolve(wide(x), wide(w), self.strides, self.dilations, self.pads, self.group)
        if bias is not None:
            y += wide(bias).reshape(-1, *(1,) * (x.ndim - 2))
        if residual is not None and not self.residual_after:
            y += wide(residual)
        if self.activation is not None:
            y = self.activation.reference(y)
        if residual is not None and self.residual_after:
            y = y + wide(residual)
        return (y.astype(x.dtype, copy=False),)

    def macs(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """One for each output element and weight of its filter."""
        w = inputs[1]
        return outputs[0].size * math.prod(w.shape[1:]) if w else 0


def convolve(x: Array, w: Array, strides: Sequence[int], dilations: Sequence[int],
             pads: Sequence[int], group: int) -> Array:
    """The convolution itself, in the element type of ``x`` and ``w``."""
    n, sizes = x.shape[0], x.shape[2:]
    m, d = w.shape[0], x.ndim - 2
    extents = [output_extent(*a) for a in zip(sizes, w.shape[2:], strides, dilations, pads[:d],
                                              pads[d:], strict=True)]
    view = windows(x, w.shape[2:], strides, dilations, pads[:d], extents, 0.0)
    taps, inner = math.prod(w.shape[1:]), math.prod(extents[1:])
    order = (0, 1, *range(2 + d, 2 + 2 * d), *range(2, 2 + d))
    filters = w.reshape(group, m // group, taps)
    y = np.empty((n, group, m // group, extents[0], inner), x.dtype)
    rows = max(1, COLUMN_ELEMENTS // max(1, group * taps * inner))
    for image in range(n):
        for top in range(0, extents[0], rows):
            band = view[image:image + 1, :, top:top + rows]
            height = band.shape[2]
            columns = band.transpose(order).reshape(group, taps, height * inner)
            y[image, :, :, top:top + rows] = np.matmul(filters, columns).reshape(
                group, m // group, height, inner)
    return y.reshape(n, m, *extents)
