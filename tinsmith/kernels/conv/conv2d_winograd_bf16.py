"""3x3 convolution of bfloat16 by Winograd's F(2x2, 3x3): 16 products where direct needs 36.

Answers differ from direct convolution by the rounding of the transforms' results to bfloat16,
2.4 times what rounding the weights alone does: ``exact`` turns it off. F(4x4, 3x3) would need fewer
products and magnify the rounding 15 times.

Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.addressing import image, strides
from tinsmith.kernels.conv.site import bias_of, conv_of, serves, weights_of
from tinsmith.kernels.conv.tiles import WEIGHT_BYTES_A_CYCLE, tile_cycles, tiles
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site

ELEMENTS = 16
G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
_COUPLING = np.array([[2, -1, -1, 0], [-1, 4, 0, -1], [-1, 0, 4, -1], [0, -1, -1, 2]], np.float32)
COUPLING = np.kron(_COUPLING, _COUPLING)  # of elements: (At A) times (Bt B), element by element

# Cycles, measured on Zen 5: to transform one block of channels of one tile, in and out.
INPUT_CYCLES, OUTPUT_CYCLES = 45.0, 22.0
STORE_CYCLES = 0.5  # of one vector of sums
FAR_BYTES_A_CYCLE, CACHE_BYTES_A_CYCLE = 7.0, 40.0  # that memory and the second cache give a core
CACHE_SHARE = 0.5  # of the second cache, for the scratch of a panel


@dataclass(frozen=True, slots=True)
class Tiling:
    """How the work of one site is cut: panels of tiles, register tiles of tiles and vectors.

    ``groups`` of vectors go to a chunk; ``cycles`` until all chunks are done.
    """

    panel: int
    p: int
    b: int
    groups: int
    cycles: float = 0.0


class Conv2dWinogradBf16(Kernel):
    """Conv of 3x3, stride 1, dilation 1, one group, with constant weights."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """All blocked."""
        if site.request.numerics.exact or not serves(site, DType.BF16):
            return ()
        op, w = conv_of(site), weights_of(site)
        if op.group != 1 or w.shape[2:] != (3, 3) or any(
                n != 1 for n in (*op.strides, *op.dilations)):
            return ()
        block = site.target.lanes
        return (site.in_blocks((block, 0, 0, block), (block,)),)

    def cycles(self, site: Site, forms: Forms) -> float:
        """Transforms, and products or, if it takes longer, the reading of the weights."""
        return tiling_of(site).cycles * site.request.threads

    def lower(self, site: Site, forms: Forms) -> Call:
        """The call, with weights in the order of the header's head comment."""
        op, lanes = conv_of(site), site.target.lanes
        x, y = image(site.input(0), forms.inputs[0]), image(site.output(), forms.outputs[0])
        has_residual = site.has_input(3)
        count, tiling = tiles_of(site), tiling_of(site)
        ic_blocks, blocks = -(-x.c // lanes), -(-y.c // lanes)
        panels, oc_groups = -(-count // tiling.panel), -(-blocks // tiling.b)
        scratch = ELEMENTS * lanes * (
            2 * (ic_blocks * tiling.panel + 2) + 4 * (tiling.panel * tiling.b + 1))
        constants: dict[str, Constant] = {
            "n": x.n, "ic": x.c, "ih": x.h, "iw": x.w, "oc": y.c, "oh": y.h, "ow": y.w,
            "pad_top": op.pads[0], "pad_left": op.pads[1],
            **strides("x", x), **strides("y", y), **strides("r", y if has_residual else None),
            "tile_p": tiling.p, "tile_b": tiling.b, "panel": tiling.panel, "groups": tiling.groups,
            "ahead": -(-lanes * tiling.b // -(-min(tiling.panel, count) // tiling.p)),
        }
        return Call(
            kernel="conv2d_winograd_bf16",
            operands=(0, 3 if has_residual else -1),
            weights=pack(weights_of(site), bias_of(site), lanes, tiling.b),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            scratch_bytes=scratch,
            chunks=panels * -(-oc_groups // tiling.groups),
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )


def tiles_of(site: Site) -> int:
    """The tiles of the whole batch."""
    n, _, h, w = site.output().shape
    return n * -(-h // 2) * -(-w // 2)


def tiling_of(site: Site) -> Tiling:
    """The cut that takes the fewest cycles from start to end, all threads at work."""
    count, lanes = tiles_of(site), site.target.lanes
    blocks, ic_blocks = -(-site.output().shape[1] // lanes), -(-site.input(0).shape[1] // lanes)
    _, p, b = tiles(site.target, count, blocks, DType.BF16)[0]
    runs, oc_groups, threads = -(-count // p), -(-blocks // b), site.request.threads
    each = ELEMENTS * lanes * (2 * ic_blocks + 4 * b) * p
    most = max(1, min(runs, int(site.target.l2_bytes * CACHE_SHARE) // each))
    cuts = [Tiling(run * p, p, b, -(-oc_groups // parts))
            for run in range(1, most + 1)
            for parts in range(1, min(oc_groups, 1 if threads == 1 else 2 * threads) + 1)]
    timed = (replace(cut, cycles=elapsed(site, cut)) for cut in cuts)
    return min(timed, key=lambda cut: (round(cut.cycles, 1), -cut.panel))


def elapsed(site: Site, cut: Tiling) -> float:
    """Cycles until all chunks are done, dealt out evenly to the threads."""
    total, threads = tiles_of(site), site.request.threads
    blocks = -(-site.output().shape[1] // site.target.lanes)
    (whole, rest), parts = divmod(total, cut.panel), -(-blocks // (cut.b * cut.groups))
    if threads == 1:
        cycles = whole * chunk_cycles(site, cut, cut.panel) + chunk_cycles(site, cut, rest)
    else:
        chunks = (whole + (rest > 0)) * parts
        cycles = -(-chunks // threads) * chunk_cycles(site, cut, min(cut.panel, total))
    return max(cycles, weight_bytes(site, blocks) / WEIGHT_BYTES_A_CYCLE)


def chunk_cycles(site: Site, cut: Tiling, count: int) -> float:
    """Cycles of a chunk of so many tiles."""
    if not count:
        return 0.0
    ic, blocks = site.input(0).shape[1], -(-site.output().shape[1] // site.target.lanes)
    vectors = min(cut.b * cut.groups, blocks)
    sums = sum(
        count_b * count_p * (tile_cycles(site.target, p, b, DType.BF16) * -(-ic // 2)
                             + p * b * STORE_CYCLES)
        for b, count_b in ((cut.b, vectors // cut.b), (vectors % cut.b, 1)) if b
        for p, count_p in ((cut.p, count // cut.p), (count % cut.p, 1)) if p)
    near = weight_bytes(site, blocks) <= site.target.l2_bytes * CACHE_SHARE
    reading = weight_bytes(site, vectors) / (CACHE_BYTES_A_CYCLE if near else FAR_BYTES_A_CYCLE)
    transforms = INPUT_CYCLES * -(-ic // site.target.lanes) + OUTPUT_CYCLES * vectors
    return max(ELEMENTS * sums, reading) + count * transforms


def weight_bytes(site: Site, vectors: int) -> int:
    """Of the transformed weights of so many vectors of output channels."""
    return 2 * ELEMENTS * site.input(0).shape[1] * site.target.lanes * vectors


def pack(w: Array, bias: Array, lanes: int, tile_b: int) -> tuple[Array, Array]:
    """Transformed weights [oc group][16][ceil(ic / 2)][B][lanes][2], and the bias; zero-padded."""
    oc, ic = w.shape[:2]
    blocks, even = -(-oc // lanes), -(-ic // 2) * 2
    filters = np.zeros((blocks * lanes, even, 3, 3), np.float32)
    filters[:oc, :ic] = w
    elements = (G @ filters @ G.T).astype(np.float32).reshape(-1, ELEMENTS).T
    order = rounded(np.ascontiguousarray(elements)).reshape(
        ELEMENTS, blocks, lanes, even // 2, 2).transpose(0, 3, 1, 2, 4)
    pieces = [order[:, :, first:first + tile_b].ravel() for first in range(0, blocks, tile_b)]
    padded = np.zeros(blocks * lanes, np.float32)
    padded[:oc] = bias
    return np.concatenate(pieces), padded


def rounded(elements: Array) -> Array:
    """Transformed filters [16, ...] as bfloat16, each rounded up or down.

    One after the other, so that the filter that all 16 together stand for errs least: the errors'
    effect on a tile is their product with ``COUPLING``. A third less noise than rounding each to
    the nearest.
    """
    bits = elements.view(np.uint32)
    low = (bits & np.uint32(0xffff0000)).view(np.float32)
    high = ((bits & np.uint32(0xffff0000)) + np.uint32(0x10000)).view(np.float32)
    low_error, high_error = low - elements, high - elements
    nearest = elements.astype(DType.BF16.numpy)
    error = nearest.astype(np.float32) - elements
    for e, weights in enumerate(COUPLING):
        pull = sum((weights[i] / weights[e] * error[i] for i in np.flatnonzero(weights) if i != e),
                   start=np.float32(0))
        up = np.abs(high_error[e] + pull) < np.abs(low_error[e] + pull)
        nearest[e] = np.where(up, high[e], low[e])
        error[e] = np.where(up, high_error[e], low_error[e])
    return nearest


KERNEL = Conv2dWinogradBf16()
