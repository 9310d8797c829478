"""MaxPool, AveragePool, LpPool and the global ones."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalLpPool, GlobalMaxPool
from tinsmith.ops.pool import AveragePool, LpPool, MaxPool

IMAGE = random(1, 19, 13, 11)
ONES, NONE = (1, 1), (0, 0, 0, 0)
AROUND = (1, 1, 1, 1)
TIES = np.floor(random(1, 2, 6, 6) * 2).astype(np.float32)

CASES = (
    Case("max_pool_2x2", MaxPool((2, 2), (2, 2), NONE, ONES), (random(2, 3, 8, 8),)),
    Case("max_pool_3x3", MaxPool((3, 3), (2, 2), AROUND, ONES), (IMAGE - 2,)),
    Case("max_pool_ceil", MaxPool((3, 3), (2, 2), NONE, ONES, ceil=True),
         (random(1, 4, 8, 10),)),
    Case("max_pool_dilated", MaxPool((2, 3), (1, 2), (0, 1, 1, 2), (3, 2)), (IMAGE,)),
    Case("max_pool_1d", MaxPool((3,), (1,), (1, 1), (1,)), (random(2, 3, 17),)),
    Case("max_pool_3d", MaxPool((2, 2, 2), (2, 1, 2), (0,) * 6, (1, 1, 1)),
         (random(1, 2, 5, 4, 6),)),
    Case("max_pool_u8", MaxPool((3, 3), (1, 1), AROUND, ONES),
         (random(1, 3, 7, 7, dtype="uint8", low=0, high=255),)),
    Case("max_pool_i8", MaxPool((3, 3), (2, 2), AROUND, ONES),
         (random(1, 3, 7, 7, dtype="int8", low=-128, high=127),)),
    Case("max_pool_f16", MaxPool((2, 2), (2, 2), NONE, ONES),
         (random(1, 3, 6, 6, dtype="float16"),)),
    Case("max_pool_bf16", MaxPool((2, 2), (2, 2), NONE, ONES),
         (random(1, 3, 6, 6, dtype="bfloat16"),)),
    Case("max_pool_f64", MaxPool((2, 2), (2, 2), NONE, ONES),
         (random(1, 3, 6, 6, dtype="float64"),)),
    Case("max_pool_relu", MaxPool((2, 2), (2, 2), NONE, ONES, activation=Activation("relu")),
         (IMAGE,)),
    Case("max_pool_indices", MaxPool((3, 3), (2, 2), AROUND, ONES, indices=True), (TIES,)),
    Case("max_pool_indices_column_major",
         MaxPool((2, 2), (2, 2), NONE, ONES, indices=True, column_major=True),
         (random(2, 2, 6, 5),)),
    Case("max_pool_indices_unused", MaxPool((2, 2), (2, 2), NONE, ONES, indices=True),
         (random(2, 2, 6, 5),), outputs=(0,)),
    Case("max_pool_indices_u8_3d",
         MaxPool((2, 2, 2), (1, 1, 2), (0, 0, 1, 1, 0, 0), (1, 2, 1), indices=True),
         (random(1, 2, 4, 5, 6, dtype="uint8", low=0, high=9),)),
    Case("average_pool_of_ones", AveragePool((1, 41), (1, 41), NONE, ONES),
         (np.ones((1, 3, 1, 82), np.float32),)),  # 41 * (1 / 41) is less than 1
    Case("global_average_pool_of_ones", GlobalAveragePool(), (np.ones((1, 3, 1, 41), np.float32),)),
    Case("average_pool_2x2", AveragePool((2, 2), (2, 2), NONE, ONES), (random(2, 3, 8, 8),),
         tolerance=1e-6),
    Case("average_pool_3x3", AveragePool((3, 3), (1, 1), AROUND, ONES), (IMAGE,), tolerance=1e-6),
    Case("average_pool_include", AveragePool((3, 3), (2, 2), AROUND, ONES, count_include_pad=True),
         (IMAGE,), tolerance=1e-6),
    Case("average_pool_ceil_include",
         AveragePool((3, 3), (2, 2), (0, 0, 1, 1), ONES, ceil=True, count_include_pad=True),
         (random(1, 4, 9, 10),), tolerance=1e-6),
    Case("average_pool_ceil", AveragePool((3, 3), (2, 2), NONE, ONES, ceil=True),
         (random(1, 4, 8, 10),), tolerance=1e-6),
    Case("average_pool_dilated", AveragePool((2, 2), (1, 1), (1, 0, 0, 1), (2, 3)), (IMAGE,),
         tolerance=1e-6),
    Case("average_pool_3d", AveragePool((2, 2, 2), (1, 1, 1), (1, 0, 0, 0, 1, 0), (1, 1, 1)),
         (random(1, 2, 3, 4, 5),), tolerance=1e-6),
    Case("average_pool_f16", AveragePool((3, 3), (2, 2), AROUND, ONES),
         (random(1, 3, 7, 7, dtype="float16"),), tolerance=1e-3),
    Case("average_pool_f64", AveragePool((3, 3), (2, 2), AROUND, ONES),
         (random(1, 3, 7, 7, dtype="float64"),), tolerance=1e-14),
    Case("lp_pool_1", LpPool((2, 2), (2, 2), NONE, ONES, p=1), (IMAGE,), tolerance=1e-6),
    Case("lp_pool_2", LpPool((3, 3), (2, 2), AROUND, ONES, p=2), (IMAGE,), tolerance=1e-6),
    Case("lp_pool_3", LpPool((3, 2), (1, 1), NONE, ONES, p=3), (IMAGE,), tolerance=1e-5),
    Case("lp_pool_f64", LpPool((3, 2), (1, 1), NONE, ONES, p=3),
         (random(1, 2, 5, 5, dtype="float64"),), tolerance=1e-12),
    Case("global_average_pool", GlobalAveragePool(), (random(2, 21, 7, 7),), tolerance=1e-6),
    Case("global_average_pool_1x1", GlobalAveragePool(), (random(1, 8, 1, 1),), tolerance=1e-6),
    Case("global_average_pool_relu6", GlobalAveragePool(Activation("clip", 0.0, 6.0)),
         (random(1, 8, 5, 5),), tolerance=1e-6),
    Case("global_average_pool_1d", GlobalAveragePool(), (random(1, 5, 37),), tolerance=1e-6),
    Case("global_average_pool_f16", GlobalAveragePool(), (random(1, 5, 9, 3, dtype="float16"),),
         tolerance=1e-3),
    Case("global_average_pool_bf16", GlobalAveragePool(), (random(1, 5, 9, 3, dtype="bfloat16"),),
         tolerance=8e-3),
    Case("global_average_pool_f64", GlobalAveragePool(), (random(1, 5, 9, 3, dtype="float64"),),
         tolerance=1e-14),
    Case("global_max_pool", GlobalMaxPool(), (random(2, 5, 7, 9),)),
    Case("global_max_pool_3d", GlobalMaxPool(), (random(1, 3, 3, 4, 5),)),
    Case("global_lp_pool_2", GlobalLpPool(), (random(2, 5, 7, 9),), tolerance=1e-6),
    Case("global_lp_pool_3", GlobalLpPool(p=3), (random(2, 5, 7, 9),), tolerance=1e-5),
    Case("global_no_channels", GlobalMaxPool(), (random(1, 0, 7, 9),)),
)
