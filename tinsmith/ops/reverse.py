"""ReverseSequence: the head of each sequence backwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.gather import INDEX_TYPES


@dataclass(frozen=True, slots=True)
class ReverseSequence(Op):
    """The first ``lengths[b]`` places on ``time_axis`` come backwards, for each b of the batch.

    A length below 0 counts as 0, a length beyond the extent as the extent.
    """

    batch_axis: int
    time_axis: int

    def infer(self, x: TensorType, lengths: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The type of the data."""
        self.require(x.rank >= 2 and sorted((self.batch_axis, self.time_axis)) == [0, 1],
                     "axes", "0 and 1", f"{self.batch_axis} and {self.time_axis} of {x}")
        self.require(lengths.dtype in INDEX_TYPES
                     and lengths.shape == (x.shape[self.batch_axis],), "sequence_lens",
                     f"i32 or i64 of shape ({x.shape[self.batch_axis]},)", lengths)
        return (x,)

    def reference(self, x: Array, lengths: Array) -> tuple[Array]:  # type: ignore[override]
        """The source place of every place, then numpy.take_along_axis."""
        extent = x.shape[self.time_axis]
        length = np.clip(lengths, 0, extent).astype(np.int64)[:, None]
        place = np.arange(extent)[None, :]
        source = np.where(place < length, length - 1 - place, place)
        if self.time_axis == 0:
            source = source.T
        source = source.reshape(source.shape + (1,) * (x.ndim - 2))
        return (np.take_along_axis(x, source, self.time_axis),)
