"""Comparisons, IsNaN, IsInf and Where."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.dtypes import DType
from tinsmith.ops import comparison as ops

COMPARISONS = (ops.Equal(), ops.Less(), ops.LessOrEqual(), ops.Greater(), ops.GreaterOrEqual())
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 5.5, np.inf, -np.inf, np.nan])


def _where(dtype: DType) -> Case:
    return Case(f"where_{dtype.short}", ops.Where(),
                (random(4, 5, dtype="int8", low=0, high=2).astype(bool),
                 random(4, 5, low=0, high=2, seed=1).round().astype(dtype.numpy),
                 random(5, low=0, high=9, seed=2).astype(dtype.numpy)))


CASES = (
    *(Case(f"{op.name.lower()}_{dtype.short}", op,
           (random(4, 5, low=0, high=3).round().astype(dtype.numpy),
            random(5, low=0, high=3, seed=1).round().astype(dtype.numpy)))
      for op in COMPARISONS for dtype in DType),
    *(Case(f"{op.name.lower()}_special", op, (SPECIAL[:, None], SPECIAL)) for op in COMPARISONS),
    *(Case(f"isnan_{dtype}", ops.IsNaN(), (SPECIAL.astype(dtype),))
      for dtype in ("float16", "float32", "float64", "bfloat16")),
    *(Case(f"isinf_{int(negative)}{int(positive)}_{dtype}", ops.IsInf(negative, positive),
           (SPECIAL.astype(dtype),))
      for negative in (False, True) for positive in (False, True)
      for dtype in ("float16", "float32", "float64", "bfloat16")),
    *(_where(dtype) for dtype in DType),
    Case("where_mask", ops.Where(), (random(1, 1, 6, 6) > 0, random(2, 3, 6, 6),
                                     np.float32(-np.inf)), weights=(0, 2)),
)
