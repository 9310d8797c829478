"""Transpose: y = x with its axes in another order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class Transpose(Op):
    """Axis ``i`` of the output is axis ``perm[i]`` of the input."""

    perm: tuple[int, ...]

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The permuted shape."""
        self.require(sorted(self.perm) == list(range(x.rank)), "perm",
                     f"a permutation of {x.rank} axes", self.perm)
        return (TensorType(tuple(x.shape[axis] for axis in self.perm), x.dtype),)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.transpose."""
        return (np.transpose(x, self.perm),)
