"""Floor, Ceil and Round."""

import numpy as np

from tests.cases.case import Case
from tinsmith.ops import rounding as ops

EVERYWHERE = ("float32", "float64", "float16", "bfloat16")
VALUES = np.array([0.0, -0.0, 0.3, -0.3, 0.5, -0.5, 0.7, 1.5, 2.5, -1.5, -2.5, 3.49999, 99.5,
                   8388607.5, 8388609.0, -16777217.0, 4503599627370495.5, np.inf, -np.inf, np.nan])

with np.errstate(over="ignore"):
    BY_TYPE = {dtype: VALUES.astype(dtype) for dtype in EVERYWHERE}

CASES = tuple(Case(f"{op.name.lower()}_{dtype}", op, (values,))
              for op in (ops.Floor(), ops.Ceil(), ops.Round())
              for dtype, values in BY_TYPE.items())
