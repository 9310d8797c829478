"""Element types of an operator's operands, and the one to compute in."""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array, DType

MIXED = frozenset({DType.F32, DType.F16, DType.BF16})


def wide(x: Array) -> Array:
    """The array in the type to compute in: float32 for halves, otherwise as it is."""
    return x.astype(np.float32) if x.dtype.itemsize == 2 and x.dtype.kind not in "iu" else x


def go_together(x: DType, other: DType, mixed: bool) -> bool:
    """Whether a constant of type ``other`` may meet activations of type ``x``.

    Types are alike; ``mixed``: or both are float32 or halves, whose arithmetic is float32.
    """
    return x is other or (mixed and x in MIXED and other in MIXED)
