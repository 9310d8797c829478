"""Reductions over axes: ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceProd, norms and logs.

Halves accumulate in float32. Integers wrap around in sums and products; where a float function is
in between (L2, LogSum, LogSumExp), integers compute in float64, and the result is cut towards zero
and clamped to the type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class Reduce(Op):
    """Base: ``axes`` counted from the front, in order; ``keepdims``: they stay with extent 1.

    Without axes, each element is reduced by itself.
    """

    axes: tuple[int, ...]
    keepdims: bool = True

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The shape without the axes, or with 1 for each of them."""
        self.require(all(0 <= axis < x.rank for axis in self.axes)
                     and sorted(set(self.axes)) == list(self.axes),
                     "axes", f"ascending ones from 0 to {x.rank - 1}", self.axes)
        self.require(x.dtype is not DType.BOOL or isinstance(self, ReduceMax | ReduceMin),
                     "input", "numbers", x)
        return (TensorType(self.reduced(x.shape, self.keepdims), x.dtype),)

    def reduced(self, shape: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
        """The shape of the result."""
        return tuple(1 if i in self.axes else d for i, d in enumerate(shape)
                     if keepdims or i not in self.axes)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """Rows to reduce on the last axis, ``rows`` for the arithmetic, and the type back."""
        kept = [i for i in range(x.ndim) if i not in self.axes]
        extent = int(np.prod([x.shape[i] for i in self.axes], dtype=np.int64))
        rest = tuple(x.shape[i] for i in kept)
        moved = np.transpose(x, (*kept, *self.axes)).reshape((*rest, extent))
        moved = np.ascontiguousarray(moved)  # sums pair up, which keeps them exact
        result = self.rows(_widened(moved))
        return (_narrowed(result, x.dtype).reshape(self.reduced(x.shape, self.keepdims)),)

    def rows(self, x: Array) -> Array:
        """The reduction over the last axis, of float32, float64, or 64-bit integers."""
        raise NotImplementedError


def _widened(x: Array) -> Array:
    """The type to accumulate in."""
    if x.dtype in (np.float64, np.float32, np.bool_):
        return x
    if x.dtype.kind == "u":
        return x.astype(np.uint64)
    return x.astype(np.int64) if x.dtype.kind == "i" else x.astype(np.float32)


def _narrowed(x: Array, dtype: np.dtype[Any]) -> Array:
    """Back to the element type: wraps integers, cuts floats towards zero within the type."""
    if x.dtype.kind == "f" and dtype.kind in "iu":
        info = np.iinfo(dtype)
        return np.array([min(max(int(v), info.min), info.max) if np.isfinite(v)
                         else (0 if np.isnan(v) else info.max if v > 0 else info.min)
                         for v in x.reshape(-1).tolist()], dtype).reshape(x.shape)
    return x.astype(dtype)


def _real(x: Array) -> Array:
    """Integers as float64."""
    return x.astype(np.float64) if x.dtype.kind in "iu" else x


@dataclass(frozen=True, slots=True)
class ReduceSum(Reduce):
    """Sum; 0 of nothing."""

    approximate: ClassVar[bool] = True

    def rows(self, x: Array) -> Array:
        """numpy.sum."""
        return np.asarray(x.sum(-1, dtype=x.dtype))


@dataclass(frozen=True, slots=True)
class ReduceMean(Reduce):
    """Mean; integers are cut towards zero; of nothing: NaN, integers 0."""

    approximate: ClassVar[bool] = True

    def rows(self, x: Array) -> Array:
        """The sum divided by the count."""
        total, count = x.sum(-1, dtype=x.dtype), x.shape[-1]
        if x.dtype.kind == "f":
            return np.asarray(total / x.dtype.type(count))
        if count == 0:
            return np.zeros_like(total)
        if x.dtype.kind == "u":
            return np.asarray(total // np.uint64(count))
        return np.asarray(np.sign(total) * (np.abs(total) // count))


@dataclass(frozen=True, slots=True)
class ReduceMax(Reduce):
    """Maximum, NaN if one is there; of nothing the lowest value of the type (-inf, false)."""

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.maximum.reduce."""
        return (_extreme(self, x, np.maximum, lowest=True),)


@dataclass(frozen=True, slots=True)
class ReduceMin(Reduce):
    """Minimum, NaN if one is there; of nothing the highest value of the type (inf, true)."""

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.minimum.reduce."""
        return (_extreme(self, x, np.minimum, lowest=False),)


def _extreme(op: Reduce, x: Array, choose: np.ufunc, lowest: bool) -> Array:
    dtype = DType.of(x)
    if dtype is DType.BOOL:
        start: Any = not lowest
    elif dtype.is_float:
        start = -np.inf if lowest else np.inf
    else:
        start = np.iinfo(x.dtype).min if lowest else np.iinfo(x.dtype).max
    wide = x.astype(np.float32) if dtype in (DType.F16, DType.BF16) else x
    result = choose.reduce(wide, axis=op.axes, keepdims=op.keepdims,
                           initial=wide.dtype.type(start))
    return np.asarray(result, x.dtype)


@dataclass(frozen=True, slots=True)
class ReduceProd(Reduce):
    """Product; 1 of nothing."""

    approximate: ClassVar[bool] = True

    def rows(self, x: Array) -> Array:
        """numpy.prod."""
        return np.asarray(x.prod(-1, dtype=x.dtype))


@dataclass(frozen=True, slots=True)
class ReduceL1(Reduce):
    """Sum of magnitudes."""

    approximate: ClassVar[bool] = True

    def rows(self, x: Array) -> Array:
        """numpy.sum of numpy.abs."""
        return np.asarray(np.abs(x).sum(-1, dtype=x.dtype))


@dataclass(frozen=True, slots=True)
class ReduceL2(Reduce):
    """Square root of the sum of squares."""

    approximate: ClassVar[bool] = True

    def rows(self, x: Array) -> Array:
        """numpy.sqrt of numpy.sum."""
        return np.asarray(np.sqrt(np.square(_real(x)).sum(-1)))


@dataclass(frozen=True, slots=True)
class ReduceSumSquare(Reduce):
    """Sum of squares."""

    approximate: ClassVar[bool] = True

    def rows(self, x: Array) -> Array:
        """numpy.sum of numpy.square."""
        return np.asarray(np.square(x).sum(-1, dtype=x.dtype))


@dataclass(frozen=True, slots=True)
class ReduceLogSum(Reduce):
    """Logarithm of the sum."""

    approximate: ClassVar[bool] = True

    def jumps(self, operand: int) -> bool:
        """Where the sum is 0."""
        return True

    def rows(self, x: Array) -> Array:
        """numpy.log of numpy.sum."""
        return np.asarray(np.log(_real(x).sum(-1)))


@dataclass(frozen=True, slots=True)
class ReduceLogSumExp(Reduce):
    """Logarithm of the sum of exponentials; the maximum is taken out, so that nothing overflows."""

    approximate: ClassVar[bool] = True

    def rows(self, x: Array) -> Array:
        """log(sum(exp(x - max))) + max."""
        x = _real(x)
        top = x.max(-1, keepdims=True, initial=-np.inf)
        shift = np.where(np.isfinite(top), top, x.dtype.type(0))
        return np.asarray(np.log(np.exp(x - shift).sum(-1)) + shift[..., 0])
