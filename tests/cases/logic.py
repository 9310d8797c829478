"""Logic on truth values and on bits."""

import numpy as np

from tests.cases.arithmetic import INTEGERS, pairs
from tests.cases.case import Case, random
from tinsmith.ops import logic as ops

TRUTH = np.array([False, True])
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")

CASES = (
    *(Case(op.name.lower(), op, (TRUTH[:, None], TRUTH))
      for op in (ops.And(), ops.Or(), ops.Xor())),
    Case("not", ops.Not(), (random(3, 5) > 0,)),
    *(Case(f"{op.name.lower()}_{dtype}", op, pairs(dtype)) for dtype in INTEGERS
      for op in (ops.BitwiseAnd(), ops.BitwiseOr(), ops.BitwiseXor())),
    *(Case(f"bitwisenot_{dtype}", ops.BitwiseNot(), pairs(dtype)[:1]) for dtype in INTEGERS),
    *(Case(f"bitshift_{side}_{dtype}", ops.BitShift(side == "left"),
           (pairs(dtype)[0], np.array([0, 1, 3, 7, 8, 31, 32, 63, 64, 255], dtype)))
      for dtype in UNSIGNED for side in ("left", "right")),
)
