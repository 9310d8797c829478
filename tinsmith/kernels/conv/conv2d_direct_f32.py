"""Direct convolution of float32 over images and volumes, with vectors along the output channels.

A tile of ``tile_p`` pixels by ``tile_b`` vectors of channels is summed in registers. The tile is
chosen by counting, for a row and all channels, the cycles that its arithmetic and its loads take.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.addressing import (
    Image,
    image,
    is_image,
    is_volume,
    largest_share,
    row_bands,
    strides,
    window_fields,
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

STORE_CYCLES = 1.0  # of one vector of sums, with its epilogue
WEIGHT_BYTES_A_CYCLE = 8.0  # that memory delivers to all threads
L2_BYTES_A_CYCLE = 29.0  # that the second cache delivers
NOT_HIDDEN = 0.1  # of that time, behind arithmetic
FAR_WEIGHTS = 2  # times as large as the images: they come from memory, and once
APART_CYCLES = 0.25  # of a pixel of a tile, for each input channel, where others lie between
L2_SHARE = 0.6  # of the second cache, for one group's weights
NEAR, VARIANTS = 1.15, 5  # how much slower than the best tile, and how many, to measure
AHEAD_BYTES = 32768  # groups of fewer weights come in time by themselves
MOST_VECTORS, MOST_HALVES = 4, 5  # of weights in a register tile
VOLUME_AXES = 3
FLAT: dict[str, Constant] = {
    "id": 1, "od": 1, "kd": 1, "stride_d": 1, "dil_d": 1, "pad_front": 0}
LEAST_HALVED = 8  # lanes of a vector of which half is worth filling


class Conv2dDirect(Kernel):
    """Conv over one to three spatial axes with constant weights."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Input and output each row-major or blocked; a residual lies like the output."""
        if not (serves(site) or serves_volume(site)):
            return ()
        block = site.target.lanes
        return tuple(
            site.in_blocks((x, 0, 0, y), (y,))
            for x in (block, 0) for y in (block, 0))

    def variants(self, site: Site, forms: Forms) -> Sequence[Variant]:
        """The tiles that come nearest to the best."""
        chosen, ranked = tile_of(site, forms), register_tiles(site, forms)
        near = [each.variant for each in ranked
                if each != chosen and each.cycles < ranked[0].cycles * NEAR]
        return ((), *near[:VARIANTS])

    def cycles(self, site: Site, forms: Forms) -> float:
        """Cycles of the tiles or, if it takes longer, of reading the weights."""
        op, lanes, y = conv_of(site), site.target.lanes, site.output()
        width, blocks, rows = row_of(site)
        taps, groups = taps_of(site), op.group // merged(site)
        row = register_tiles(site, forms)[0].cycles * taps + width * blocks * STORE_CYCLES
        weights = 4 * groups * blocks * lanes * taps / WEIGHT_BYTES_A_CYCLE
        cycles = max(groups * rows * row, weights * site.request.threads)
        if forms.inputs[0].row_major and site.input(0).shape[1] > 4:
            cycles = cycles * 1.3 + site.input(0).size / 8
        if forms.outputs[0].row_major:
            cycles += y.size * 0.6
        return cycles

    def lower(self, site: Site, forms: Forms) -> Call:
        """The call, with weights in the order of the header's head comment."""
        op = conv_of(site)
        lanes = site.target.lanes
        x = image(site.input(0), forms.inputs[0])
        y = image(site.output(), forms.outputs[0])
        weights, group = merge_groups(four_axes(weights_of(site)), op.group, lanes)
        ic_block = x.c if forms.inputs[0].row_major else lanes
        oc = weights.shape[0] // group
        kernel = weights_of(site).shape[2:]
        pointwise = is_pointwise(op, kernel)
        chosen = tile_of(site, forms)
        p, b = chosen.p, chosen.b
        vectors = -(-oc // chosen.width)
        cut, chunks = bands(site, pointwise, y, group * -(-vectors // b), p)
        packed, bias = (pack_halves if chosen.halves else pack)(
            weights, bias_of(site), group, lanes, b, ic_block)
        has_residual = site.has_input(3)
        x_plain = forms.inputs[0].row_major
        constants: dict[str, Constant] = {
            "n": x.n, "groups": group, "ic": weights.shape[1], "oc": oc,
            **geometry(op, x, y, kernel), **(FLAT if pointwise else depth(op, x, y, kernel)),
            "ic_block": ic_block,
            **strides("x", x), "x_block": 0 if x_plain else x.block,
            "x_lane": x.block if x_plain else 1,
            **strides("y", y), **strides("r", y if has_residual else None),
            "y_plain": int(forms.outputs[0].row_major),
            "tile_p": p, "tile_b": b, "halves": int(chosen.halves),
            "bands": cut, "by_columns": int(pointwise),
            "ahead": ahead(4 * math.prod(weights.shape[1:]) * b * chosen.width, b * lanes,
                           -(-y.h * y.w // cut // p)),
        }
        return Call(
            kernel="conv2d_direct_f32",
            operands=(0, 3 if has_residual else -1),
            weights=(packed, bias),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            chunks=chunks,
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )


def serves(site: Site) -> bool:
    """Whether a node is a float32 convolution over images with constant weights."""
    return is_image(site.inputs[0]) and _has_constant_weights(site)


def serves_volume(site: Site) -> bool:
    """Whether a node is a float32 convolution over volumes with constant weights."""
    return is_volume(site.inputs[0]) and _has_constant_weights(site)


def _has_constant_weights(site: Site) -> bool:
    """Whether a node is a convolution of float32 with something in it and constant weights."""
    return (
        isinstance(site.op, Conv)
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
    """Weights [M, C, kh, kw]: kh is 1 along one axis, kd kh over three."""
    return w.reshape(*w.shape[:2], -1, w.shape[-1])


def geometry(op: Conv, x: Image, y: Image, kernel: Sequence[int]) -> dict[str, Constant]:
    """Extents and window; a 1x1 that moves one by one becomes one long row."""
    extents: dict[str, Constant] = {"ih": x.h, "iw": x.w, "oh": y.h, "ow": y.w}
    if is_pointwise(op, kernel):
        extents = {"ih": 1, "iw": x.d * x.h * x.w, "oh": 1, "ow": y.d * y.h * y.w}
    axes = len(op.strides)
    return extents | window_fields(kernel[-axes:], op.strides, op.dilations, op.pads)


def depth(op: Conv, x: Image, y: Image, kernel: Sequence[int]) -> dict[str, Constant]:
    """Extents and window along the third axis from the end."""
    if len(kernel) < VOLUME_AXES:
        return FLAT
    return {"id": x.d, "od": y.d, "kd": kernel[0], "stride_d": op.strides[0],
            "dil_d": op.dilations[0], "pad_front": op.pads[0]}


def is_pointwise(op: Conv, kernel: Sequence[int]) -> bool:
    """Whether each output pixel reads just the pixel below it."""
    return all(k == 1 for k in (*kernel, *op.strides)) and not any(op.pads)


def row_of(site: Site) -> tuple[int, int, int]:
    """Pixels of a row, vectors of channels of a (joined) group, and rows of the batch."""
    op, lanes = conv_of(site), site.target.lanes
    n, _, *spatial = site.output().shape
    w = site.input(1).shape
    oc = w[0] // op.group * merged(site)
    area = math.prod(spatial)
    width = area if is_pointwise(op, w[2:]) else spatial[-1]
    return width, -(-oc // lanes), n * area // width


def merged(site: Site) -> int:
    """How many groups are joined into one."""
    group = conv_of(site).group
    return joined(group, site.input(1).shape[0] // group, site.target.lanes)


def taps_of(site: Site) -> int:
    """Products of one sum."""
    return math.prod(site.input(1).shape[1:]) * merged(site)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A register tile.

    Attributes:
        cycles: of one row of output for each input channel.
        p: pixels.
        b: vectors of weights.
        halves: each of these vectors has half as many output channels, and two input channels.
        width: output channels of such a vector.
    """

    cycles: float
    p: int
    b: int
    halves: bool
    width: int

    @property
    def variant(self) -> Variant:
        """What settles it."""
        halves = (("halves", 1),) if self.halves else ()
        return (("tile_p", self.p), ("tile_b", self.b), *halves)


def register_tiles(site: Site, forms: Forms) -> tuple[Tile, ...]:
    """All tiles for a site, the best first."""
    width, blocks, _ = row_of(site)
    lanes, oc = site.target.lanes, site.output().shape[1]
    blocked = not forms.inputs[0].row_major
    found = [Tile(cycles, p, b, False, lanes)
             for cycles, p, b in tiles(site.target, width, blocks, by_lane=blocked)]
    if half_is_empty(site, forms):
        halves = -(-oc // (lanes // 2))
        found += [Tile(cycles / 2, p, b, True, lanes // 2)
                  for cycles, p, b in tiles(site.target, width, halves,
                                            most_vectors=MOST_HALVES)
                  if b == halves or b % 2 == 0]
    return tuple(sorted(found))


def half_is_empty(site: Site, forms: Forms) -> bool:
    """Whether the last block of output channels is half empty, and halves can be used."""
    lanes, ic, last = site.target.lanes, site.input(1).shape[1], site.output().shape[1]
    return (lanes >= LEAST_HALVED and conv_of(site).group == 1 and ic % 2 == 0
            and 0 < last % lanes <= lanes // 2
            and not forms.inputs[0].row_major and not forms.outputs[0].row_major)


def tile_of(site: Site, forms: Forms) -> Tile:
    """The tile at a site: the one that is settled, or the best whose weights stay in the cache.

    A group's weights are read again for each row of a band. A settled one that is no tile of this
    site (timings may come from a file) settles nothing.
    """
    ranked = register_tiles(site, forms)
    for each in ranked:
        if each.variant == site.variant:
            return each
    if not weights_are_near(site, FAR_WEIGHTS):
        y = image(site.output(), forms.outputs[0])
        ranked = tuple(sorted(ranked, key=lambda each: waiting_cycles(site, y, each)))
    share = int(site.target.l2_bytes * L2_SHARE) // (4 * taps_of(site))
    return next((each for each in ranked if each.b * each.width <= max(
        share, 2 * site.target.lanes)), ranked[0])


def waiting_cycles(site: Site, y: Image, tile: Tile) -> float:
    """Cycles of a row for each input channel in the busiest thread, where weights are far."""
    op, (oc, _, *kernel) = conv_of(site), site.input(1).shape
    width, _, _ = row_of(site)
    groups, pointwise = -(-oc // (tile.width * tile.b)), is_pointwise(op, kernel)
    apart = APART_CYCLES * width if kernel[-1] < op.strides[-1] else 0.0
    group = fetching_cycles(
        site.target, width, tile.p, tile.b, 4 * tile.b * tile.width * taps_of(site)) + apart
    cut, _ = bands(site, pointwise, y, groups, tile.p)
    rows = rows_of(pointwise, y, tile.p)
    uneven = largest_share(y.n, rows, groups, cut, site.request.threads)
    return group * oc / (tile.width * tile.b) * uneven / (2 if tile.halves else 1)


def fetching_cycles(target: Target, width: int, p: int, b: int, group_bytes: int) -> float:
    """Cycles of a row of tiles of one group of output channels, for each input channel.

    Weights that are larger than the first cache come from the second for each tile, and bound it if
    it is small.
    """
    fetch = 0.0
    if group_bytes > target.l1d_bytes:
        fetch = 4 * target.lanes / L2_BYTES_A_CYCLE * b
    return sum(count * (max(tile_cycles(pixels, b), fetch) + NOT_HIDDEN * fetch)
               for pixels, count in ((p, width // p), (width % p, 1)) if pixels)


def tile(target: Target, width: int, blocks: int, *, by_lane: bool) -> tuple[int, int]:
    """The pixels and channel vectors of the tile that takes the fewest cycles for one row."""
    _, p, b = tiles(target, width, blocks, by_lane=by_lane)[0]
    return p, b


@lru_cache(maxsize=4096)
def tiles(target: Target, width: int, blocks: int, *, by_lane: bool = False,
          most_vectors: int = MOST_VECTORS) -> tuple[tuple[float, int, int], ...]:
    """All tiles as (cycles of one row and input channel, pixels, channel vectors), best first.

    A tile takes, for each input channel, one multiply-accumulate for each of its vectors and one
    load for each pixel and each vector of weights; short chains wait for their own results.
    """
    found = []
    for b in range(1, min(blocks, most_vectors) + 1):
        for p in range(1, width + 1):
            if not fits(target, p, b, by_lane=by_lane):
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


def ahead(group_bytes: int, floats: int, runs: int, least_bytes: int = AHEAD_BYTES) -> int:
    """Floats of the next group's weights that each step of a register tile asks for.

    A step reads so many floats of this group's weights; the chunk has so many register tiles. All
    have come when the chunk is done; 0 where the group is small or its tiles are many.
    """
    if group_bytes < least_bytes or runs > 2 * floats:
        return 0
    return -(-floats // runs)


def bands(site: Site, pointwise: bool, y: Image, others: int, p: int) -> tuple[int, int]:
    """Bands of rows (or, of one long row, of tiles) and chunks, so that every thread finds work."""
    return row_bands(y.n, others, rows_of(pointwise, y, p), site.request, weights_are_near(site))


def rows_of(pointwise: bool, y: Image, p: int) -> int:
    """What bands are made of: rows, or the tiles of one long row."""
    return -(-y.d * y.h * y.w // p) if pointwise else y.d * y.h


def weights_are_near(site: Site, times: int = 1) -> bool:
    """Whether weights are at most so many times as large as the images."""
    images = site.input(0).size_bytes + site.output().size_bytes
    return site.input(1).size_bytes <= times * images


def merge_groups(w: Array, groups: int, lanes: int) -> tuple[Array, int]:
    """Groups whose output channels do not fill vectors, joined into block-diagonal ones."""
    oc, ic = w.shape[0] // groups, w.shape[1]
    each = joined(groups, oc, lanes)
    if each == 1:
        return w, groups
    out = np.zeros((groups * oc, each * ic, *w.shape[2:]), w.dtype)
    for g in range(groups):
        at = g % each * ic
        out[g * oc:(g + 1) * oc, at:at + ic] = w[g * oc:(g + 1) * oc]
    return out, groups // each


def joined(groups: int, oc: int, lanes: int) -> int:
    """How many groups of ``oc`` output channels become one, so that it fills vectors."""
    if groups == 1 or oc % lanes == 0:
        return 1
    each = lanes // math.gcd(oc, lanes)
    return groups if groups % each else each


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


def pack_halves(w: Array, bias: Array, groups: int, lanes: int, tile_b: int,
                ic_block: int) -> tuple[Array, Array]:
    """Weights as [oc group][segment][kh][kw][c / 2][B][lanes / 2][2], bias as [lanes / 2][2].

    Zero-padded; the second bias of each pair is 0. One group, an even number of input channels.
    """
    assert groups == 1
    oc, ic, kh, kw = w.shape
    half = lanes // 2
    vectors = -(-oc // half)
    filters = np.zeros((vectors * half, ic, kh, kw), np.float32)
    filters[:oc] = w
    padded_bias = np.zeros((vectors * half, 2), np.float32)
    padded_bias[:oc, 0] = bias
    pieces = [
        filters[first * half:(first + tile_b) * half, c:c + ic_block]
        .reshape(-1, half, min(ic_block, ic - c) // 2, 2, kh, kw).transpose(4, 5, 2, 0, 1, 3)
        for first in range(0, vectors, tile_b) for c in range(0, ic, ic_block)]
    return np.concatenate([piece.ravel() for piece in pieces]), padded_bias.ravel()


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
