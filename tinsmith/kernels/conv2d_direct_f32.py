"""Direct convolution of float32, with vectors along the output channels.

A tile of ``tile_p`` pixels by ``tile_b`` vectors of channels is summed in registers. The tile is
chosen by counting, for a row and all channels, the cycles that its arithmetic and its loads take.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.addressing import (
    Image,
    image,
    is_image,
    row_bands,
    strides,
    window_fields,
)
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import (
    PLAIN,
    Call,
    Constant,
    Kernel,
    Layout,
    Layouts,
    Site,
    Variant,
)
from tinsmith.ops.conv import Conv
from tinsmith.targets import Target

STORE_CYCLES = 1.0  # of one vector of sums, with its epilogue
WEIGHT_BYTES_A_CYCLE = 8.0  # that memory delivers to all threads
L2_SHARE = 0.6  # of the second cache, for one group's weights
NEAR, VARIANTS = 1.15, 5  # how much slower than the best tile, and how many, to measure
LINE_BYTES = 64
AHEAD_BYTES = 32768  # groups of fewer weights come in time by themselves


class Conv2dDirect(Kernel):
    """Conv over one or two spatial axes with constant weights."""

    def layouts(self, site: Site) -> Sequence[Layouts]:
        """Input and output each row-major or blocked; a residual lies like the output."""
        if not serves(site):
            return ()
        block = Layout(site.target.lanes)
        return tuple(
            Layouts((x, PLAIN, PLAIN, y)[:len(site.inputs)], (y,))
            for x in (block, PLAIN) for y in (block, PLAIN))

    def variants(self, site: Site, layouts: Layouts) -> Sequence[Variant]:
        """The tiles that come nearest to the best."""
        return near_tiles(site)

    def cost(self, site: Site, layouts: Layouts) -> float:
        """Cycles of the tiles or, if it takes longer, of reading the weights."""
        op, lanes = conv_of(site), site.target.lanes
        y, w = site.output(), site.input(1)
        oc = w.shape[0] // op.group
        merge = 1 if op.group == 1 or oc % lanes == 0 else lanes // math.gcd(oc, lanes)
        width, blocks, rows = row_of(site)
        taps = math.prod(w.shape[1:]) * merge
        row = tiles(site.target, width, blocks)[0][0] * taps + width * blocks * STORE_CYCLES
        weights = 4 * op.group / merge * blocks * lanes * taps / WEIGHT_BYTES_A_CYCLE
        cycles = max(op.group / merge * rows * row, weights * site.options.threads)
        if layouts.inputs[0] == PLAIN and site.input(0).shape[1] > 4:
            cycles = cycles * 1.3 + site.input(0).size / 8
        if layouts.outputs[0] == PLAIN:
            cycles += y.size * 0.6
        return cycles

    def lower(self, site: Site, layouts: Layouts) -> Call:
        """The call, with weights in the order of the header's head comment."""
        op = conv_of(site)
        lanes = site.target.lanes
        x = image(site.input(0), layouts.inputs[0])
        y = image(site.output(), layouts.outputs[0])
        weights, group = merge_groups(four_axes(weights_of(site)), op.group, lanes)
        ic_block = x.c if layouts.inputs[0] == PLAIN else lanes
        oc = weights.shape[0] // group
        blocks = -(-oc // lanes)
        pointwise = is_pointwise(op, weights.shape[2:])
        p, b = tile_of(site, y.h * y.w if pointwise else y.w, blocks, weights.shape[1:])
        cut = bands(site, pointwise, y, group * -(-blocks // b), p)
        packed, bias = pack(weights, bias_of(site), group, lanes, b, ic_block)
        has_residual = site.has_input(3)
        x_plain = layouts.inputs[0] == PLAIN
        constants: dict[str, Constant] = {
            "n": x.n, "groups": group, "ic": weights.shape[1], "oc": oc,
            **geometry(op, x, y, weights.shape[2:]),
            "ic_block": ic_block,
            **strides("x", x), "x_block": 0 if x_plain else x.block,
            "x_lane": x.block if x_plain else 1,
            **strides("y", y), **strides("r", y if has_residual else None),
            "y_plain": int(layouts.outputs[0] == PLAIN),
            "tile_p": p, "tile_b": b,
            "band_rows": cut["band_rows"], "band_cols": cut["band_cols"],
            "ahead": ahead(4, weights.shape[1:], p, b, lanes,
                           cut["band_cols"] or cut["band_rows"] * y.w),
        }
        return Call(
            kernel="conv2d_direct_f32",
            operands=(0, 3 if has_residual else -1),
            weights=(packed, bias),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            chunks=cut["chunks"],
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )


def serves(site: Site) -> bool:
    """Whether a node is a float32 convolution over images with constant weights."""
    return (
        isinstance(site.op, Conv)
        and is_image(site.inputs[0])
        and site.input(0).dtype is DType.F32
        and site.output().size > 0
        and site.constant(1) is not None
        and site.input(1).dtype is DType.F32
        and (not site.has_input(2) or site.constant(2) is not None)
    )


def conv_of(site: Site) -> Conv:
    """The node's operator, known to be a Conv."""
    assert isinstance(site.op, Conv)
    return site.op


def weights_of(site: Site, index: int = 1) -> Array:
    """The constant behind an input."""
    array = site.constant(index)
    assert array is not None
    return array


def bias_of(site: Site) -> Array:
    """The bias, zeros when there is none."""
    channels = site.output().shape[1]
    return weights_of(site, 2) if site.has_input(2) else np.zeros(channels, np.float32)


def four_axes(w: Array) -> Array:
    """Weights [M, C, kh, kw], with kh 1 for a convolution along one axis."""
    return w if w.ndim == 4 else w[:, :, None, :]


def geometry(op: Conv, x: Image, y: Image, kernel: Sequence[int]) -> dict[str, Constant]:
    """Extents and window; a 1x1 that moves one by one becomes one long row."""
    extents: dict[str, Constant] = {"ih": x.h, "iw": x.w, "oh": y.h, "ow": y.w}
    if is_pointwise(op, kernel):
        extents = {"ih": 1, "iw": x.h * x.w, "oh": 1, "ow": y.h * y.w}
    axes = len(op.strides)
    return extents | window_fields(kernel[-axes:], op.strides, op.dilations, op.pads)


def is_pointwise(op: Conv, kernel: Sequence[int]) -> bool:
    """Whether each output pixel reads just the pixel below it."""
    return all(k == 1 for k in (*kernel, *op.strides)) and not any(op.pads)


def row_of(site: Site) -> tuple[int, int, int]:
    """Pixels of a row, vectors of channels of a (joined) group, and rows of the batch."""
    op, lanes = conv_of(site), site.target.lanes
    n, _, *spatial = site.output().shape
    w = site.input(1).shape
    oc = w[0] // op.group
    merge = 1 if op.group == 1 or oc % lanes == 0 else lanes // math.gcd(oc, lanes)
    area = math.prod(spatial)
    width = area if is_pointwise(op, w[2:]) else spatial[-1]
    return width, -(-(oc * merge) // lanes), n * area // width


def near_tiles(site: Site) -> tuple[Variant, ...]:
    """The best tile, and those that come nearest to it, to measure."""
    width, blocks, _ = row_of(site)
    ranked = tiles(site.target, width, blocks)
    near = [(p, b) for cycles, p, b in ranked[1:] if cycles < ranked[0][0] * NEAR]
    return ((), *((("tile_p", p), ("tile_b", b)) for p, b in near[:VARIANTS]))


def tile_of(site: Site, width: int, blocks: int, filter_shape: Sequence[int]) -> tuple[int, int]:
    """The tile at a site: the one that is settled, or the best whose weights stay in the cache.

    A group's weights are read again for each row of a band.
    """
    if site.variant:
        settled = dict(site.variant)
        return settled["tile_p"], settled["tile_b"]
    each = 4 * math.prod(filter_shape) * site.target.lanes
    most = max(2, int(site.target.l2_bytes * L2_SHARE) // each)
    for _, p, b in tiles(site.target, width, blocks):
        if b <= most:
            return p, b
    return tile(site.target, width, blocks)


def tile(target: Target, width: int, blocks: int) -> tuple[int, int]:
    """The pixels and channel vectors of the tile that takes the fewest cycles for one row."""
    _, p, b = tiles(target, width, blocks)[0]
    return p, b


@lru_cache(maxsize=4096)
def tiles(target: Target, width: int, blocks: int) -> tuple[tuple[float, int, int], ...]:
    """All tiles as (cycles of one row and input channel, pixels, channel vectors), best first.

    A tile takes, for each input channel, one multiply-accumulate for each of its vectors and one
    load for each pixel and each vector of weights; short chains wait for their own results.
    """
    registers = target.vector_registers
    found = []
    for b in range(1, min(blocks, 4) + 1):
        for p in range(1, min(width, registers) + 1):
            if p * b + b + 1 >= registers:  # the last free one goes to addressing; none: spills
                break
            cycles = sum(
                count_b * count_p * tile_cycles(pixels, vectors)
                for vectors, count_b in ((b, blocks // b), (blocks % b, 1)) if vectors
                for pixels, count_p in ((p, width // p), (width % p, 1)) if pixels)
            found.append((cycles, p, b))
    return tuple(sorted(found))


def tile_cycles(p: int, b: int) -> float:
    """Cycles of one input channel in a tile: arithmetic, loads, latency; setup, and far pixels.

    Each pixel is fetched from a farther cache once for each group of output channels.
    """
    return max(p * b / 2, (p + b) / 2, 4.0) + 0.15 + 0.02 * p


def ahead(weight_bytes: int, filter_shape: Sequence[int], p: int, b: int, lanes: int,
          pixels: int, least_bytes: int = AHEAD_BYTES) -> int:
    """Cache lines of the next group's weights that each tap row of a segment asks for.

    So that all have come when a chunk of so many pixels is done; 0 where they are few.
    """
    ic, kh, kw = filter_shape
    group = weight_bytes * ic * kh * kw * b * lanes
    if group < least_bytes:
        return 0
    return -(-group // LINE_BYTES // (-(-pixels // p) * kh * -(-ic // lanes)))


def bands(site: Site, pointwise: bool, y: Image, others: int, p: int) -> dict[str, int]:
    """How rows (or, of one long row, columns) are cut so that every thread finds work."""
    by_rows = site.input(1).size_bytes <= site.input(0).size_bytes + site.output().size_bytes
    if not pointwise:
        band, chunks = row_bands(y.n, others, y.h, site.options, by_rows)
        return {"band_rows": band, "band_cols": 0, "chunks": chunks}
    band, chunks = row_bands(y.n, others, -(-y.h * y.w // p), site.options, by_rows)
    return {"band_rows": 1, "band_cols": band * p, "chunks": chunks}


def merge_groups(w: Array, groups: int, lanes: int) -> tuple[Array, int]:
    """Groups whose output channels do not fill vectors, joined into block-diagonal ones."""
    oc, ic = w.shape[0] // groups, w.shape[1]
    if groups == 1 or oc % lanes == 0:
        return w, groups
    joined = lanes // math.gcd(oc, lanes)
    if groups % joined:
        joined = groups
    out = np.zeros((groups * oc, joined * ic, *w.shape[2:]), w.dtype)
    for g in range(groups):
        at = g % joined * ic
        out[g * oc:(g + 1) * oc, at:at + ic] = w[g * oc:(g + 1) * oc]
    return out, groups // joined


def pack(w: Array, bias: Array, groups: int, lanes: int, tile_b: int,
         ic_block: int) -> tuple[Array, Array]:
    """Weights as [group][oc group][segment][kh][kw][c][B][lanes], and the bias, zero-padded."""
    oc, ic = w.shape[0] // groups, w.shape[1]
    blocks = -(-oc // lanes)
    pieces: list[Array] = []
    padded_bias = np.zeros((groups, blocks * lanes), np.float32)
    for g in range(groups):
        filters = np.zeros((blocks * lanes, *w.shape[1:]), np.float32)
        filters[:oc] = w[g * oc:(g + 1) * oc]
        padded_bias[g, :oc] = bias[g * oc:(g + 1) * oc]
        for first in range(0, blocks, tile_b):
            b = min(tile_b, blocks - first)
            part = filters[first * lanes:(first + b) * lanes].reshape(b, lanes, *w.shape[1:])
            pieces += _segments(part, g * ic, ic_block)
    return np.concatenate(pieces), padded_bias.ravel()


def _segments(part: Array, first: int, ic_block: int) -> list[Array]:
    """[B, lanes, ic, kh, kw] as [segment][kh][kw][c][B][lanes]; ``first`` is channel 0's place."""
    b, lanes, ic, kh, kw = part.shape
    if first % ic_block == 0 and ic % ic_block == 0:
        whole = part.reshape(b, lanes, ic // ic_block, ic_block, kh, kw)
        return [whole.transpose(2, 4, 5, 3, 0, 1).ravel()]
    cuts = [0, *range(-first % ic_block or ic_block, ic, ic_block), ic]
    return [part[:, :, c:stop].transpose(3, 4, 2, 0, 1).ravel()
            for c, stop in pairwise(cuts)]


KERNEL = Conv2dDirect()
