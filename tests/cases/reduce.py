"""Reductions of every kind, over axes inside, outside and in between."""

import ml_dtypes
import numpy as np

from tests.cases.case import Case, random
from tests.cases.move import typed
from tinsmith.ops import reduce

KINDS = ("Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSum", "LogSumExp")
X = random(3, 5, 7, 37)
NONFINITE = np.array([[1, np.nan, 2], [np.inf, 1, 2], [-np.inf, -np.inf, -np.inf],
                      [np.inf, -np.inf, 0]], np.float32)


def kind(name):
    return getattr(reduce, f"Reduce{name}")


def every_kind():
    for name in KINDS:
        op = kind(name)
        x = random(3, 5, 7, 37, low=0.5, high=1.5)
        lower = name.lower()
        yield Case(f"reduce_{lower}_inner", op((2, 3)), (x,), tolerance=1e-5)
        yield Case(f"reduce_{lower}_outer", op((0, 1), False), (x,), tolerance=1e-5)
        yield Case(f"reduce_{lower}_between", op((0, 2)), (x,), tolerance=1e-5)
        yield Case(f"reduce_{lower}_single", op(()), (random(3, 4, low=0.5, high=2),),
                   tolerance=1e-5)
        yield Case(f"reduce_{lower}_empty", op((0,)), (random(0, 3),))
        yield Case(f"reduce_{lower}_nonfinite", op((1,)), (NONFINITE,), tolerance=1e-5)
        for dtype in ("float16", "float64", "int8", "int32", "int64", "uint8", "uint64"):
            yield Case(f"reduce_{lower}_{dtype}", op((0, 2), False),
                       (1 + typed(dtype, 4, 6, 5) % 9,), tolerance=1e-3 if dtype[0] == "f" else 0)


CASES = (
    *every_kind(),
    Case("reduce_all", reduce.ReduceSum((0, 1, 2, 3), False), (X,), tolerance=1e-5),
    Case("reduce_long", reduce.ReduceMean((0,)), (random(300_000, low=0, high=1),),
         tolerance=1e-6),
    Case("reduce_long_outer", reduce.ReduceSum((0,)), (random(50_000, 5, low=0, high=1),),
         tolerance=1e-6),
    Case("reduce_in_turn", reduce.ReduceSum((1, 3, 5, 7)), (random(2, 3, 2, 3, 2, 3, 2, 3),),
         tolerance=1e-5),
    Case("reduce_in_turn_outer", reduce.ReduceMax((0, 2, 4)), (random(2, 3, 2, 3, 2, 40),)),
    Case("reduce_nothing_left", reduce.ReduceSum((1,)), (random(0, 3),)),
    Case("reduce_max_bool", reduce.ReduceMax((1,)), (typed("bool", 5, 3),)),
    Case("reduce_min_bool", reduce.ReduceMin((0,)), (typed("bool", 5, 3),)),
    Case("reduce_max_bool_empty", reduce.ReduceMax((0,)), (np.zeros((0, 3), bool),)),
    Case("reduce_min_i64_empty", reduce.ReduceMin((0,)), (np.zeros((0, 3), np.int64),)),
    Case("reduce_max_i64_empty", reduce.ReduceMax((0,)), (np.zeros((0, 3), np.int64),)),
    Case("reduce_mean_negative", reduce.ReduceMean((0,)), (np.array([-3, -4, 0], np.int32),)),
    Case("reduce_l1_lowest", reduce.ReduceL1((0,)), (np.array([-128, 5], np.int8),)),
    Case("reduce_sumsquare_bf16", reduce.ReduceSumSquare((0,)),
         (random(9, 4).astype(ml_dtypes.bfloat16),), tolerance=1e-2),
    Case("reduce_l2_saturates", reduce.ReduceL2((0,)), (np.full(9, 127, np.int8),)),
    Case("reduce_scalar", reduce.ReduceSum((), False), (random(),)),
)
