"""Gemm and MatMul of float32 by constant weights: a fully connected layer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.conv.pack import pack_bias
from tinsmith.kernels.conv.tiles import tile
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site, plain_forms
from tinsmith.kernels.work import CALL, TILED, arithmetic, instructions, read_once
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul
from tinsmith.request import Request

VECTOR_ROW = 4
PANELS = 0.65  # of the peak: its right side is copied into panels first
SCRATCH_BYTES = 64  # the kernel copies panels only of transposed operands, which we never pass


class FullyConnected(Kernel):
    """x [M, K] by a constant [K, N], with a constant bias [N] or none."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Row-major."""
        return (plain_forms(site),) if self._serves(site) else ()

    @staticmethod
    def _serves(site: Site) -> bool:
        w, kind = site.constant(1), site.inputs[0]
        if w is None or w.ndim != 2 or DType.of(w) is not DType.F32 or kind is None or (
                kind.dtype is not DType.F32 or
                not kind.size or not w.size):
            return False
        if isinstance(site.op, MatMul):
            return kind.rank >= 2
        if not isinstance(site.op, Gemm):
            return False
        c = site.constant(2)
        return not site.has_input(2) or (c is not None and c.size in (1, site.output().shape[1]))

    def cycles(self, site: Site, forms: Forms) -> float:
        """Arithmetic, or the traffic of the weights if that takes longer."""
        macs = site.op.macs(site.inputs, (site.output(),))
        return max(arithmetic(site.target, macs, share=TILED),
                   read_once(site.target, site.input(1).size_bytes, site.request.threads))

    def lower(self, site: Site, forms: Forms) -> Call:
        """Weights as [group][k][B][lanes]."""
        op, lanes = site.op, site.target.lanes
        w, bias = _operands(site)
        k, outputs = w.shape
        m = site.input(0).size // k
        trans_a = isinstance(op, Gemm) and op.trans_a
        vectors = -(-outputs // lanes)
        p, b = (1, min(VECTOR_ROW, vectors)) if m == 1 else tile(
            site.target, m, vectors, by_lane=not trans_a)
        groups = -(-vectors // b)
        band, chunks = _bands(m, p, groups, site.request)
        constants: dict[str, Constant] = {
            "m": m, "k": k, "outputs": outputs, "x_m": 1 if trans_a else k,
            "x_k": m if trans_a else 1, "y_m": outputs, "r_m": 0, "tile_p": p, "tile_b": b,
            "band_rows": band,
        }
        return Call(
            kernel="fully_connected_f32", header="gemm_f32", operands=(0, -1),
            weights=(packed_columns(w, b, lanes), pack_bias(bias, 1, lanes)),
            constants=(*constants.items(),
                       *epilogue(op.activation if isinstance(op, Gemm) else None)),
            chunks=chunks)


def _operands(site: Site) -> tuple[Array, Array]:
    """Weights [K, N] and bias [N] with alpha and beta multiplied in."""
    w, op = site.constant(1), site.op
    assert w is not None
    if not isinstance(op, Gemm):
        return w, np.zeros(w.shape[1], np.float32)
    w = (w.T if op.trans_b else w) * np.float32(op.alpha)
    bias = site.constant(2)
    flat = np.zeros(1, np.float32) if bias is None else bias.reshape(-1)
    return w, np.broadcast_to(flat * np.float32(op.beta), (w.shape[1],)).astype(np.float32)


def _bands(m: int, p: int, groups: int, request: Request) -> tuple[int, int]:
    """Rows of a band and the number of chunks."""
    wanted = 1 if request.threads == 1 else 6 * request.threads
    tiles = -(-m // p)
    parts = min(tiles, max(1, -(-wanted // groups)))
    band = min(m, -(-tiles // parts) * p)
    return band, groups * -(-m // band)


def packed_columns(w: Array, b: int, lanes: int) -> Array:
    """Weights [K, N] as [group][k][B][lanes], zero-padded; a group at a time stays in the cache."""
    k, n = w.shape
    vectors = -(-n // lanes)
    packed = np.zeros(k * vectors * lanes, w.dtype)
    for first in range(0, vectors, b):
        count = min(b, vectors - first)
        group = packed[first * k * lanes:(first + count) * k * lanes].reshape(k, count * lanes)
        columns = w[:, first * lanes:(first + count) * lanes]
        group[:, :columns.shape[1]] = columns
    return packed


class MatrixProduct(Kernel):
    """MatMul of two activations, float32."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Row-major, where at most two batch axes remain after merging."""
        if not isinstance(site.op, MatMul) or any(
                kind is None or kind.dtype is not DType.F32 or not kind.size or kind.rank < 2
                for kind in site.inputs):
            return ()
        return (plain_forms(site),) if _batches(site) is not None else ()

    def cycles(self, site: Site, forms: Forms) -> float:
        """Arithmetic at two thirds of the peak."""
        macs = site.op.macs(site.inputs, (site.output(),))
        return arithmetic(site.target, macs, share=PANELS) + instructions(site.target, 4 * CALL)

    def lower(self, site: Site, forms: Forms) -> Call:
        """The call."""
        (m, k), n = site.input(0).shape[-2:], site.input(1).shape[-1]
        batches = _batches(site)
        assert batches is not None
        lanes = site.target.lanes
        vectors = -(-n // lanes)
        p, width = tile(site.target, m, vectors, by_lane=True)
        panels = -(-vectors // width)
        counts, a_strides, b_strides, y_strides = batches
        band, chunks = _bands(m, p, panels * math.prod(counts), site.request)
        constants: dict[str, Constant] = {
            "batch0": counts[0], "batch1": counts[1], "m": m, "k": k, "n": n,
            "a_batch0": a_strides[0], "a_batch1": a_strides[1], "a_m": k, "a_k": 1,
            "b_batch0": b_strides[0], "b_batch1": b_strides[1], "b_k": n, "b_n": 1,
            "y_batch0": y_strides[0], "y_batch1": y_strides[1], "y_m": n,
            "r_batch0": 0, "r_batch1": 0, "r_m": 0, "has_bias": 0, "scale": 1.0,
            "tile_p": p, "tile_b": width, "band_rows": band,
        }
        return Call(
            kernel="matmul_f32", header="gemm_f32", operands=(0, 1, -1, -1),
            constants=(*constants.items(), *epilogue(None)),
            scratch_bytes=SCRATCH_BYTES, chunks=chunks)


Strides = tuple[int, int]


def _batches(site: Site) -> tuple[Strides, Strides, Strides, Strides] | None:
    """Extents and strides (a, b, y) of the batch as two axes; None if it takes more."""
    a, b, y = site.input(0).shape, site.input(1).shape, site.output().shape
    rank = len(y) - 2
    a_batch = (1,) * (rank - len(a) + 2) + a[:-2]
    b_batch = (1,) * (rank - len(b) + 2) + b[:-2]
    merged: list[list[int]] = []  # extent, a moves, b moves
    for extent, p, q in zip(y[:-2], a_batch, b_batch, strict=True):
        if extent == 1:
            continue
        row = [extent, int(p > 1), int(q > 1)]
        if merged and merged[-1][1:] == row[1:]:
            merged[-1][0] *= extent
        else:
            merged.append(row)
    if len(merged) > 2:
        return None
    merged = [[1, 0, 0]] * (2 - len(merged)) + merged
    (n0, a0, b0), (n1, a1, b1) = merged
    a_size, b_size, y_size = a[-2] * a[-1], b[-2] * b[-1], y[-2] * y[-1]
    return ((n0, n1),
            (a0 * a_size * (n1 if a1 else 1), a1 * a_size),
            (b0 * b_size * (n1 if b1 else 1), b1 * b_size),
            (n1 * y_size, y_size))


KERNELS = (FullyConnected(), MatrixProduct())
