"""DeformConv: a 2-D convolution whose every tap reads at an offset of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class DeformConv(Op):
    """Convolution of interpolated samples: tap (i, j) of output (h, w) reads x at
    (h * strides[0] - pads[0] + i * dilations[0] + dy, ...), with (dy, dx) from ``offset``.

    ``mask`` weighs each sample. ``pads``: top, left, bottom, right. Beyond the image x is 0.
    """

    approximate: ClassVar[bool] = True

    strides: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilations: tuple[int, int] = (1, 1)
    group: int = 1
    offset_group: int = 1

    def infer(  # type: ignore[override]
        self, x: TensorType, w: TensorType, offset: TensorType, bias: TensorType | None = None,
        mask: TensorType | None = None
    ) -> tuple[TensorType]:
        """[N, output channels, ...] of the size that strides, pads and dilations give."""
        self.require(x.dtype.is_float and x.rank == 4, "x", "floating-point [N, C, H, W]", x)
        self.require(len(self.strides) == len(self.dilations) == 2 and len(self.pads) == 4
                     and min(*self.strides, *self.dilations, self.group, self.offset_group) > 0,
                     "attributes", "positive strides, dilations and groups", self)
        fits = (w.rank == 4 and w.dtype is x.dtype and w.shape[1] * self.group == x.shape[1]
                and w.shape[0] % self.group == 0 and min(w.shape[2:]) > 0)
        self.require(fits and x.shape[1] % self.offset_group == 0, "w",
                     f"{x.dtype.short} for {x.shape[1]} channels in {self.group} groups", w)
        size = tuple(
            (d + self.pads[a] + self.pads[a + 2] - self.dilations[a] * (k - 1) - 1)
            // self.strides[a] + 1
            for a, (d, k) in enumerate(zip(x.shape[2:], w.shape[2:], strict=True)))
        self.require(min(size) >= 0, "x", "at least the kernel's size", x)
        taps = self.offset_group * w.shape[2] * w.shape[3]
        for what, given, channels in (("offset", offset, 2 * taps), ("mask", mask, taps)):
            want = TensorType((x.shape[0], channels, *size), x.dtype)
            self.require(given in (want, None), what, str(want), given)
        self.require(bias is None or bias == TensorType(w.shape[:1], x.dtype), "bias",
                     f"{x.dtype.short}[{w.shape[0]}]", bias)
        return (TensorType((x.shape[0], w.shape[0], *size), x.dtype),)

    def reference(  # type: ignore[override]
        self, x: Array, w: Array, offset: Array, bias: Array | None = None,
        mask: Array | None = None
    ) -> tuple[Array]:
        """Samples for every tap, then one matrix product, in float32 (float64 for float64)."""
        kind = np.float64 if x.dtype == np.float64 else np.float32
        n = x.shape[0]
        size = offset.shape[2:]
        kernel = w.shape[2:]
        offsets = offset.astype(kind).reshape(n, self.offset_group, *kernel, 2, *size)
        grid = np.indices((*kernel, *size), kind)
        at = [grid[2 + a] * kind(self.strides[a]) - kind(self.pads[a])
              + grid[a] * kind(self.dilations[a]) + offsets[:, :, :, :, a] for a in (0, 1)]
        samples = self._read(x.astype(kind), at[0], at[1])
        if mask is not None:
            samples *= mask.astype(kind).reshape(n, self.offset_group, 1, *kernel, *size)
        weights = w.astype(kind)
        columns = samples.reshape(n, self.group, -1, size[0] * size[1])
        y = np.matmul(weights.reshape(self.group, len(w) // self.group, -1), columns)
        y = y.reshape(n, len(w), *size)
        if bias is not None:
            y = y + bias.astype(kind).reshape(-1, 1, 1)
        return (y.astype(x.dtype),)

    def _read(self, x: Array, rows: Array, columns: Array) -> Array:
        """x [N, C, H, W] at [N, group, taps...]: [N, group, C / group, taps...]."""
        n, c, height, width = x.shape
        flat = x.reshape(n, self.offset_group, c // self.offset_group, -1)
        top, left = np.floor(rows), np.floor(columns)
        result = np.zeros((*flat.shape[:3], *rows.shape[2:]), x.dtype)
        for dy in (0, 1):
            for dx in (0, 1):
                row, column = top + dy, left + dx
                weight = (1 - np.abs(rows - row)) * (1 - np.abs(columns - column))
                inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
                where = np.where(inside, row * width + column, 0).astype(np.int64)
                index = where.reshape(n, self.offset_group, 1, -1)
                if flat.shape[3]:
                    read = np.take_along_axis(flat, index, 3).reshape(result.shape)
                    result += np.where(inside[:, :, None], read * weight[:, :, None], 0)
        return result

    def macs(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """One for each output and tap, as for Conv."""
        weights = inputs[1]
        assert weights is not None
        return outputs[0].size * (weights.size // max(weights.shape[0], 1))
