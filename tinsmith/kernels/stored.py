"""How float operands lie in memory (``stored.h``): as float32, bfloat16 or float16."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ops.cast import convert

NAMES: Mapping[DType, str] = {
    DType.F32: "TIN_F32", DType.BF16: "TIN_BF16", DType.F16: "TIN_F16"}
STORED: Mapping[DType, str] = {dtype: NAMES[dtype] for dtype in (DType.F32, DType.BF16)}
"""Those that ``stored_store`` writes."""

PROBED = 256  # elements that tell most arrays of float32 at once


def as_halves(array: Array) -> Array | None:
    """A float32 array in a half type that holds every number of it exactly; None: neither does."""
    if array.dtype != np.float32:
        return None
    flat = array.reshape(-1)
    for dtype in (DType.F16, DType.BF16):
        if _holds(dtype, flat[:PROBED]) and _holds(dtype, flat):
            return convert(array, dtype)
    return None


def _holds(dtype: DType, flat: Array) -> bool:
    with np.errstate(over="ignore"):
        return bool((convert(flat, dtype).astype(np.float32) == flat).all())
