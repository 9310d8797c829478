"""Slice: every ``step``-th element of a box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class Slice(Op):
    """y[i, j, ...] = x[starts[0] + i * steps[0], starts[1] + j * steps[1], ...].

    All three tuples have an entry for every axis. ``sizes`` is the shape of the output; steps may
    be negative. Every element that is read lies inside the input.
    """

    starts: tuple[int, ...]
    sizes: tuple[int, ...]
    steps: tuple[int, ...]

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The sizes."""
        for name, found in (("starts", self.starts), ("sizes", self.sizes), ("steps", self.steps)):
            self.require(len(found) == x.rank, name, f"{x.rank} of them", found)
        for axis, (start, size, step) in enumerate(
                zip(self.starts, self.sizes, self.steps, strict=True)):
            last = start + (size - 1) * step
            extent = x.shape[axis]
            inside = size == 0 or (0 <= start < extent and 0 <= last < extent)
            self.require(size >= 0 and step != 0 and inside, f"axis {axis}",
                         f"elements within 0 to {extent - 1}",
                         f"{size} from {start} by {step}")
        return (TensorType(self.sizes, x.dtype),)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy indexing, one axis at a time."""
        for axis, (start, size, step) in enumerate(
                zip(self.starts, self.sizes, self.steps, strict=True)):
            if (start, size, step) != (0, x.shape[axis], 1):
                x = np.take(x, start + step * np.arange(size), axis)
        return (x,)
