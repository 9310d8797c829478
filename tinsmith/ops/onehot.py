"""OneHot: classes as vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class OneHot(Op):
    """A new ``axis`` of extent ``depth``: ``values[1]`` at the index and ``values[0]`` elsewhere.

    Negative indices count from the end; out of range, all places are ``values[0]``. Indices of
    float type are cut towards zero; NaN counts as 0.
    """

    depth: int
    axis: int

    def jumps(self, operand: int) -> bool:
        """At the integers, which are the classes."""
        return operand == 0

    def infer(self, indices: TensorType, values: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The indices' shape with the new axis, and the type of the values."""
        self.require(0 <= self.axis <= indices.rank, "axis", f"0 to {indices.rank}", self.axis)
        self.require(self.depth >= 0, "depth", "no negative number", self.depth)
        self.require(values.shape == (2,), "values", "two of them", values)
        self.require(indices.dtype is not DType.BOOL, "indices", "numbers", indices)
        shape = (*indices.shape[:self.axis], self.depth, *indices.shape[self.axis:])
        return (TensorType(shape, values.dtype),)

    def reference(self, indices: Array, values: Array) -> tuple[Array]:  # type: ignore[override]
        """Compares indices with places."""
        if indices.dtype.kind == "u":
            indices = np.minimum(indices.astype(np.uint64), np.uint64(self.depth))
        real = indices.dtype.kind not in "iu"
        index = np.nan_to_num(indices.astype(np.float64)) if real else indices.astype(np.int64)
        index = np.where((index > -self.depth - 1) & (index < self.depth), index, self.depth)
        index = index.astype(np.int64)
        index = np.expand_dims(np.where(index < 0, index + self.depth, index), self.axis)
        place = np.arange(self.depth).reshape(
            tuple(-1 if i == self.axis else 1 for i in range(index.ndim)))
        return (np.where(index == place, values[1], values[0]).astype(values.dtype),)
