"""Trilu: a triangle of each matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class Trilu(Op):
    """Keeps what is on or above (``upper``) or below diagonal ``k`` of the last two axes."""

    k: int = 0
    upper: bool = True

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The type of the input."""
        self.require(x.rank >= 2, "input", "matrices", x)
        return (x,)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """A mask from row and column."""
        diagonal = np.arange(x.shape[-1])[None, :] - np.arange(x.shape[-2])[:, None]
        keep = diagonal >= self.k if self.upper else diagonal <= self.k
        return (np.where(keep, x, np.zeros((), x.dtype)),)
