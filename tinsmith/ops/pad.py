"""Pad: a border around a tensor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType

MODES = ("constant", "reflect", "edge", "wrap")


@dataclass(frozen=True, slots=True)
class Pad(Op):
    """``before[i]`` and ``after[i]`` more places on axis i, none negative.

    Modes: ``constant`` (the second input, a scalar; 0 if absent), ``reflect`` (mirrored without
    the edge itself, to and fro as often as it takes), ``edge`` (the nearest element), ``wrap``
    (from the other end).
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    mode: str = "constant"

    def infer(self, x: TensorType, value: TensorType | None = None) -> tuple[TensorType]:  # type: ignore[override]
        """Every extent with its two pads."""
        self.require(len(self.before) == len(self.after) == x.rank
                     and min((*self.before, *self.after), default=0) >= 0,
                     "pads", f"{x.rank} before and after, none negative",
                     f"{self.before} and {self.after}")
        self.require(self.mode in MODES, "mode", " or ".join(MODES), self.mode)
        self.require(value is None or (value.size == 1 and value.dtype is x.dtype),
                     "constant_value", f"one {x.dtype.short}", value)
        shape = tuple(b + d + a for b, d, a in zip(self.before, x.shape, self.after, strict=True))
        possible = all(d > 0 or n == 0 for d, n in zip(x.shape, shape, strict=True))
        self.require(self.mode == "constant" or possible, "input",
                     "an element on every axis to be padded", x)
        return (TensorType(shape, x.dtype),)

    def reference(self, x: Array, value: Array | None = None) -> tuple[Array]:  # type: ignore[override]
        """numpy.pad for constants, else each axis gathered from its ``source``."""
        if self.mode == "constant":
            fill = np.zeros((), x.dtype) if value is None else value.reshape(())
            shape = tuple(b + d + a for b, d, a in
                          zip(self.before, x.shape, self.after, strict=True))
            result = np.full(shape, fill, x.dtype)
            result[tuple(slice(b, b + d) for b, d in zip(self.before, x.shape, strict=True))] = x
            return (result,)
        for axis in (a for a in range(x.ndim) if self.before[a] or self.after[a]):
            x = np.take(x, self.source(axis, x.shape[axis]), axis)
        return (x,)

    def source(self, axis: int, extent: int) -> Array:
        """The place in the input that each place of the output along ``axis`` shows."""
        place = np.arange(-self.before[axis], extent + self.after[axis])
        if self.mode == "edge":
            return np.clip(place, 0, extent - 1)
        if self.mode == "wrap":
            return place % max(extent, 1)
        place = place % max(2 * (extent - 1), 1)
        return np.where(place < extent, place, 2 * (extent - 1) - place)
