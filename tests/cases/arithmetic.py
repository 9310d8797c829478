"""Arithmetic on floats and integers, with the ends of every integer type."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.dtypes import Array
from tinsmith.ops import arithmetic as ops

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = {"float32": 2e-6, "float64": 1e-14, "float16": 1e-3, "bfloat16": 8e-3}
BINARY = (ops.Add(), ops.Sub(), ops.Mul(), ops.Div(), ops.Mod(), ops.Mod(fmod=True), ops.Min(),
          ops.Max())
UNARY = (ops.Neg(), ops.Abs(), ops.Sign())
POSITIVE = (ops.Sqrt(), ops.Log(), ops.Reciprocal())
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 7.0, np.inf, -np.inf, np.nan], np.float32)


def pairs(dtype: str) -> tuple[Array, Array]:
    """Ends, small numbers and random ones against each other."""
    limits = np.iinfo(dtype)
    ends = [limits.min, limits.min + 1, 0, 1, 2, 3, 7, limits.max - 1, limits.max]
    ends += [-1, -2, -3] if limits.min < 0 else []
    drawn = np.random.default_rng(0).integers(limits.min, limits.max, 20, dtype, endpoint=True)
    values = np.concatenate([np.array(ends, dtype), drawn])
    return values[:, None], values[None, :]


def _floats(dtype: str, tolerance: float) -> tuple[Case, ...]:
    a = random(3, 5, 7, low=-4, high=4, dtype=dtype)
    b = random(5, 7, low=-3, high=3, seed=1, dtype=dtype)
    positive = random(3, 5, 7, low=0.01, high=9, dtype=dtype)
    return (
        *(Case(f"{op.name.lower()}_{dtype}_{i}", op, (a, b), tolerance=tolerance)
          for i, op in enumerate(BINARY)),
        *(Case(f"{op.name.lower()}_{dtype}", op, (a,)) for op in UNARY),
        *(Case(f"{op.name.lower()}_{dtype}", op, (positive,), tolerance=tolerance)
          for op in POSITIVE),
        *(Case(f"{op.name.lower()}_{dtype}", op, (a,), tolerance=tolerance)
          for op in (ops.Exp(), ops.Erf())),
        Case(f"pow_{dtype}", ops.Pow(), (positive, b), tolerance=tolerance),
    )


CASES = (
    *(case for dtype, tolerance in FLOATS.items() for case in _floats(dtype, tolerance)),
    *(Case(f"{op.name.lower()}_{dtype}_{i}", op, pairs(dtype))
      for dtype in INTEGERS for i, op in enumerate(BINARY)),
    *(Case(f"{op.name.lower()}_{dtype}", op, pairs(dtype)[:1])
      for dtype in INTEGERS for op in UNARY),
    *(Case(f"pow_{dtype}", ops.Pow(), pairs(dtype)) for dtype in INTEGERS),
    *(Case(f"{op.name.lower()}_special_{i}", op, (SPECIAL[:, None], SPECIAL), tolerance=1e-6)
      for i, op in enumerate(BINARY)),
    *(Case(f"{op.name.lower()}_special", op, (SPECIAL,), tolerance=1e-6)
      for op in (*UNARY, *POSITIVE, ops.Exp(), ops.Erf())),
    *(Case(f"pow_by_{i}", ops.Pow(), (random(4, 9, low=0.1, high=3), np.float32([exponent])),
           weights=(1,), tolerance=2e-6)
      for i, exponent in enumerate((0.0, 1.0, 2.0, 3.0, 4.0, 0.5, -0.5, -1.0, -2.0, 1.7))),
    Case("pow_f32_i64", ops.Pow(), (random(4, 9, low=-3, high=3),
                                    random(9, dtype="int64", low=-3, high=5)), tolerance=2e-6),
    Case("pow_f32_f64", ops.Pow(), (random(4, 9, low=0, high=3),
                                    random(9, dtype="float64", low=-3, high=5)), tolerance=2e-6),
    Case("pow_i32_f32", ops.Pow(), (random(4, 9, dtype="int32", low=-9, high=9),
                                    random(9, low=-3, high=12))),
    Case("pow_i64_u8", ops.Pow(), (random(4, 9, dtype="int64", low=-9, high=9),
                                   random(9, dtype="uint8", low=0, high=40))),
    Case("add_scalar_weight", ops.Add(), (random(4, 9), np.float32(2.5)), weights=(1,)),
    Case("add_channels", ops.Add(), (random(2, 8, 5, 3), random(8, 1, 1, seed=1)), weights=(1,)),
    Case("mul_outer", ops.Mul(), (random(4, 1, 5, 1), random(3, 1, 7, seed=1))),
    Case("sub_rank0", ops.Sub(), (random(), random(seed=1))),
    Case("add_empty", ops.Add(), (random(3, 0, 4), random(4, seed=1))),
    Case("add_empty_broadcast", ops.Add(), (random(1, 0), random(3, 1, seed=1))),
    Case("mul_itself", ops.Mul(), (random(3, 5), random(3, 5))),
    Case("add_large", ops.Add(), (random(3, 30000), random(3, 1, seed=1))),
    Case("add_large_rows", ops.Add(), (random(300, 300), random(300, seed=1))),
    Case("add_many_axes", ops.Add(), (random(2, 1, 3, 1, 2, 1, 3, 1),
                                      random(1, 3, 1, 2, 1, 3, 1, 2, seed=1))),
)
