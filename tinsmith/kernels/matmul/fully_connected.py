"""Float32 by constant weights of float32 or a half type: fully connected, or 1x1 over one pixel.

Weights of float32 may be stored as float16 where the request leaves that to the schedule: a layer
of few rows waits for them, and half the bytes take half the time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.conv.pack import pack_bias
from tinsmith.kernels.conv.tiles import tile
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site, plain_forms
from tinsmith.kernels.stored import NAMES
from tinsmith.kernels.work import TILED, arithmetic, read_once
from tinsmith.ops.cast import convert
from tinsmith.ops.conv import Conv
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul
from tinsmith.request import Request

VECTOR_ROW = 4
AHEAD_BYTES = 4096  # of a row's weights that are halves: conversions hide less of memory's latency
MATRIX = 2
SMALLEST, LARGEST = 2.0**-14, 65504.0  # largest weights between which float16 keeps 11 bits of them
ROUNDING = 2e-4  # of the results: the root of the mean square of what float16 takes of a number


class FullyConnected(Kernel):
    """x [M, K] by a constant [K, N], with a constant bias [N] or none."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Row-major."""
        forms = plain_forms(site)
        return [replace(forms, inputs=(
            forms.inputs[0], replace(forms.inputs[1], dtype=stored), *forms.inputs[2:]))
            for stored in _stored(site) if _serves(site, stored)]

    def cycles(self, site: Site, forms: Forms) -> float:
        """Arithmetic, or the traffic of the weights if that takes longer."""
        macs = site.op.macs(site.inputs, (site.output(),))
        return max(arithmetic(site.target, macs, share=TILED),
                   read_once(site.target, forms.inputs[1].size_bytes(site.input(1)),
                             site.request.threads))

    def lower(self, site: Site, forms: Forms) -> Call:
        """Weights as [group][k][B][lanes]."""
        op, lanes = site.op, site.target.lanes
        assert isinstance(op, Conv | Gemm | MatMul)
        stored = forms.inputs[1].dtype
        w, bias = _operands(site, stored)
        k, outputs = w.shape
        m = site.input(0).size // k
        trans_a = isinstance(op, Gemm) and op.trans_a
        vectors = -(-outputs // lanes)
        p, b = (1, min(VECTOR_ROW, vectors)) if m == 1 else tile(
            site.target, m, vectors, by_lane=not trans_a)
        groups = -(-vectors // b)
        band, chunks = bands_of_rows(m, p, groups, site.request)
        halves = stored is not DType.F32
        constants: dict[str, Constant] = {
            "stored": NAMES[stored], "m": m, "k": k, "outputs": outputs,
            "x_m": 1 if trans_a else k, "x_k": m if trans_a else 1, "y_m": outputs, "r_m": 0,
            "tile_p": p, "tile_b": b, "band_rows": band,
            "ahead": AHEAD_BYTES if halves and m == 1 else 0,
        }
        return Call(
            kernel="fully_connected", operands=(0, -1),
            weights=(packed_columns(w, b, lanes), pack_bias(bias, 1, lanes)),
            constants=(*constants.items(),
                       *epilogue(None if isinstance(op, MatMul) else op.activation)),
            chunks=chunks, rounding=0.0 if stored is site.input(1).dtype else ROUNDING)


def _stored(site: Site) -> Sequence[DType]:
    """How the weights may be stored: as they are, or lower where the request allows."""
    w = site.constant(1)
    if w is None or DType.of(w) not in NAMES or not w.size:
        return ()
    policy = site.request.numerics.policy_of((site.node.name, *site.node.origin))
    if policy != "auto" or DType.of(w) is not DType.F32 or w.ndim < MATRIX:
        return (DType.of(w),)
    fits = SMALLEST <= max(float(w.max()), -float(w.min())) <= LARGEST
    return (DType.F32, DType.F16) if fits else (DType.F32,)


def _serves(site: Site, stored: DType) -> bool:
    """Whether it computes a node of which the weights are stored so."""
    w, kind = site.constant(1), site.inputs[0]
    if w is None or kind is None or kind.dtype is not DType.F32 or not kind.size:
        return False
    halves, bias = stored is not DType.F32, site.constant(2)
    if site.has_input(2) and bias is None:
        return False
    if isinstance(site.op, Conv):  # of float32 weights a convolution is as good
        return (halves and not site.has_input(3) and site.op.group == 1
                and not any(site.op.pads) and math.prod(w.shape[2:]) == 1
                and kind.size == w.shape[1])
    if isinstance(site.op, Gemm):
        fits = bias is None or bias.size in (1, site.output().shape[1])
        return fits and not (halves and site.op.alpha != 1.0)
    return isinstance(site.op, MatMul) and w.ndim == MATRIX and kind.rank >= MATRIX


def _operands(site: Site, stored: DType) -> tuple[Array, Array]:
    """Weights [K, N] as they are stored, bias [N] in float32; alpha and beta multiplied in."""
    given, op = site.constant(1), site.op
    assert given is not None
    w = given if DType.of(given) is stored else convert(given, stored)
    factor = 1.0
    if isinstance(op, Conv):
        w = w.reshape(w.shape[:2]).T
    elif isinstance(op, Gemm):
        factor = op.beta
        w = w.T if op.trans_b else w
        w = w if op.alpha == 1.0 else w * np.float32(op.alpha)
    bias = site.constant(2)
    flat = np.zeros(1, np.float32) if bias is None else bias.reshape(-1).astype(np.float32)
    return w, np.broadcast_to(flat * np.float32(factor), (w.shape[1],)).astype(np.float32)


def bands_of_rows(m: int, p: int, groups: int, request: Request) -> tuple[int, int]:
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


KERNEL = FullyConnected()
