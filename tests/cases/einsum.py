"""Einsum."""

from tests.cases.case import Case, random
from tinsmith.ops.einsum import Einsum

CASES = (
    Case("einsum_diagonal", Einsum(("ii",), "i"), (random(5, 5),), tolerance=1e-5),
    Case("einsum_trace", Einsum(("ii",), ""), (random(5, 5),), tolerance=1e-5),
    Case("einsum_sum", Einsum(("ij",), "j"), (random(5, 7),), tolerance=1e-5),
    Case("einsum_transpose", Einsum(("abc",), "cab"), (random(2, 3, 4),)),
    Case("einsum_outer", Einsum(("i", "j"), "ij"), (random(5), random(3, seed=1)),
         tolerance=1e-5),
    Case("einsum_stretch", Einsum(("ij", "jk"), "ik"), (random(4, 1), random(6, 3, seed=1)),
         tolerance=1e-5),
    Case("einsum_sum_apart", Einsum(("ij", "jk"), "i"), (random(4, 6), random(6, 3, seed=1)),
         tolerance=1e-5),
    Case("einsum_diagonal_product", Einsum(("iij", "jk"), "ki"),
         (random(4, 4, 5), random(5, 3, seed=1)), tolerance=1e-5),
    Case("einsum_i32", Einsum(("ij", "ij"), "i"),
         (random(4, 5, dtype="int32", low=-99, high=99),
          random(4, 5, dtype="int32", seed=1, low=-99, high=99))),
    Case("einsum_u8", Einsum(("ij", "jk"), "ik"),
         (random(4, 5, dtype="uint8", low=0, high=255),
          random(5, 3, dtype="uint8", seed=1, low=0, high=255))),
    Case("einsum_f16", Einsum(("ij", "ik"), "jk"),
         (random(4, 5, dtype="float16"), random(4, 3, dtype="float16", seed=1)), tolerance=1e-3),
    Case("einsum_empty", Einsum(("ij", "jk"), "ik"), (random(4, 0), random(0, 3, seed=1))),
)
