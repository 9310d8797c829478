"""A row of float32 by constant weights kept as halves: fully connected, or 1x1 over one pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.conv.pack import pack_bias
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site, plain_forms
from tinsmith.kernels.matmul.fully_connected_f32 import VECTOR_ROW, packed_columns
from tinsmith.kernels.stored import NAMES
from tinsmith.kernels.work import CALL, instructions, read_once
from tinsmith.ops.conv import Conv
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul

STORED = (DType.F16, DType.BF16)
MATRIX = 2


class FullyConnectedHalf(Kernel):
    """x [1, K] by a constant [K, N] of a half type, with a constant bias or none."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Row-major."""
        return (plain_forms(site),) if _serves(site) else ()

    def cycles(self, site: Site, forms: Forms) -> float:
        """The traffic of the weights."""
        return (read_once(site.target, site.input(1).size_bytes, site.request.threads)
                + instructions(site.target, CALL))

    def lower(self, site: Site, forms: Forms) -> Call:
        """Weights as [group][k][B][lanes]."""
        op, lanes = site.op, site.target.lanes
        assert isinstance(op, Conv | Gemm | MatMul)
        w, bias = _operands(site)
        k, outputs = w.shape
        vectors = -(-outputs // lanes)
        b = min(VECTOR_ROW, vectors)
        constants: dict[str, Constant] = {
            "k": k, "outputs": outputs, "tile_b": b, "stored": NAMES[DType.of(w)]}
        finish = epilogue(None if isinstance(op, MatMul) else op.activation)
        return Call(
            kernel="fully_connected_half", operands=(0,),
            weights=(packed_columns(w, b, lanes), pack_bias(bias, 1, lanes)),
            constants=(*constants.items(), *(f for f in finish if f[0] != "residual")),
            chunks=-(-vectors // b))


def _serves(site: Site) -> bool:
    w, kind = site.constant(1), site.inputs[0]
    if w is None or DType.of(w) not in STORED or not w.size or kind is None or (
            kind.dtype is not DType.F32):
        return False
    if site.has_input(2) and site.constant(2) is None:
        return False
    if isinstance(site.op, Conv):
        return (not site.has_input(3) and site.op.group == 1 and not any(site.op.pads)
                and math.prod(w.shape[2:]) == 1 and kind.size == w.shape[1])
    if isinstance(site.op, Gemm):
        scaled = site.op.alpha != 1.0
        bias = site.constant(2)
        fits = bias is None or bias.size in (1, site.output().shape[1])
        return fits and not scaled and kind.size == w.shape[int(site.op.trans_b)]
    return isinstance(site.op, MatMul) and w.ndim == MATRIX and kind.rank >= MATRIX and (
        kind.size == w.shape[0])


def _operands(site: Site) -> tuple[Array, Array]:
    """Weights [K, N] in their type, and bias [N] in float32."""
    w, op = site.constant(1), site.op
    assert w is not None
    if isinstance(op, Conv):
        w = w.reshape(w.shape[:2]).T
    elif isinstance(op, Gemm) and op.trans_b:
        w = w.T
    bias = site.constant(2)
    flat = np.zeros(1, np.float32) if bias is None else bias.reshape(-1).astype(np.float32)
    factor = np.float32(op.beta if isinstance(op, Gemm) else 1.0)
    return w, np.broadcast_to(flat * factor, (w.shape[1],)).astype(np.float32)


KERNEL = FullyConnectedHalf()
