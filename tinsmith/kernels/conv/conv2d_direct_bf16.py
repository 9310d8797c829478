"""Direct convolution of bfloat16 with float32 sums, in blocked layout: two channels at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.addressing import image, is_image, strides
from tinsmith.kernels.conv.conv2d_direct_f32 import (
    ahead,
    bands,
    bias_of,
    conv_of,
    four_axes,
    geometry,
    is_pointwise,
    joined,
    merge_groups,
    row_of,
    weights_of,
)
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import (
    Call,
    Constant,
    Forms,
    Kernel,
    Site,
    Variant,
)
from tinsmith.kernels.registers import fits
from tinsmith.ops.conv import Conv
from tinsmith.targets import Target

AHEAD_BYTES = 4096  # groups of fewer weights come in time by themselves
STORE_CYCLES = 1.0  # of one vector of sums, with its epilogue
WEIGHT_BYTES_A_CYCLE = 8.0  # that memory delivers to all threads
NEAR, VARIANTS = 1.15, 5  # how much slower than the best tile, and how many, to measure
EMULATION = 4.0  # times the cycles of one instruction, where the target has none for pairs


class Conv2dDirectBf16(Kernel):
    """Conv of bfloat16 over one or two spatial axes; constant weights are kept as bfloat16."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """All blocked."""
        if not serves_bf16(site):
            return ()
        block = site.target.lanes
        return (site.in_blocks((block, 0, 0, block), (block,)),)

    def variants(self, site: Site, forms: Forms) -> Sequence[Variant]:
        """The tiles that come nearest to the best."""
        width, blocks, _ = row_of(site)
        ranked = pair_tiles(site.target, width, blocks)
        near = [(p, b) for cycles, p, b in ranked[1:] if cycles < ranked[0][0] * NEAR]
        return ((), *((("tile_p", p), ("tile_b", b)) for p, b in near[:VARIANTS]))

    def cycles(self, site: Site, forms: Forms) -> float:
        """Cycles of the tiles or, if it takes longer, of reading the weights."""
        op, lanes, w = conv_of(site), site.target.lanes, site.input(1)
        merge = joined(op.group, w.shape[0] // op.group, lanes)
        width, blocks, rows = row_of(site)
        pairs = math.prod(w.shape[2:]) * -(-w.shape[1] * merge // 2)
        row = pair_tiles(site.target, width, blocks)[0][0] * pairs * pair_cycles(site) + (
            width * blocks * STORE_CYCLES)
        weights = 4 * op.group / merge * blocks * lanes * pairs / WEIGHT_BYTES_A_CYCLE
        return max(op.group / merge * rows * row, weights * site.request.threads)

    def lower(self, site: Site, forms: Forms) -> Call:
        """The call, with weights in the order of the header's head comment."""
        op, lanes = conv_of(site), site.target.lanes
        x = image(site.input(0), forms.inputs[0])
        y = image(site.output(), forms.outputs[0])
        weights, group = merge_groups(four_axes(weights_of(site)), op.group, lanes)
        oc = weights.shape[0] // group
        blocks = -(-oc // lanes)
        pointwise = is_pointwise(op, weights.shape[2:])
        settled = dict(site.variant)
        _, p, b = pair_tiles(site.target, y.h * y.w if pointwise else y.w, blocks)[0]
        p, b = settled.get("tile_p", p), settled.get("tile_b", b)
        cut, chunks = bands(site, pointwise, y, group * -(-blocks // b), p)
        packed, bias = pack(weights, bias_of(site), group, lanes, b)
        has_residual = site.has_input(3)
        constants: dict[str, Constant] = {
            "n": x.n, "groups": group, "ic": weights.shape[1], "oc": oc,
            **geometry(op, x, y, weights.shape[2:]),
            "filter": packed.size // (group * blocks),
            **strides("x", x), **strides("y", y), **strides("r", y if has_residual else None),
            "tile_p": p, "tile_b": b,
            "bands": cut, "by_columns": int(pointwise),
            "ahead": ahead(2 * math.prod(weights.shape[1:]) * b * lanes, b * lanes,
                           -(-y.h * y.w // cut // p), AHEAD_BYTES),
        }
        return Call(
            kernel="conv2d_direct_bf16",
            operands=(0, 3 if has_residual else -1),
            weights=(packed, bias),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            chunks=chunks,
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )


def serves_bf16(site: Site) -> bool:
    """Whether a node is a convolution of bfloat16 over images with constant weights."""
    return (
        isinstance(site.op, Conv)
        and is_image(site.inputs[0])
        and site.input(0).dtype is DType.BF16
        and site.output().size > 0
        and site.constant(1) is not None
        and site.input(1).dtype in (DType.BF16, DType.F32)
        and (not site.has_input(2) or site.constant(2) is not None)
    )


@lru_cache(maxsize=4096)
def pair_tiles(target: Target, width: int, blocks: int) -> tuple[tuple[float, int, int], ...]:
    """All tiles as (cycles of one row and pair of channels, pixels, vectors), best first.

    Of tiles that take as long the one with fewer vectors comes first: its weights stay nearer.
    """
    found = []
    for b in range(1, min(blocks, 4) + 1):
        for p in range(1, width + 1):
            if not fits(target, p, b):
                break
            cycles = sum(
                count_b * count_p * tile_cycles(pixels, vectors)
                for vectors, count_b in ((b, blocks // b), (blocks % b, 1)) if vectors
                for pixels, count_p in ((p, width // p), (width % p, 1)) if pixels)
            found.append((cycles, p, b))
    return tuple(sorted(found, key=lambda t: (round(t[0] / found[0][0], 3), t[2], t[1])))


def tile_cycles(p: int, b: int) -> float:
    """Cycles of one pair of channels in a tile: arithmetic, loads, latency; and setup."""
    return max(p * b / 2, (p + b) / 2, 4.0) + 0.15


def pair_cycles(site: Site) -> float:
    """What a product of pairs costs, against a float32 multiply-accumulate."""
    return 1.0 if site.target.has("avx512bf16") else EMULATION


def pack(w: Array, bias: Array, groups: int, lanes: int, tile_b: int) -> tuple[Array, Array]:
    """Weights [group][oc group][segment][kh][kw][ceil(c / 2)][B][lanes][2], bias; zero-padded."""
    oc, ic = w.shape[0] // groups, w.shape[1]
    w = w.astype(DType.BF16.numpy, copy=False)
    blocks = -(-oc // lanes)
    cuts = [[0, *range(-g * ic % lanes or lanes, ic, lanes), ic] for g in range(groups)]
    pairs = max(sum(-(-(stop - c) // 2) for c, stop in pairwise(cut)) for cut in cuts)
    filter_size = pairs * math.prod(w.shape[2:]) * lanes * 2
    packed = np.zeros((groups, blocks * filter_size), DType.BF16.numpy)
    padded_bias = np.zeros((groups, blocks * lanes), np.float32)
    for g, cut in enumerate(cuts):
        filters = np.zeros((blocks * lanes, *w.shape[1:]), w.dtype)
        filters[:oc] = w[g * oc:(g + 1) * oc]
        padded_bias[g, :oc] = bias[g * oc:(g + 1) * oc]
        for first in range(0, blocks, tile_b):
            b = min(tile_b, blocks - first)
            part = filters[first * lanes:(first + b) * lanes].reshape(b, lanes, *w.shape[1:])
            data = _segments(part, cut)
            packed[g, first * filter_size:first * filter_size + data.size] = data
    return packed.ravel(), padded_bias.ravel()


def _segments(part: Array, cut: Sequence[int]) -> Array:
    """[B, lanes, ic, kh, kw] as [segment][kh][kw][ceil(c / 2)][B][lanes][2]."""
    b, lanes, ic, kh, kw = part.shape
    if all((stop - c) == lanes for c, stop in pairwise(cut)):
        whole = part.reshape(b, lanes, ic // lanes, lanes // 2, 2, kh, kw)
        return whole.transpose(2, 5, 6, 3, 0, 1, 4).ravel()
    return np.concatenate([_segment(part[:, :, c:stop]) for c, stop in pairwise(cut)])


def _segment(part: Array) -> Array:
    """[B, lanes, c, kh, kw] as [kh][kw][ceil(c / 2)][B][lanes][2]."""
    b, lanes, channels, kh, kw = part.shape
    even = np.zeros((b, lanes, -(-channels // 2) * 2, kh, kw), part.dtype)
    even[:, :, :channels] = part
    return even.reshape(b, lanes, -1, 2, kh, kw).transpose(4, 5, 2, 0, 1, 3).ravel()


KERNEL = Conv2dDirectBf16()
