"""Gemm and MatMul."""

from tests.cases.case import Case, random
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul


def gemm(name: str, op: Gemm, a: tuple[int, ...], b: tuple[int, ...], c: tuple[int, ...] | None,
         dtype: str = "float32", tolerance: float = 1e-5, weights: bool = True) -> Case:
    """A case with seeded operands."""
    wide = 1.0 if "float" in dtype else 50.0
    operands = (random(*a, dtype=dtype, low=-wide if dtype[0] != "u" else 0, high=wide),
                random(*b, dtype=dtype, seed=1, low=-wide if dtype[0] != "u" else 0, high=wide))
    if c is not None:
        operands += (random(*c, dtype=dtype, seed=2, low=-wide if dtype[0] != "u" else 0,
                            high=wide),)
    return Case(f"gemm_{name}", op, operands, tuple(range(1, len(operands))) if weights else (),
                tolerance if "float" in dtype else 0.0)


def matmul(name: str, a: tuple[int, ...], b: tuple[int, ...], dtype: str = "float32",
           tolerance: float = 1e-5, weights: bool = False) -> Case:
    """A case with seeded operands."""
    wide = 1.0 if "float" in dtype else 100.0
    low = 0 if dtype[0] == "u" else -wide
    operands = (random(*a, dtype=dtype, low=low, high=wide),
                random(*b, dtype=dtype, seed=1, low=low, high=wide))
    return Case(f"matmul_{name}", MatMul(), operands, (1,) if weights else (),
                tolerance if "float" in dtype else 0.0)


T = True
CASES = (
    gemm("vector", Gemm(trans_b=T), (1, 300), (45, 300), (45,)),
    gemm("vector_wide", Gemm(), (1, 33), (33, 1000), (1000,)),
    gemm("vector_relu", Gemm(trans_b=T, activation=Activation("relu")), (1, 64), (10, 64), (10,)),
    gemm("matrix", Gemm(), (17, 23), (23, 31), (17, 31)),
    gemm("both_transposed", Gemm(trans_a=T, trans_b=T), (23, 17), (31, 23), None),
    gemm("a_transposed", Gemm(trans_a=T), (23, 17), (23, 31), (17, 1)),
    gemm("scaled", Gemm(alpha=0.5, beta=-2.0), (5, 7), (7, 3), (1, 3)),
    gemm("beta_zero", Gemm(beta=0.0), (5, 7), (7, 3), (1, 3)),
    gemm("scalar_c", Gemm(), (5, 7), (7, 3), ()),
    gemm("runtime", Gemm(trans_b=T), (3, 20), (6, 20), (6,), weights=False),
    gemm("nothing_to_sum", Gemm(), (3, 0), (0, 6), (6,), weights=False),
    gemm("no_rows", Gemm(), (0, 4), (4, 6), (6,)),
    gemm("f64", Gemm(alpha=0.25), (5, 7), (7, 3), (3,), dtype="float64", tolerance=1e-14),
    gemm("f16", Gemm(trans_b=T), (5, 7), (3, 7), (3,), dtype="float16", tolerance=1e-3),
    gemm("bf16", Gemm(), (5, 7), (7, 3), (3,), dtype="bfloat16", tolerance=8e-3),
    gemm("i32", Gemm(alpha=2.0), (5, 7), (7, 3), (3,), dtype="int32"),
    gemm("u64", Gemm(trans_a=T), (7, 5), (7, 3), (3,), dtype="uint64"),
    matmul("square", (16, 16), (16, 16)),
    matmul("odd", (13, 37), (37, 19)),
    matmul("weights", (2, 9, 24), (24, 40), weights=True),
    matmul("batch", (3, 5, 7), (3, 7, 4)),
    matmul("broadcast", (2, 1, 5, 7), (3, 7, 4)),
    matmul("broadcast_a", (5, 7), (4, 3, 7, 6)),
    matmul("vector_matrix", (7,), (7, 4)),
    matmul("matrix_vector", (5, 7), (7,)),
    matmul("vectors", (70,), (70,)),
    matmul("batch_vector", (3, 5, 7), (7,)),
    matmul("vector_batch", (7,), (3, 7, 5)),
    matmul("empty", (3, 0, 7), (7, 4)),
    matmul("long", (2, 5000), (5000, 3)),
    matmul("f64", (5, 7), (7, 3), dtype="float64", tolerance=1e-14),
    matmul("f16", (5, 7), (7, 3), dtype="float16", tolerance=1e-3),
    matmul("bf16", (5, 7), (7, 3), dtype="bfloat16", tolerance=8e-3),
    matmul("i32", (5, 7), (7, 3), dtype="int32"),
    matmul("i8", (5, 7), (7, 3), dtype="int8"),
    matmul("u16", (5, 7), (7, 3), dtype="uint16"),
    matmul("i64", (2, 5, 7), (2, 7, 3), dtype="int64"),
)
