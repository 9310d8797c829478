"""CumSum and CumProd: running sums and products along an axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class Cumulate(Op):
    """Base. ``exclusive``: without the element itself; ``reverse``: from the end.

    Halves accumulate in float32; integers wrap around.
    """

    axis: int
    exclusive: bool = False
    reverse: bool = False

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The type of the input."""
        self.require(0 <= self.axis < x.rank, "axis", f"0 to {x.rank - 1}", self.axis)
        self.require(x.dtype is not DType.BOOL, "input", "numbers", x)
        return (x,)

    def cumulate(self, x: Array, running: np.ufunc) -> tuple[Array]:
        """The ufunc accumulated, shifted by one and turned around as asked for."""
        line = np.moveaxis(x.astype(np.float32) if x.dtype.itemsize == 2 and x.dtype.kind not in
                           "iu" else x, self.axis, 0)
        line = line[::-1] if self.reverse else line
        result = running.accumulate(line, axis=0, dtype=line.dtype)
        if self.exclusive and len(line):
            start = np.full_like(line[:1], running.identity)
            result = np.concatenate([start, result[:-1]])
        result = result[::-1] if self.reverse else result
        return (np.ascontiguousarray(np.moveaxis(result, 0, self.axis)).astype(x.dtype),)


@dataclass(frozen=True, slots=True)
class CumSum(Cumulate):
    """Running sum."""

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.add.accumulate."""
        return self.cumulate(x, np.add)


@dataclass(frozen=True, slots=True)
class CumProd(Cumulate):
    """Running product."""

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.multiply.accumulate."""
        return self.cumulate(x, np.multiply)
