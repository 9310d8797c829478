"""ScatterElements, ScatterND, TensorScatter: writes at indices that are known at run time.

A negative index counts from the end. An index out of range is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.gather import INDEX_TYPES, flat_rows, wrapped

REDUCTIONS = {
    "none": None,
    "add": np.add,
    "mul": np.multiply,
    "max": np.maximum,
    "min": np.minimum,
}


def combine(target: Array, where: Array, values: Array, reduction: str) -> None:
    """Updates ``target[where]`` row by row, in order, so that repeated rows accumulate.

    Every update rounds to the element type; integers wrap around; NaN wins.
    """
    function = REDUCTIONS[reduction]
    for place, value in zip(where.tolist(), values, strict=True):
        target[place] = value if function is None else function(target[place], value)


@dataclass(frozen=True, slots=True)
class ScatterElements(Op):
    """A copy of the data where x[i, j, ...], with the coordinate on ``axis`` replaced by
    indices[i, j, ...], takes updates[i, j, ...], by the ``reduction``.

    An index out of range is ignored. Updates of the same place happen in row-major order.
    """

    effort_each: ClassVar[int] = 100

    axis: int = 0
    reduction: str = "none"

    def infer(self, x: TensorType, indices: TensorType,  # type: ignore[override]
              updates: TensorType) -> tuple[TensorType]:
        """The type of the data."""
        self.require(0 <= self.axis < x.rank, "axis", f"0 to {x.rank - 1}", self.axis)
        self.require(self.reduction in REDUCTIONS, "reduction", " or ".join(REDUCTIONS),
                     self.reduction)
        self.require(indices.dtype in INDEX_TYPES and indices.rank == x.rank, "indices",
                     f"i32 or i64 of rank {x.rank}", indices)
        fits = all(i <= d for axis, (i, d) in enumerate(zip(indices.shape, x.shape, strict=True))
                   if axis != self.axis)
        self.require(fits, "indices", f"at most {x.shape} but for axis {self.axis}", indices)
        self.require(updates.shape == indices.shape and updates.dtype is x.dtype, "updates",
                     f"{x.dtype.short} of shape {indices.shape}", updates)
        return (x,)

    def reference(self, x: Array, indices: Array, updates: Array) -> tuple[Array]:  # type: ignore[override]
        """Flat places of all updates in range, one after the other."""
        result = x.copy()
        if indices.size == 0 or x.size == 0:
            return (result,)
        index, valid = wrapped(indices, x.shape[self.axis])
        where: list[Array] = list(np.indices(indices.shape))
        where[self.axis] = index
        place = np.ravel_multi_index(tuple(w[valid] for w in where), x.shape)
        combine(result.reshape(-1), place, updates[valid], self.reduction)
        return (result,)


@dataclass(frozen=True, slots=True)
class ScatterND(Op):
    """A copy of the data where the slice at each coordinate tuple takes its update.

    The last axis of the indices holds one coordinate tuple. A tuple out of range is ignored.
    Updates of the same slice happen in row-major order.
    """

    effort_each: ClassVar[int] = 100

    reduction: str = "none"

    def infer(self, x: TensorType, indices: TensorType,  # type: ignore[override]
              updates: TensorType) -> tuple[TensorType]:
        """The type of the data."""
        self.require(self.reduction in REDUCTIONS, "reduction", " or ".join(REDUCTIONS),
                     self.reduction)
        self.require(indices.dtype in INDEX_TYPES and indices.rank >= 1, "indices",
                     "i32 or i64 with at least one axis", indices)
        depth = indices.shape[-1]
        self.require(depth <= x.rank, "indices", f"at most {x.rank} coordinates", depth)
        shape = indices.shape[:-1] + x.shape[depth:]
        self.require(updates.shape == shape and updates.dtype is x.dtype, "updates",
                     f"{x.dtype.short} of shape {shape}", updates)
        return (x,)

    def reference(self, x: Array, indices: Array, updates: Array) -> tuple[Array]:  # type: ignore[override]
        """Rows of the flattened data, one after the other."""
        result = x.copy()
        depth = indices.shape[-1]
        row, valid = flat_rows(indices, x.shape[:depth])
        if x.size and updates.size:
            slices = updates.reshape((*row.shape, -1))
            rows = result.reshape(int(np.prod(x.shape[:depth], dtype=np.int64)), -1)
            combine(rows, row[valid], slices[valid], self.reduction)
        return (result,)


@dataclass(frozen=True, slots=True)
class TensorScatter(Op):
    """A copy of a cache with an update written along ``axis`` from a position for each batch.

    Positions come in the third input (0 if absent). ``circular``: they wrap around; otherwise what
    falls outside the cache is ignored.
    """

    effort_each: ClassVar[int] = 100

    axis: int
    circular: bool = False

    def infer(self, cache: TensorType, update: TensorType,  # type: ignore[override]
              start: TensorType | None = None) -> tuple[TensorType]:
        """The type of the cache."""
        self.require(0 < self.axis < cache.rank, "axis", f"1 to {cache.rank - 1}", self.axis)
        like = all(u == c if i != self.axis else u <= c for i, (u, c) in
                   enumerate(zip(update.shape, cache.shape, strict=False)))
        self.require(like and update.rank == cache.rank and update.dtype is cache.dtype, "update",
                     f"{cache} or shorter on axis {self.axis}", update)
        self.require(start is None or (start.dtype in INDEX_TYPES
                                       and start.shape == cache.shape[:1]),
                     "write_indices", f"i32 or i64 of shape {cache.shape[:1]}", start)
        return (cache,)

    def reference(self, cache: Array, update: Array,  # type: ignore[override]
                  start: Array | None = None) -> tuple[Array]:
        """One batch after the other."""
        result = cache.copy()
        extent, steps = cache.shape[self.axis], np.arange(update.shape[self.axis])
        for batch in range(cache.shape[0]):
            first = 0 if start is None else int(start[batch])
            if self.circular:
                place = (steps + first % max(extent, 1)) % max(extent, 1)
            else:
                place = steps + min(max(first, -len(steps)), extent)
            valid = (place >= 0) & (place < extent)
            target = np.moveaxis(result[batch], self.axis - 1, 0)
            target[place[valid]] = np.moveaxis(update[batch], self.axis - 1, 0)[valid]
        return (result,)
