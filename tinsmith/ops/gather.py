"""Gather, GatherElements, GatherND: reads at indices that are known at run time.

A negative index counts from the end. An index out of range yields 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType

INDEX_TYPES = (DType.I32, DType.I64)


def wrapped(indices: Array, extent: int) -> tuple[Array, Array]:
    """Indices counted from the start (0 where out of range), and which of them are in range."""
    wide = indices.astype(np.int64)
    wide = np.where(wide < 0, wide + extent, wide)
    valid = (wide >= 0) & (wide < extent)
    return np.where(valid, wide, 0), valid


@dataclass(frozen=True, slots=True)
class Gather(Op):
    """Slices of the data along ``axis``, one for each index; 0 where the index is out of range."""

    axis: int = 0

    def infer(self, x: TensorType, indices: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The data's shape with its axis replaced by the shape of the indices."""
        self.require(0 <= self.axis < x.rank, "axis", f"0 to {x.rank - 1}", self.axis)
        self.require(indices.dtype in INDEX_TYPES, "indices", "i32 or i64", indices)
        shape = x.shape[:self.axis] + indices.shape + x.shape[self.axis + 1:]
        return (TensorType(shape, x.dtype),)

    def reference(self, x: Array, indices: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.take, with zeros where there is nothing to take."""
        shape = x.shape[:self.axis] + indices.shape + x.shape[self.axis + 1:]
        if x.shape[self.axis] == 0:
            return (np.zeros(shape, x.dtype),)
        index, valid = wrapped(indices, x.shape[self.axis])
        taken = np.take(x, index, self.axis)
        mask = valid.reshape(valid.shape + (1,) * (x.ndim - self.axis - 1))
        return (np.where(mask, taken, np.zeros((), x.dtype)),)


@dataclass(frozen=True, slots=True)
class GatherElements(Op):
    """y[i, j, ...] = x[i, j, ...] with the coordinate on ``axis`` replaced by indices[i, j, ...].

    0 where the index is out of range.
    """

    axis: int = 0

    def infer(self, x: TensorType, indices: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The shape of the indices, which may not leave the data on the other axes."""
        self.require(0 <= self.axis < x.rank, "axis", f"0 to {x.rank - 1}", self.axis)
        self.require(indices.dtype in INDEX_TYPES and indices.rank == x.rank, "indices",
                     f"i32 or i64 of rank {x.rank}", indices)
        fits = all(i <= d for axis, (i, d) in enumerate(zip(indices.shape, x.shape, strict=True))
                   if axis != self.axis)
        self.require(fits, "indices", f"at most {x.shape} but for axis {self.axis}", indices)
        return (TensorType(indices.shape, x.dtype),)

    def reference(self, x: Array, indices: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.take_along_axis, with zeros where there is nothing to take."""
        if indices.size == 0 or x.size == 0:
            return (np.zeros(indices.shape, x.dtype),)
        index, valid = wrapped(indices, x.shape[self.axis])
        where: list[Array] = list(np.indices(indices.shape, sparse=True))
        where[self.axis] = index
        return (np.where(valid, x[tuple(where)], np.zeros((), x.dtype)),)


@dataclass(frozen=True, slots=True)
class GatherND(Op):
    """Slices of the data at coordinates: the last axis of the indices holds one coordinate tuple.

    The first ``batch_dims`` axes of data and indices run together. 0 where a coordinate is out of
    range.
    """

    batch_dims: int = 0

    def infer(self, x: TensorType, indices: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """Batch axes, index axes, and what the coordinates leave of the data's axes."""
        batch = self.batch_dims
        self.require(0 <= batch < min(x.rank, indices.rank), "batch_dims",
                     f"below {min(x.rank, indices.rank)}", batch)
        self.require(indices.dtype in INDEX_TYPES, "indices", "i32 or i64", indices)
        self.require(x.shape[:batch] == indices.shape[:batch], "indices",
                     f"batch axes {x.shape[:batch]}", indices)
        depth = indices.shape[-1]
        self.require(1 <= depth <= x.rank - batch, "indices",
                     f"1 to {x.rank - batch} coordinates", depth)
        return (TensorType(indices.shape[:-1] + x.shape[batch + depth:], x.dtype),)

    def reference(self, x: Array, indices: Array) -> tuple[Array]:  # type: ignore[override]
        """Coordinates to rows of the flattened data, then numpy.take."""
        batch, depth = self.batch_dims, indices.shape[-1]
        shape = indices.shape[:-1] + x.shape[batch + depth:]
        rows = int(np.prod(x.shape[:batch + depth], dtype=np.int64))
        if rows == 0 or 0 in shape:
            return (np.zeros(shape, x.dtype),)
        inner = int(np.prod(x.shape[batch:batch + depth], dtype=np.int64))
        batches = np.arange(int(np.prod(x.shape[:batch], dtype=np.int64))) * inner
        row, valid = flat_rows(indices, x.shape[batch:batch + depth])
        row = row + batches.reshape(x.shape[:batch] + (1,) * (row.ndim - batch))
        taken = x.reshape(rows, -1)[np.where(valid, row, 0).reshape(-1)]
        taken = np.where(valid.reshape(-1, 1), taken, np.zeros((), x.dtype))
        return (taken.reshape(shape),)


def flat_rows(indices: Array, extents: tuple[int, ...]) -> tuple[Array, Array]:
    """The row-major position of each coordinate tuple within ``extents``, and which are valid."""
    row = np.zeros(indices.shape[:-1], np.int64)
    valid = np.ones(indices.shape[:-1], bool)
    for k, extent in enumerate(extents):
        index, inside = wrapped(indices[..., k], extent)
        row = row * extent + index
        valid &= inside
    return row, valid
