"""Cast and BitCast: other element types for the same values, or for the same bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.elementwise import ANY, HALVES, DTypes, Unary


def convert(x: Array, to: DType) -> Array:
    """``x`` as ``to``, with every case defined.

    Integers wrap. Floats to integers: truncated, saturated at the ends, NaN gives 0. To halves:
    to float32 first, then rounded to nearest even. To bool: whether it is not zero.
    """
    if to is DType.BOOL:
        return np.asarray(x != 0)
    if to in HALVES:
        return x.astype(np.float32).astype(to.numpy)
    if to.is_float or not DType.of(x).is_float:
        return x.astype(to.numpy)
    limits = np.iinfo(to.numpy)
    wide = np.trunc(x.astype(np.float64))
    inside = (wide >= float(limits.min)) & (wide < float(limits.max) + 1.0) & (
        wide <= float(limits.max))
    y = np.where(inside, wide, 0).astype(to.numpy)
    y = np.where(wide < float(limits.min), to.numpy.type(limits.min), y)
    return np.where(~inside & (wide > 0), to.numpy.type(limits.max), y)


@dataclass(frozen=True, slots=True)
class Cast(Unary):
    """x in another element type; see ``convert`` for what that means."""

    to: DType

    accepts: ClassVar[DTypes] = ANY

    def jumps(self, operand: int) -> bool:
        """To integers and bool."""
        return not self.to.is_float

    def result(self, *operands: DType) -> DType:
        """``to``."""
        return self.to

    def _formula(self, x: Array) -> Array:
        return convert(x, self.to)


@dataclass(frozen=True, slots=True)
class BitCast(Op):
    """The bits of x under another element type of the same size."""

    to: DType

    def jumps(self, operand: int) -> bool:
        """The bits are the value."""
        return True

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The same shape."""
        fits = x.dtype.size_bytes == self.to.size_bytes and self.to is not DType.BOOL
        self.require(fits, "to", f"a type of {x.dtype.size_bytes} bytes, not bool", self.to.value)
        return (TensorType(x.shape, self.to),)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy's view."""
        return (np.ascontiguousarray(x).reshape(x.shape).view(self.to.numpy),)
