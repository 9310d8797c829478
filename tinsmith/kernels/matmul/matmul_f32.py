"""MatMul of two activations of float32."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tinsmith.dtypes import DType
from tinsmith.kernels.conv.tiles import tile
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site, plain_forms
from tinsmith.kernels.matmul.fully_connected import bands_of_rows
from tinsmith.kernels.work import CALL, arithmetic, instructions
from tinsmith.ops.matmul import MatMul

PANELS = 0.65  # of the peak: its right side is copied into panels first
SCRATCH_BYTES = 64  # the kernel copies panels only of transposed operands, which we never pass


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
        band, chunks = bands_of_rows(m, p, panels * math.prod(counts), site.request)
        constants: dict[str, Constant] = {
            "batch0": counts[0], "batch1": counts[1], "m": m, "k": k, "n": n,
            "a_batch0": a_strides[0], "a_batch1": a_strides[1], "a_m": k, "a_k": 1,
            "b_batch0": b_strides[0], "b_batch1": b_strides[1], "b_k": n, "b_n": 1,
            "y_batch0": y_strides[0], "y_batch1": y_strides[1], "y_m": n,
            "r_batch0": 0, "r_batch1": 0, "r_m": 0, "has_bias": 0, "scale": 1.0,
            "tile_p": p, "tile_b": width, "band_rows": band,
        }
        return Call(
            kernel="matmul_f32", operands=(0, 1, -1, -1),
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


KERNEL = MatrixProduct()
