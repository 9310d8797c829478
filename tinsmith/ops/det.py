"""Det: determinants of square matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class Det(Op):
    """The determinant of the last two axes, computed in float64."""

    approximate: ClassVar[bool] = True

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The other axes."""
        self.require(x.rank >= 2 and x.shape[-1] == x.shape[-2] and x.dtype.is_float, "input",
                     "square matrices of floats", x)
        return (TensorType(x.shape[:-2], x.dtype),)

    def effort(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """One multiplication for each element and row."""
        x = inputs[0]
        return x.size * (1 + x.shape[-1]) if x else 0

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.linalg.det."""
        return (np.asarray(np.linalg.det(x.astype(np.float64))).astype(x.dtype),)
