"""Softmax, LogSoftmax, Hardmax, LpNormalization."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.ops.lp_normalization import LpNormalization
from tinsmith.ops.softmax import Hardmax, LogSoftmax, Softmax

LARGE = random(3, 50, low=-1000, high=1000)
ZEROS = np.where(random(4, 1, 5) > 0, random(4, 6, 5), 0).astype(np.float32)

CASES = (
    Case("softmax_row", Softmax(1), (random(1, 1000, low=-9, high=9),), tolerance=1e-5),
    Case("softmax_rows", Softmax(2), (random(2, 3, 37),), tolerance=1e-5),
    Case("softmax_channels", Softmax(1), (random(2, 21, 9, 11),), tolerance=1e-5),
    Case("softmax_first", Softmax(0), (random(5, 3),), tolerance=1e-5),
    Case("softmax_large", Softmax(1), (LARGE,), tolerance=1e-5),
    Case("softmax_one", Softmax(1), (random(4, 1),), tolerance=1e-6),
    Case("softmax_empty", Softmax(1), (random(0, 4),)),
    Case("softmax_empty_axis", Softmax(1), (random(3, 0),)),
    Case("softmax_f64", Softmax(1), (random(3, 5, 4, dtype="float64"),), tolerance=1e-13),
    Case("softmax_f16", Softmax(1), (random(3, 50, dtype="float16"),), tolerance=1e-3),
    Case("softmax_bf16", Softmax(1), (random(3, 5, 70, dtype="bfloat16"),), tolerance=8e-3),
    Case("log_softmax_row", LogSoftmax(1), (random(1, 100, low=-9, high=9),), tolerance=1e-5),
    Case("log_softmax_channels", LogSoftmax(1), (random(2, 21, 9),), tolerance=1e-5),
    Case("log_softmax_large", LogSoftmax(1), (LARGE,), tolerance=1e-5),
    Case("log_softmax_f64", LogSoftmax(0), (random(3, 5, dtype="float64"),), tolerance=1e-13),
    Case("hardmax_row", Hardmax(1), (random(3, 100),)),
    Case("hardmax_ties", Hardmax(1), (np.round(random(3, 20, 70) * 3),)),
    Case("hardmax_f16", Hardmax(0), (random(5, 3, dtype="float16"),)),
    Case("lp_normalization_2", LpNormalization(1), (random(3, 100),), tolerance=1e-5),
    Case("lp_normalization_1", LpNormalization(1, 1), (random(3, 10, 70),), tolerance=1e-5),
    Case("lp_normalization_zero", LpNormalization(1), (ZEROS,), tolerance=1e-5),
    Case("lp_normalization_f64", LpNormalization(0), (random(3, 5, dtype="float64"),),
         tolerance=1e-13),
    Case("lp_normalization_f16", LpNormalization(1), (random(3, 5, dtype="float16"),),
         tolerance=1e-3),
)
