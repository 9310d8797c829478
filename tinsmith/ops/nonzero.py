"""NonZero with a bound on what it finds, because shapes are static."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType

NOWHERE = np.iinfo(np.int64).min  # a place that is out of range of every tensor


@dataclass(frozen=True, slots=True)
class NonZero(Op):
    """The places where x is true, row by row, as columns of coordinates; and how many there are.

    Always ``rows`` columns: those past the places found hold ``NOWHERE``, so that reads there give
    0 and writes are ignored; places past ``rows`` are dropped, but counted.
    """

    rows: int

    def infer(self, x: TensorType) -> tuple[TensorType, TensorType]:  # type: ignore[override]
        """Coordinates (axes, rows), and a number."""
        self.require(x.dtype is DType.BOOL and x.rank > 0, "x", "bools with an axis", x)
        self.require(self.rows >= 0, "rows", "no negative number", self.rows)
        return TensorType((x.rank, self.rows), DType.I64), TensorType((), DType.I64)

    def reference(self, x: Array) -> tuple[Array, Array]:  # type: ignore[override]
        """numpy.nonzero, cut or filled."""
        found = np.array(np.nonzero(x), np.int64).reshape(x.ndim, -1)
        places = np.full((x.ndim, self.rows), NOWHERE)
        kept = min(self.rows, found.shape[1])
        places[:, :kept] = found[:, :kept]
        return places, np.array(found.shape[1], np.int64)
