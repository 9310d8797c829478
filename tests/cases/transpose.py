"""Transpose."""

from tests.cases.case import Case, random
from tinsmith.ops.transpose import Transpose

CASES = (
    Case("transpose_nhwc", Transpose((0, 3, 1, 2)), (random(2, 5, 7, 3),)),
    Case("transpose_scalar", Transpose(()), (random(),)),
    Case("transpose_i64", Transpose((1, 0)), (random(4, 6, dtype="int64", low=-99, high=99),)),
    Case("transpose_rank6", Transpose((5, 3, 1, 0, 2, 4)), (random(2, 3, 2, 3, 2, 3),)),
)
