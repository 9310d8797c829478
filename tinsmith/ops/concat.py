"""Concat: its inputs one after the other along an axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class Concat(Op):
    """Any number of inputs, equal in all dimensions but ``axis``."""

    axis: int

    def infer(self, *parts: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The shape of the first input with the sum of all extents along the axis."""
        self.require(len(parts) > 0, "inputs", "at least one", 0)
        first = parts[0]
        self.require(0 <= self.axis < first.rank, "axis", f"0 to {first.rank - 1}", self.axis)
        before, after = slice(0, self.axis), slice(self.axis + 1, None)
        for part in parts:
            self.require(part is not None and part.dtype is first.dtype
                         and part.rank == first.rank
                         and part.shape[before] == first.shape[before]
                         and part.shape[after] == first.shape[after],
                         "inputs", f"tensors like {first} but for axis {self.axis}", part)
        extent = sum(part.shape[self.axis] for part in parts)
        return (TensorType((*first.shape[before], extent, *first.shape[after]), first.dtype),)

    def reference(self, *parts: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.concatenate."""
        return (np.concatenate(parts, self.axis),)
