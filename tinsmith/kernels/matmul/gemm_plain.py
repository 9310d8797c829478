"""Gemm and MatMul, plain: any element type, any strides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tinsmith.dtypes import DType
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.float_element import float_element
from tinsmith.kernels.kernel import Call, Constant, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul

BATCH_AXES = 6
BLOCK = 512
CHUNK_PRODUCTS = 32768  # fewer are not worth a chunk


@dataclass(frozen=True, slots=True)
class Product:
    """A batched product of matrices: extents and, in elements, the strides of both sides."""

    batch: tuple[int, ...]
    m: int
    n: int
    k: int
    a_batch: tuple[int, ...]
    b_batch: tuple[int, ...]
    a_row: int
    a_step: int
    b_step: int
    b_column: int


def product_of(site: Site) -> Product:
    """The product that a Gemm or MatMul asks for."""
    op, a, b = site.op, site.input(0), site.input(1)
    if isinstance(op, Gemm):
        (m, n), k = site.output().shape, a.shape[0 if op.trans_a else 1]
        return Product((), m, n, k, (), (), *((1, m) if op.trans_a else (k, 1)),
                       *((1, k) if op.trans_b else (n, 1)))
    assert isinstance(op, MatMul)
    k = a.shape[-1]
    m = a.shape[-2] if a.rank > 1 else 1
    n = b.shape[-1] if b.rank > 1 else 1
    left, right = a.shape[:-2], b.shape[:-2]
    if math.prod(right) == 1 and b.rank > 1 and len(left) >= len(right):
        m, left, right = m * math.prod(left), (), ()
    rank = max(len(left), len(right))
    pairs = list(zip((1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right,
                     strict=True))
    batch = tuple(q if p == 1 else p for p, q in pairs)
    return Product(batch, m, n, k, _strides(left, rank, m * k), _strides(right, rank, k * n),
                   k, 1, n, 1)


def _strides(shape: Sequence[int], rank: int, matrix: int) -> tuple[int, ...]:
    """The strides along batch axes, 0 where they broadcast."""
    found = [0 if extent == 1 else math.prod(shape[i + 1:]) * matrix
             for i, extent in enumerate(shape)]
    return (0,) * (rank - len(shape)) + tuple(found)


class GemmPlain(PlainKernel):
    """A row, or part of one, at a time."""

    serves = (Gemm, MatMul)

    def accepts(self, site: Site) -> bool:
        """Up to six batch axes."""
        return max(site.input(0).rank, site.input(1).rank) <= BATCH_AXES + 2

    def lower(self, site: Site, forms: Forms) -> Call:
        """Extents and strides."""
        op, dtype = site.op, site.input(0).dtype
        p = product_of(site)
        fill = BATCH_AXES - len(p.batch)
        block = max(1, min(BLOCK, p.n))
        pieces = math.prod(p.batch) * p.m * -(-p.n // block)
        chunks = split(pieces, site.request, max(1, CHUNK_PRODUCTS // max(1, block * p.k)))
        return Call(
            kernel="gemm_plain",
            operands=(0, 1, 2 if site.has_input(2) else -1),
            constants=(
                ("batch", math.prod(p.batch)), ("m", p.m), ("n", p.n), ("k", p.k),
                ("block", block), ("chunks", chunks),
                ("extent", (1,) * fill + tuple(max(e, 1) for e in p.batch)),
                ("a_batch", (0,) * fill + p.a_batch), ("b_batch", (0,) * fill + p.b_batch),
                ("a_row", p.a_row), ("a_step", p.a_step), ("b_step", p.b_step),
                ("b_column", p.b_column), *_addend(site),
                *epilogue(op.activation if isinstance(op, Gemm) else None)),
            macros=(*arithmetic_macros(dtype), *element("W", site.input(1).dtype),
                    *element("ADDEND", site.input(2).dtype if site.has_input(2) else dtype)),
            scratch_bytes=max(64, block * 8),
            chunks=chunks,
        )


def _addend(site: Site) -> tuple[tuple[str, Constant], ...]:
    """How C (if any) lies and what both terms are multiplied by."""
    op = site.op
    if not isinstance(op, Gemm):
        return (("c_row", 0), ("c_column", 0), ("has_c", 0), ("scaled", 0), ("a_scale", 1.0),
                ("c_scale", 1.0))
    has_c = site.has_input(2) and op.beta != 0.0
    rows, columns = (1, 1, *site.input(2).shape)[-2:] if site.has_input(2) else (1, 1)
    return (
        ("c_row", columns if rows > 1 else 0), ("c_column", int(columns > 1)),
        ("has_c", int(has_c)), ("scaled", int(op.alpha != 1.0 or (has_c and op.beta != 1.0))),
        ("a_scale", op.alpha), ("c_scale", op.beta))


def arithmetic_macros(dtype: DType) -> tuple[tuple[str, str], ...]:
    """Integers compute in the unsigned type of their width, or of 32 bits if they are shorter."""
    arithmetic = None
    if not dtype.is_float:
        arithmetic = DType.U64 if dtype.size_bytes == 8 else DType.U32
    return float_element("T", dtype, arithmetic)[:4]


KERNEL = GemmPlain()
