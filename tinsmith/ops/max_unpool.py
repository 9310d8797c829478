"""MaxUnpool: puts each element back where MaxPool took it from; zero elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class MaxUnpool(Op):
    """y.flat[indices] = x in a tensor of shape ``source``, put at the start of ``shape``.

    Indices count the elements of ``source``; later elements win; those outside are left out.
    """

    source: tuple[int, ...]
    shape: tuple[int, ...]

    def infer(self, x: TensorType, indices: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """``shape``."""
        self.require(indices == TensorType(x.shape, DType.I64), "indices", f"i64 {x.shape}",
                     indices)
        self.require(len(self.source) == len(self.shape) == x.rank
                     and min(self.source + self.shape, default=0) >= 0, "shape",
                     f"{x.rank} extents", self.shape)
        return (TensorType(self.shape, x.dtype),)

    def reference(self, x: Array, indices: Array) -> tuple[Array]:  # type: ignore[override]
        """A scatter, and a copy of the corner that both shapes share."""
        flat, places = np.zeros(math.prod(self.source), x.dtype), indices.reshape(-1)
        inside = (places >= 0) & (places < flat.size)
        flat[places[inside]] = x.reshape(-1)[inside]
        y = np.zeros(self.shape, x.dtype)
        corner = tuple(slice(0, min(s, t)) for s, t in zip(self.source, self.shape, strict=True))
        y[corner] = flat.reshape(self.source)[corner]
        return (y,)
