"""TopK, ArgMax, ArgMin: where the largest and smallest elements are.

NaN counts as larger than every number in TopK; in ArgMax and ArgMin it wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class TopK(Op):
    """The ``k`` largest (or smallest) elements along ``axis`` in order, and their places.

    Of equal elements the first comes first.
    """

    k: int
    axis: int
    largest: bool = True

    def jumps(self, operand: int) -> bool:
        """Where two elements are equal."""
        return True

    def infer(self, x: TensorType) -> tuple[TensorType, TensorType]:  # type: ignore[override]
        """Two outputs with k places along the axis: values, and indices in i64."""
        self.require(0 <= self.axis < x.rank, "axis", f"0 to {x.rank - 1}", self.axis)
        self.require(0 <= self.k <= x.shape[self.axis], "k", f"0 to {x.shape[self.axis]}", self.k)
        shape = (*x.shape[:self.axis], self.k, *x.shape[self.axis + 1:])
        return TensorType(shape, x.dtype), TensorType(shape, DType.I64)

    def reference(self, x: Array) -> tuple[Array, Array]:  # type: ignore[override]
        """A stable sort, whose ends are swapped twice to go down and stay stable."""
        wide = x.astype(np.float32) if x.dtype.itemsize == 2 and x.dtype.kind not in "iu" else x
        if self.largest:
            order = np.flip(np.argsort(np.flip(wide, self.axis), self.axis, kind="stable"),
                            self.axis)
            order = x.shape[self.axis] - 1 - order
        else:
            order = np.argsort(wide, self.axis, kind="stable")
        index = np.take(order, np.arange(self.k), self.axis).astype(np.int64)
        return np.take_along_axis(x, index, self.axis), index


@dataclass(frozen=True, slots=True)
class ArgReduce(Op):
    """Base. The place (i64) of one element along ``axis``; of equal ones the first or the last."""

    axis: int
    keepdims: bool = True
    last: bool = False

    def jumps(self, operand: int) -> bool:
        """Where two elements are equal."""
        return True

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The shape without the axis, or with 1 for it."""
        self.require(0 <= self.axis < x.rank, "axis", f"0 to {x.rank - 1}", self.axis)
        self.require(x.shape[self.axis] > 0, "input", f"an element on axis {self.axis}", x)
        middle = (1,) if self.keepdims else ()
        return (TensorType((*x.shape[:self.axis], *middle, *x.shape[self.axis + 1:]), DType.I64),)

    def place(self, x: Array, largest: bool) -> tuple[Array]:
        """numpy.argmax or argmin, of the reversed array to find the last."""
        wide = x.astype(np.float32) if x.dtype.itemsize == 2 and x.dtype.kind not in "iu" else x
        wide = np.flip(wide, self.axis) if self.last else wide
        found = np.argmax(wide, self.axis) if largest else np.argmin(wide, self.axis)
        found = x.shape[self.axis] - 1 - found if self.last else found
        found = np.asarray(found, np.int64)
        return (np.expand_dims(found, self.axis) if self.keepdims else found,)


@dataclass(frozen=True, slots=True)
class ArgMax(ArgReduce):
    """Place of the largest element."""

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.argmax."""
        return self.place(x, True)


@dataclass(frozen=True, slots=True)
class ArgMin(ArgReduce):
    """Place of the smallest element."""

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.argmin."""
        return self.place(x, False)
