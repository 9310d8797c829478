"""MaxPool, AveragePool, LpPool: one number for each window that slides over the spatial axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.precision import wide
from tinsmith.ops.window import output_extent, windows


@dataclass(frozen=True, slots=True)
class Pool(Op):
    """What all pools share. ``pads`` are those before all axes, then those after.

    With ``ceil`` a last window may hang over the end of the padded input.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    pads: tuple[int, ...]
    dilations: tuple[int, ...]
    ceil: bool = False
    activation: Activation | None = None

    def extents(self, x: TensorType) -> tuple[int, ...]:
        """The output's spatial shape."""
        d = x.rank - 2
        self.require(d >= 1, "x", "at least three axes", x.shape)
        for what, values in (("kernel", self.kernel), ("strides", self.strides),
                             ("dilations", self.dilations)):
            self.require(len(values) == d and all(v >= 1 for v in values), what,
                         f"{d} positive integers", values)
        self.require(len(self.pads) == 2 * d and all(p >= 0 for p in self.pads), "pads",
                     f"{2 * d} integers, none negative", self.pads)
        found = tuple(
            output_extent(x.shape[2 + i], self.kernel[i], self.strides[i], self.dilations[i],
                          self.pads[i], self.pads[d + i], self.ceil) for i in range(d))
        self.require(all(e >= 1 for e in found), "x", "an input no smaller than the kernel",
                     x.shape)
        return found

    def infer(self, x: TensorType) -> tuple[TensorType, ...]:  # type: ignore[override]
        """[N, C, ...output]."""
        self.require(x.dtype.is_float, "x", "a float type", x.dtype.value)
        return (TensorType((*x.shape[:2], *self.extents(x)), x.dtype),)

    def always_inside(self, x: TensorType) -> bool:
        """Whether every window holds an element of ``x``: none lies in the padding alone."""
        for i, extent in enumerate(self.extents(x)):
            taps = (np.arange(extent)[:, None] * self.strides[i] - self.pads[i]
                    + np.arange(self.kernel[i]) * self.dilations[i])
            if not ((taps >= 0) & (taps < x.shape[2 + i])).any(axis=1).all():
                return False
        return True

    def view(self, x: Array, fill: float) -> Array:
        """[N, C, ...output, taps]: all windows, with ``fill`` where they leave the input."""
        extents = self.extents(TensorType(x.shape, DType.of(x)))
        found = windows(x, self.kernel, self.strides, self.dilations, self.pads[:x.ndim - 2],
                        extents, fill)
        return found.reshape(*found.shape[:x.ndim], math.prod(self.kernel))

    def effort(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """Every tap of every window."""
        return outputs[0].size * math.prod(self.kernel)

    def finish(self, y: Array, x: Array) -> Array:
        """The activation, and the element type of the input."""
        y = y if self.activation is None else self.activation.reference(y)
        return np.asarray(y, dtype=x.dtype)


@dataclass(frozen=True, slots=True)
class MaxPool(Pool):
    """The largest element of each window; with ``indices``, output 1 says where the first lies.

    Indices count elements of the whole tensor; ``column_major`` ones count the spatial axes of
    each channel with the first axis fastest.
    """

    indices: bool = False
    column_major: bool = False

    def jumps(self, operand: int) -> bool:
        """The places do, where two elements are equal."""
        return self.indices

    def infer(self, x: TensorType) -> tuple[TensorType, ...]:  # type: ignore[override]
        """[N, C, ...output], and the same of int64."""
        self.require(x.dtype.is_float or x.dtype in (DType.I8, DType.U8), "x",
                     "a float type, int8 or uint8", x.dtype.value)
        y = TensorType((*x.shape[:2], *self.extents(x)), x.dtype)
        return (y, TensorType(y.shape, DType.I64)) if self.indices else (y,)

    def reference(self, x: Array) -> tuple[Array, ...]:  # type: ignore[override]
        """Maximum (and argmax) over windows padded with the lowest value."""
        integer = x.dtype.kind in "iu"
        lowest = np.iinfo(x.dtype).min if integer else -np.inf
        view = self.view(x if integer else wide(x), lowest)
        y = self.finish(view.max(axis=-1), x)
        return (y, self._indices(view, x.shape)) if self.indices else (y,)

    def _indices(self, view: Array, shape: tuple[int, ...]) -> Array:
        sizes = shape[2:]
        place = np.arange(math.prod(sizes)).reshape(
            sizes, order="F" if self.column_major else "C")
        places = self.view(place[None, None], -1)
        largest = (view == view.max(axis=-1, keepdims=True)) | (view != view)
        best = (largest & (places >= 0)).argmax(axis=-1)[..., None]
        found = np.take_along_axis(np.broadcast_to(places, view.shape), best, axis=-1)[..., 0]
        base = np.arange(math.prod(shape[:2])).reshape(*shape[:2], *(1,) * len(sizes))
        return np.asarray(found + base * math.prod(sizes), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class AveragePool(Pool):
    """The mean of each window: over the elements inside the input, or with the padding."""

    approximate: ClassVar[bool] = True

    count_include_pad: bool = False

    def reference(self, x: Array) -> tuple[Array, ...]:  # type: ignore[override]
        """Sum over the window, divided by what counts in it."""
        total = self.view(wide(x), 0.0).sum(axis=-1)
        return (self.finish(total / self.counts(x.shape[2:]).astype(total.dtype), x),)

    def counts(self, sizes: tuple[int, ...]) -> Array:
        """How many elements count in each window, shaped as the spatial output."""
        result = np.ones((), np.int64)
        d = len(sizes)
        for i, size in enumerate(sizes):
            k, s, t = self.kernel[i], self.strides[i], self.dilations[i]
            before, after = self.pads[i], self.pads[d + i]
            extent = output_extent(size, k, s, t, before, after, self.ceil)
            taps = np.arange(extent)[:, None] * s - before + np.arange(k) * t
            low, high = (-before, size + after) if self.count_include_pad else (0, size)
            axis = ((taps >= low) & (taps < high)).sum(axis=1)
            result = result[..., None] * axis
        return np.maximum(result, 1)


@dataclass(frozen=True, slots=True)
class LpPool(Pool):
    """The p-norm of each window."""

    approximate: ClassVar[bool] = True

    p: int = 2

    def infer(self, x: TensorType) -> tuple[TensorType, ...]:  # type: ignore[override]
        """[N, C, ...output]."""
        self.require(self.p >= 1, "p", "1 or more", self.p)
        return Pool.infer(self, x)

    def reference(self, x: Array) -> tuple[Array, ...]:  # type: ignore[override]
        """(sum of |x|^p) ^ (1 / p)."""
        total = (np.abs(self.view(wide(x), 0.0)) ** self.p).sum(axis=-1)
        return (self.finish(total ** (1.0 / self.p), x),)
