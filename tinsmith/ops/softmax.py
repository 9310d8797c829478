"""Softmax, LogSoftmax, Hardmax: the share of each element along one axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ops.along_axis import AlongAxis
from tinsmith.ops.precision import wide


@dataclass(frozen=True, slots=True)
class Softmax(AlongAxis):
    """e^x / sum(e^x)."""

    approximate: ClassVar[bool] = True

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """With the maximum subtracted first."""
        if not x.size:
            return (x,)
        values = wide(x)
        e = np.exp(values - values.max(axis=self.axis, keepdims=True))
        return ((e / e.sum(axis=self.axis, keepdims=True)).astype(x.dtype, copy=False),)


@dataclass(frozen=True, slots=True)
class LogSoftmax(AlongAxis):
    """x - log(sum(e^x))."""

    approximate: ClassVar[bool] = True

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """With the maximum subtracted first."""
        if not x.size:
            return (x,)
        values = wide(x)
        shifted = values - values.max(axis=self.axis, keepdims=True)
        total = np.log(np.exp(shifted).sum(axis=self.axis, keepdims=True))
        return ((shifted - total).astype(x.dtype, copy=False),)


@dataclass(frozen=True, slots=True)
class Hardmax(AlongAxis):
    """1 at the first largest element, 0 elsewhere."""

    def jumps(self, operand: int) -> bool:
        """Where two elements are equal."""
        return True

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """One-hot of the argmax."""
        if not x.size:
            return (x,)
        y = np.zeros_like(x)
        best = np.expand_dims(wide(x).argmax(axis=self.axis), self.axis)
        np.put_along_axis(y, best, x.dtype.type(1), self.axis)
        return (y,)
