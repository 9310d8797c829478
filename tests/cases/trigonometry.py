"""Trigonometric and hyperbolic functions and their inverses."""

from tests.cases.case import Case, random
from tinsmith.ops import trigonometry as ops

TOLERANCES = {"float32": 1e-6, "float64": 1e-14, "float16": 1e-3, "bfloat16": 8e-3}
ALL = (ops.Sin(), ops.Cos(), ops.Tan(), ops.Asin(), ops.Acos(), ops.Atan(), ops.Sinh(), ops.Cosh(),
       ops.Asinh(), ops.Atanh())

CASES = (
    *(Case(f"{op.name.lower()}_{dtype}", op, (random(3, 7, dtype=dtype, low=-0.99, high=0.99),),
           tolerance=tolerance)
      for op in ALL for dtype, tolerance in TOLERANCES.items()),
    *(Case(f"acosh_{dtype}", ops.Acosh(), (random(3, 7, dtype=dtype, low=1, high=9),),
           tolerance=tolerance)
      for dtype, tolerance in TOLERANCES.items()),
    Case("sin_far", ops.Sin(), (random(3, 7, low=-1000, high=1000),), tolerance=1e-6),
)
