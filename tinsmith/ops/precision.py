"""The element type to compute in."""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array


def wide(x: Array) -> Array:
    """The array in the type to compute in: float32 for halves, otherwise as it is."""
    return x.astype(np.float32) if x.dtype.itemsize == 2 and x.dtype.kind not in "iu" else x
