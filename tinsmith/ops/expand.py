"""Expand and Tile: an input repeated along its axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class Expand(Op):
    """The input broadcast to ``shape``, which is the shape of the output."""

    shape: tuple[int, ...]

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The shape."""
        tail = self.shape[len(self.shape) - x.rank:] if x.rank else ()
        fits = len(self.shape) >= x.rank and min(self.shape, default=0) >= 0 and all(
            d in (1, s) for d, s in zip(x.shape, tail, strict=True))
        self.require(fits, "shape", f"one to which {x} broadcasts", self.shape)
        return (TensorType(self.shape, x.dtype),)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.broadcast_to, copied."""
        return (np.array(np.broadcast_to(x, self.shape)),)


@dataclass(frozen=True, slots=True)
class Tile(Op):
    """The whole input ``repeats[i]`` times along axis i."""

    repeats: tuple[int, ...]

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """Every extent times its repeats."""
        self.require(len(self.repeats) == x.rank and all(r >= 0 for r in self.repeats),
                     "repeats", f"{x.rank} numbers, none negative", self.repeats)
        shape = tuple(d * r for d, r in zip(x.shape, self.repeats, strict=True))
        return (TensorType(shape, x.dtype),)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.tile."""
        return (np.tile(x, self.repeats),)
