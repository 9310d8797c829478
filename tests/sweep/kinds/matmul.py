"""Gemm, MatMul, and their integer forms."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.trial import EXACT, Single


def draw(d: Draw) -> Single:
    """A product of matrices."""
    return d.pick(gemm, gemm, matmul, matmul, matmul_integer)(d)


def gemm(d: Draw) -> Single:
    """With every way of broadcasting the third operand."""
    m, n, k = d.pick(1, d.int(1, 9), d.int(1, 40)), d.pick(1, d.int(1, 40)), d.int(1, 40)
    kind = d.pick("float32", "float32", "float32", "float64")
    turned = d.chance(0.4), d.chance(0.5)
    a = d.array((k, m) if turned[0] else (m, k), kind)
    b = d.array((n, k) if turned[1] else (k, n), kind)
    c = None if d.chance(0.3) else d.array(d.pick((n,), (1, n), (m, 1), (m, n), (1,), (1, 1), ()),
                                           kind)
    attributes = d.attributes(alpha=(None, 1.0, 0.5, -2.0), beta=(None, 1.0, 0.25, 0.0))
    return Single("Gemm", (a, b, c), attributes | {"transA": int(turned[0]),
                                                   "transB": int(turned[1])},
                  opset=d.pick(11, 13), share=5e-6)


def matmul(d: Draw) -> Single:
    """Matrices in batches that broadcast, and vectors."""
    m, n, k = d.pick(1, d.int(1, 20)), d.pick(1, d.int(1, 33)), d.int(1, 33)
    batch = d.shape(0, 3, 1, 3)
    left = tuple(1 if d.chance(0.3) else b for b in batch[d.int(0, len(batch)):])
    right = tuple(1 if d.chance(0.3) else b for b in batch[d.int(0, len(batch)):])
    a = (k,) if not left and d.chance(0.2) else (*left, m, k)
    b = (k,) if not right and d.chance(0.2) else (*right, k, n)
    kind = d.pick("float32", "float32", "float32", "float64", "int32", "int64")
    return Single("MatMul", (d.array(a, kind), d.array(b, kind)), {}, opset=d.pick(9, 13),
                  share=5e-6)


def matmul_integer(d: Draw) -> Single:
    """Bytes, with zero points for all, for rows or for columns."""
    m, n, k = d.int(1, 9), d.int(1, 20), d.int(1, 40)
    left, right = d.pick("uint8", "int8"), d.pick("uint8", "int8")
    a_zero = d.pick(None, (), (1,))
    b_zero = d.pick(None, (), (1,), (n,))
    batch = d.shape(0, 1, 1, 3)
    return Single("MatMulInteger", (
        d.array((*batch, m, k), left, True), d.array((k, n), right, True),
        None if a_zero is None else d.array(a_zero, left, True),
        None if b_zero is None else d.array(b_zero, right, True)), {}, opset=10, share=EXACT)


def square(d: Draw) -> np.ndarray:
    """A small matrix, or several."""
    n = d.int(1, 4)
    return d.array((*d.shape(0, 2, 1, 3), n, n))
