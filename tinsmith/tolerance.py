"""How far results are apart, and how far they may be: one definition for all checks.

``emit/templates/selftest.h`` holds the same in C.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType

TOLERANCE = {DType.F32: 1e-4, DType.F64: 1e-6, DType.F16: 2e-3, DType.BF16: 2e-2}
PRECISION_TOLERANCE = {"bf16": 3e-2, "f16": 2e-3, "auto": 2e-3}


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two arrays of one type are apart.

    Attributes:
        largest: floating point: the largest difference as a share of the largest magnitude that
            is wanted; integers and bool: the largest difference. Infinite: they cannot be
            compared.
        mean: floating point: the mean difference, as the same share; integers and bool: the share
            of elements that differ.
    """

    largest: float
    mean: float

    def within(self, allowed: Distance) -> bool:
        """Whether neither is more than allowed."""
        return self.largest <= allowed.largest and self.mean <= allowed.mean

    def __or__(self, other: Distance) -> Distance:
        """The larger of each."""
        return Distance(max(self.largest, other.largest), max(self.mean, other.mean))

    def __mul__(self, factor: float) -> Distance:
        """So many times as far."""
        return Distance(self.largest * factor, self.mean * factor)


SAME = Distance(0.0, 0.0)
UNLIKE = Distance(math.inf, math.inf)


def distance(got: Array, want: Array) -> Distance:
    """How far ``got`` is from ``want``.

    ``UNLIKE`` when shape, type, or the places of NaN and infinities differ.
    """
    if got.shape != want.shape or got.dtype != want.dtype:
        return UNLIKE
    if np.array_equal(got, want):
        return SAME
    if not DType.of(want).is_float:
        differ = got != want
        return Distance(_largest_step(got[differ], want[differ]), float(differ.mean()))
    a, b = got.astype(np.float64), want.astype(np.float64)
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True) or not np.isfinite(
            a[finite]).all():
        return UNLIKE
    if not finite.any():
        return SAME
    scale = max(1e-30, float(np.abs(b[finite]).max()))
    apart = np.abs(a[finite] - b[finite])
    return Distance(float(apart.max()) / scale, float(apart.sum()) / want.size / scale)


def _largest_step(got: Array, want: Array) -> float:
    """The largest difference of integers or bool that all differ."""
    if got.dtype == np.bool_:
        return 1.0
    high, low = np.maximum(got, want), np.minimum(got, want)
    with np.errstate(over="ignore"):  # the difference fits the unsigned type of the same width
        unsigned = np.dtype(f"uint{8 * got.dtype.itemsize}")
        return float((high.astype(unsigned) - low.astype(unsigned)).max())


def tolerance_of(dtype: DType, precision: str = "f32") -> float:
    """What share of the largest magnitude results of a type may be off by; 0: nothing."""
    if not dtype.is_float:
        return 0.0
    return max(TOLERANCE[dtype], PRECISION_TOLERANCE.get(precision, 0.0))


def tolerated(dtype: DType, precision: str = "f32") -> Distance:
    """The distance that is allowed for a type in any network of a precision."""
    share = tolerance_of(dtype, precision)
    return Distance(share, share)
