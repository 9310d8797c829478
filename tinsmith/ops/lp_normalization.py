"""LpNormalization: each element divided by the p-norm along one axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import TensorType
from tinsmith.ops.along_axis import AlongAxis
from tinsmith.ops.precision import wide


@dataclass(frozen=True, slots=True)
class LpNormalization(AlongAxis):
    """x / (sum of |x|^p) ^ (1 / p), 0 where that sum is 0. ``p`` is 1 or 2."""

    approximate: ClassVar[bool] = True

    p: int = 2

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The type of x."""
        self.require(self.p in (1, 2), "p", "1 or 2", self.p)
        return AlongAxis.infer(self, x)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """As the formula says."""
        values = wide(x)
        if self.p == 1:
            norm = np.abs(values).sum(axis=self.axis, keepdims=True)
        else:
            norm = np.sqrt((values * values).sum(axis=self.axis, keepdims=True))
        y = np.where(norm == 0, 0, values / np.where(norm == 0, 1, norm))
        return (np.asarray(y).astype(x.dtype, copy=False),)
