"""TopK, ArgMax, ArgMin, CumSum, CumProd, NonMaxSuppression, Det."""

import ml_dtypes
import numpy as np

from tests.cases.case import Case, random
from tests.cases.move import typed
from tinsmith.ops.cumulate import CumProd, CumSum
from tinsmith.ops.det import Det
from tinsmith.ops.nms import NonMaxSuppression
from tinsmith.ops.topk import ArgMax, ArgMin, TopK

ODD = np.array([[3, np.nan, -0.0, 0.0, np.inf, 3, -np.inf, np.nan, 1],
                [-1, -np.inf, -np.inf, -5, -1, -1, -2, -np.inf, -9]], np.float32)


def boxes(count, seed=0):
    corners = random(2, count, 4, seed=seed, low=0, high=1)
    corners[..., 2:] = corners[..., :2] + 0.3 * corners[..., 2:]
    return corners


SCORES = random(2, 3, 40, low=0, high=1, seed=5)

CASES = (
    Case("topk_middle", TopK(3, 1), (random(4, 7, 5),)),
    Case("topk_all", TopK(9, 1), (ODD,)),
    Case("topk_smallest", TopK(5, 1, False), (ODD,)),
    Case("topk_values", TopK(2, 0), (random(9, 3),), outputs=(0,)),
    Case("topk_places", TopK(2, 0), (random(9, 3),), outputs=(1,)),
    Case("topk_ties", TopK(20, 0), (typed("uint8", 60) % 5,)),
    Case("topk_ties_smallest", TopK(20, 0, False), (typed("uint8", 60) % 5,)),
    Case("topk_i64", TopK(3, 0), (np.array([5, -2**63, 2**63 - 1, 0, 2**63 - 1]),)),
    Case("topk_u64", TopK(3, 0, False), (np.array([5, 2**64 - 1, 0, 3], np.uint64),)),
    Case("topk_f64", TopK(4, 0), (random(30, dtype="float64"),)),
    Case("topk_f16", TopK(4, 0), (typed("float16", 30),)),
    Case("topk_none", TopK(0, 0), (random(3),)),
    Case("topk_empty", TopK(1, 0), (random(3, 0),)),
    Case("argmax_channels", ArgMax(1), (random(2, 21, 9, 11),)),
    Case("argmax_last_axis", ArgMax(1, False), (random(5, 100),)),
    Case("argmax_odd", ArgMax(1), (ODD,)),
    Case("argmax_odd_last", ArgMax(1, True, True), (ODD,)),
    Case("argmin_odd", ArgMin(1), (ODD,)),
    Case("argmin_odd_last", ArgMin(1, True, True), (ODD,)),
    Case("argmin_u8", ArgMin(0, False, True), (typed("uint8", 90, 3) % 4,)),
    Case("argmax_bf16", ArgMax(0), (random(9, 4).astype(ml_dtypes.bfloat16),)),
    Case("argmax_i64", ArgMax(0), (typed("int64", 9, 70),)),
    Case("argmax_empty", ArgMax(0), (random(9, 0),)),
    Case("cumsum_middle", CumSum(1), (random(3, 9, 20),), tolerance=1e-6),
    Case("cumsum_exclusive", CumSum(0, True), (random(9, 17),), tolerance=1e-6),
    Case("cumsum_reverse", CumSum(1, False, True), (random(3, 9),), tolerance=1e-6),
    Case("cumsum_both", CumSum(1, True, True), (random(3, 9),), tolerance=1e-6),
    Case("cumsum_i32", CumSum(0), (np.array([2**31 - 1, 2, -7, 2**31 - 1], np.int32),)),
    Case("cumsum_f16", CumSum(0), (typed("float16", 40),)),
    Case("cumsum_empty", CumSum(0), (random(0, 3),)),
    Case("cumprod_middle", CumProd(1), (random(3, 9, 20),), tolerance=1e-6),
    Case("cumprod_both", CumProd(1, True, True), (random(3, 9),), tolerance=1e-6),
    Case("cumprod_u8", CumProd(0), (typed("uint8", 9, 2),)),
    Case("cumprod_f64", CumProd(1, True), (random(3, 9, dtype="float64"),), tolerance=1e-12),
    Case("nms_corners", NonMaxSuppression(60, 10, 0.3, 0.2), (boxes(40), SCORES)),
    Case("nms_center", NonMaxSuppression(30, 5, 0.1, None, True), (boxes(40), SCORES)),
    Case("nms_cut", NonMaxSuppression(4, 10, 0.5, 0.5), (boxes(40), SCORES)),
    Case("nms_all", NonMaxSuppression(300, 40, 1.0), (boxes(40), SCORES)),
    Case("nms_swapped", NonMaxSuppression(60, 10, 0.3, 0.2),
         (boxes(40)[..., [2, 3, 0, 1]].copy(), SCORES)),
    Case("nms_nan", NonMaxSuppression(3, 3),
         (boxes(3)[:1], np.array([[[np.nan, -np.inf, 0]]], np.float32))),
    Case("nms_none", NonMaxSuppression(0, 0), (boxes(40), SCORES)),
    Case("det_batch", Det(), (random(3, 2, 5, 5),), tolerance=1e-6),
    Case("det_singular", Det(), (np.ones((4, 4), np.float32),), tolerance=1e-6),
    Case("det_one", Det(), (random(1, 1, dtype="float64"),), tolerance=1e-12),
    Case("det_nothing", Det(), (random(2, 0, 0),)),
    Case("det_bf16", Det(), (random(3, 3).astype(ml_dtypes.bfloat16),), tolerance=1e-2),
)
