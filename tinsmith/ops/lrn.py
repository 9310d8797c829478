"""LRN: local response normalisation across neighbouring channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.precision import wide


@dataclass(frozen=True, slots=True)
class LRN(Op):
    """x / (bias + alpha / size * sum of squares of ``size`` channels around it) ^ beta."""

    approximate: ClassVar[bool] = True

    size: int
    alpha: float = 1e-4
    beta: float = 0.75
    bias: float = 1.0

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The type of x."""
        self.require(x.dtype.is_float, "x", "a float type", x.dtype.value)
        self.require(x.rank >= 2, "x", "at least two axes", x.shape)
        self.require(self.size >= 1, "size", "1 or more", self.size)
        return (x,)

    def effort(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """One addition for each neighbour that there is."""
        y = outputs[0]
        return y.size * min(self.size, 2 * y.shape[1])

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """One shifted addition for each neighbour."""
        values = wide(x)
        square, total = values * values, np.zeros_like(values)
        c = x.shape[1]
        for shift in range(max(1 - c, -((self.size - 1) // 2)), min(c - 1, self.size // 2) + 1):
            low, high = max(0, -shift), min(c, c - shift)
            if low < high:
                total[:, low:high] += square[:, low + shift:high + shift]
        kind = values.dtype.type
        scale = kind(self.bias) + kind(self.alpha / self.size) * total
        return ((values * scale ** kind(-self.beta)).astype(x.dtype, copy=False),)
