"""ConvTranspose: the gradient of a convolution, over any number of spatial axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.precision import wide
from tinsmith.ops.window import reach


@dataclass(frozen=True, slots=True)
class ConvTranspose(Op):
    """activation(every input element adds its filter to the output, + bias).

    Inputs: x [N, C, ...], w [C, M / group, ...kernel], bias [M] (optional). ``pads`` (those
    before all axes, then those after) are cut off the output; ``output_padding`` widens its end.
    """

    approximate: ClassVar[bool] = True

    strides: tuple[int, ...]
    pads: tuple[int, ...]
    dilations: tuple[int, ...]
    output_padding: tuple[int, ...]
    group: int = 1
    activation: Activation | None = None

    def infer(  # type: ignore[override]
        self, x: TensorType, w: TensorType, bias: TensorType | None = None,
    ) -> tuple[TensorType]:
        """[N, M, ...output]."""
        d = x.rank - 2
        self.require(x.dtype.is_float, "x", "a float type", x.dtype.value)
        self.require(w.dtype == x.dtype, "w", x.dtype.value, w.dtype.value)
        self.require(d >= 1, "x", "at least three axes", x.shape)
        self.require(w.rank == x.rank, "w", f"{x.rank} axes", w.shape)
        self.require(all(k >= 1 for k in w.shape[2:]), "w", "a kernel of one or more", w.shape)
        for what, values in (("strides", self.strides), ("dilations", self.dilations)):
            self.require(len(values) == d and all(v >= 1 for v in values), what,
                         f"{d} positive integers", values)
        for what, values in (("pads", self.pads), ("output_padding", self.output_padding)):
            count = 2 * d if what == "pads" else d
            self.require(len(values) == count and all(p >= 0 for p in values), what,
                         f"{count} integers, none negative", values)
        self.require(self.group >= 1 and x.shape[1] % self.group == 0, "x",
                     f"channels in {self.group} groups", x.shape)
        self.require(w.shape[0] == x.shape[1], "w", f"{x.shape[1]} channels", w.shape)
        m = w.shape[1] * self.group
        if bias is not None:
            self.require(bias == TensorType((m,), x.dtype), "bias", f"{x.dtype.short}[{m}]", bias)
        spatial = self.extents(x.shape[2:], w.shape[2:])
        self.require(all(e >= 1 for e in spatial), "pads", "smaller ones", self.pads)
        return (TensorType((x.shape[0], m, *spatial), x.dtype),)

    def extents(self, sizes: Sequence[int], kernel: Sequence[int]) -> tuple[int, ...]:
        """The output's spatial shape."""
        d = len(sizes)
        return tuple(
            self.strides[i] * (sizes[i] - 1) + reach(kernel[i], self.dilations[i])
            + self.output_padding[i] - self.pads[i] - self.pads[d + i] for i in range(d))

    def reference(  # type: ignore[override]
        self, x: Array, w: Array, bias: Array | None = None,
    ) -> tuple[Array]:
        """One matrix product for each image; each tap of the kernel is one strided addition."""
        n, c, *sizes = x.shape
        kernel, d = w.shape[2:], x.ndim - 2
        g, m = self.group, w.shape[1] * self.group
        taps = math.prod(w.shape[1:])
        filters = wide(w).reshape(g, c // g, taps).transpose(0, 2, 1)
        columns = np.matmul(filters, wide(x).reshape(n, g, c // g, math.prod(sizes)))
        columns = columns.reshape(n, m, math.prod(kernel), *sizes)
        extents = self.extents(sizes, kernel)
        full = [self.pads[i] + self.pads[d + i] + extents[i] for i in range(d)]
        y = np.zeros((n, m, *full), columns.dtype)
        for i, tap in enumerate(product(*map(range, kernel))):
            places = tuple(
                slice(t * self.dilations[a], t * self.dilations[a]
                      + (sizes[a] - 1) * self.strides[a] + 1, self.strides[a])
                for a, t in enumerate(tap))
            if all(sizes):
                y[(slice(None), slice(None), *places)] += columns[:, :, i]
        y = y[(slice(None), slice(None),
               *(slice(self.pads[i], self.pads[i] + extents[i]) for i in range(d)))]
        if bias is not None:
            y = y + wide(bias).reshape(-1, *(1,) * d)
        if self.activation is not None:
            y = self.activation.reference(y)
        return (np.ascontiguousarray(y).astype(x.dtype, copy=False),)

    def macs(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """One for each input element and weight of its filter."""
        x, w = inputs[:2]
        return x.size * math.prod(w.shape[1:]) if x and w else 0
