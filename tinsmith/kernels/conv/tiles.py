"""Register tiles of a convolution: how many pixels by how many vectors of weights, and why.

A tile of ``p`` pixels by ``b`` vectors is summed in registers. The tile is chosen by counting, for
a row and all channels, the cycles that its arithmetic and its loads take.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from tinsmith.dtypes import DType
from tinsmith.kernels.addressing import Image, image, largest_share
from tinsmith.kernels.conv.bands import bands, rows_of, weights_are_near
from tinsmith.kernels.conv.geometry import is_pointwise, row_of
from tinsmith.kernels.conv.groups import merged
from tinsmith.kernels.conv.pack import width_of
from tinsmith.kernels.conv.site import conv_of
from tinsmith.kernels.kernel import Forms, Site, Variant
from tinsmith.kernels.registers import fits, lanes_held, room
from tinsmith.kernels.work import overlapped
from tinsmith.targets import Target

LOOP_CYCLES = 0.15  # around a step, beside its arithmetic
NOT_HIDDEN = 0.1  # of the time that the second cache takes for weights, behind arithmetic
FAR_PIXEL_BYTES = 0.58  # of a pixel and step, that come from there once for each group of channels
APART_BYTES = 7.25  # the same, where pixels that are not needed lie between
FAR_WEIGHTS = 2  # times as large as the images: they come from memory, and once
L2_SHARE = 0.6  # of the second cache, for one group's weights
NEAR, VARIANTS = 1.15, 5  # how much slower than the best tile, and how many, to measure
MOST_VECTORS, MOST_HALVES = 4, 5  # of weights in a register tile
LEAST_HALVED = 8  # lanes of a vector of which half is worth filling
SMALL_PIXELS, SMALL_VECTORS = 4, 2  # of the tile that serves all layers where memory is preferred
INNER = {DType.F32: 1, DType.BF16: 2}  # input channels that one instruction takes
EMULATION = 4.0  # times the cycles of one instruction, where the target has none for pairs


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A register tile.

    Attributes:
        cycles: of one row of output for each input channel.
        p: pixels.
        b: vectors of weights.
        inner: input channels that lie together in these.
        width: output channels of such a vector.
    """

    cycles: float
    p: int
    b: int
    inner: int
    width: int

    @property
    def variant(self) -> Variant:
        """What settles it."""
        return (("tile_p", self.p), ("tile_b", self.b), ("inner", self.inner))


def register_tiles(site: Site, forms: Forms) -> tuple[Tile, ...]:
    """All tiles for a site, the best first."""
    width, blocks, _ = row_of(site)
    target, dtype, oc = site.target, site.input(0).dtype, site.output().shape[1]
    inner, blocked = INNER[dtype], not forms.inputs[0].row_major
    found = [Tile(cycles / inner, p, b, inner, target.lanes)
             for cycles, p, b in tiles(target, width, blocks, dtype, by_lane=blocked)]
    if half_is_empty(site, forms):
        half = width_of(dtype, 2, target.lanes)
        halves = -(-oc // half)
        found += [Tile(cycles / 2, p, b, 2, half)
                  for cycles, p, b in tiles(target, width, halves, dtype, most_vectors=MOST_HALVES)
                  if b == halves or b % 2 == 0]
    return tuple(sorted(found))


def half_is_empty(site: Site, forms: Forms) -> bool:
    """Whether the last block of output channels is half empty, and half vectors can be used.

    These hold two input channels of float32 for each output channel.
    """
    lanes, ic, last = site.target.lanes, site.input(1).shape[1], site.output().shape[1]
    return (site.input(0).dtype is DType.F32 and lanes >= LEAST_HALVED
            and conv_of(site).group == 1 and ic % 2 == 0 and 0 < last % lanes <= lanes // 2
            and not forms.inputs[0].row_major and not forms.outputs[0].row_major)


def tile_of(site: Site, forms: Forms) -> Tile:
    """The tile at a site: the one that is settled, or the best whose weights stay in the cache.

    A group's weights are read again for each row of a band. A settled one that is no tile of this
    site (timings may come from a file) settles nothing. Where memory is preferred it is the same
    for all.
    """
    if site.request.prefer == "memory":
        return Tile(0.0, SMALL_PIXELS, SMALL_VECTORS, INNER[site.input(0).dtype], site.target.lanes)
    ranked = register_tiles(site, forms)
    for each in ranked:
        if each.variant == site.variant:
            return each
    if not weights_are_near(site, FAR_WEIGHTS):
        y = image(site.output(), forms.outputs[0])
        ranked = tuple(sorted(ranked, key=lambda each: waiting_cycles(site, y, each)))
    channel_bytes = taps_of(site) * site.input(0).dtype.size_bytes
    l2 = site.target.model.l2.share(site.request.threads)
    share = int(l2 * L2_SHARE) // channel_bytes
    return next((each for each in ranked if each.b * each.width <= max(
        share, 2 * site.target.lanes)), ranked[0])


def taps_of(site: Site, inner: int = 1) -> int:
    """Products of one sum, where each tap takes so many channels at once."""
    channels, *kernel = site.input(1).shape[1:]
    return -(-channels * merged(site) // inner) * inner * math.prod(kernel)


def waiting_cycles(site: Site, y: Image, tile: Tile) -> float:
    """Cycles of a row for each input channel in the busiest thread, where weights are far."""
    op, (oc, _, *kernel) = conv_of(site), site.input(1).shape
    width, _, _ = row_of(site)
    groups, pointwise = -(-oc // (tile.width * tile.b)), is_pointwise(op, kernel)
    apart = 0.0
    if kernel[-1] < op.strides[-1]:
        apart = APART_BYTES * width / second_bytes_per_cycle(site.target)
    dtype = site.input(0).dtype
    group = fetching_cycles(
        site.target, width, tile.p, tile.b,
        dtype.size_bytes * tile.b * tile.width * taps_of(site), dtype) + apart
    cut, _ = bands(site, pointwise, y, groups, tile.p)
    rows = rows_of(pointwise, y, tile.p)
    uneven = largest_share(y.n, rows, groups, cut, site.request.threads)
    return group * oc / (tile.width * tile.b) * uneven / tile.inner


def fetching_cycles(target: Target, width: int, p: int, b: int, group_bytes: int,
                    dtype: DType = DType.F32) -> float:
    """Cycles of a row of tiles of one group of output channels, for each step of its sums.

    Weights that are larger than the first cache come from the second for each tile, and bound it if
    it is small.
    """
    fetch = 0.0
    if group_bytes > target.model.l1d.size_bytes:
        fetch = fetch_cycles(target) * b
    return sum(count * (max(tile_cycles(target, pixels, b, dtype), fetch) + NOT_HIDDEN * fetch)
               for pixels, count in ((p, width // p), (width % p, 1)) if pixels)


def second_bytes_per_cycle(target: Target) -> float:
    """What comes from behind the first cache: from the second, or from memory where there is none.
    """
    return target.model.bytes_per_cycle(target.model.l1d.size_bytes + 1)


def fetch_cycles(target: Target) -> float:
    """Cycles of a vector of weights from the second cache."""
    return 4 * target.lanes / second_bytes_per_cycle(target)


def store_cycles(target: Target) -> float:
    """Cycles of a vector of sums on its way out."""
    return 1.0 / target.model.store.rate(target.vector_bits)


def tile(target: Target, width: int, blocks: int, *, by_lane: bool) -> tuple[int, int]:
    """The pixels and channel vectors of the tile that takes the fewest cycles for one row."""
    _, p, b = tiles(target, width, blocks, by_lane=by_lane)[0]
    return p, b


@lru_cache(maxsize=4096)
def tiles(
    target: Target, width: int, blocks: int, dtype: DType = DType.F32, *, by_lane: bool = False,
    most_vectors: int = MOST_VECTORS,
) -> tuple[tuple[float, int, int], ...]:
    """All tiles as (cycles of one row and step of its sums, pixels, vectors), best first.

    A tile takes, for each step, one multiply-accumulate for each of its vectors and one load for
    each pixel and each vector of weights; short chains wait for their own results.
    """
    found = []
    for b in range(1, min(blocks, most_vectors) + 1):
        for p in range(1, width + 1):
            if not in_registers(target, p, b, dtype, by_lane=by_lane):
                break
            cycles = sum(
                count_b * count_p * tile_cycles(target, pixels, vectors, dtype, by_lane=by_lane)
                for vectors, count_b in ((b, blocks // b), (blocks % b, 1)) if vectors
                for pixels, count_p in ((p, width // p), (width % p, 1)) if pixels)
            found.append((cycles, p, b))
    return tuple(sorted(found))


def in_registers(target: Target, p: int, b: int, dtype: DType, *, by_lane: bool) -> bool:
    """Whether a tile stays in registers; pairs that are taken apart are held twice, and a mask."""
    if emulated(target, dtype):
        return room(target, p * b + 2 * b + 3) >= 0
    return fits(target, p, b, by_lane=by_lane and dtype is DType.F32)


def emulated(target: Target, dtype: DType) -> bool:
    """Whether the target has no instruction for a step, but takes several."""
    return dtype is DType.BF16 and not target.has("avx512bf16")


def tile_cycles(target: Target, p: int, b: int, dtype: DType = DType.F32, *,
                by_lane: bool = False) -> float:
    """Cycles of one step in a tile: arithmetic, loads, latency; the loop, and far pixels.

    Each pixel is fetched from a farther cache once for each group of output channels. Code that
    takes lanes loads some channels of a pixel at a time.
    """
    model = target.model
    together = lanes_held(target) if by_lane and dtype is DType.F32 else 0
    unit = model.multiply_add(dtype) or model.f32
    times = EMULATION if emulated(target, dtype) else 1.0
    arithmetic = p * b * times / unit.rate(target.vector_bits)
    loads = (p / max(1, together) + b) / model.load.rate(target.vector_bits)
    return (max(overlapped(target, arithmetic, loads), unit.latency) + LOOP_CYCLES
            + FAR_PIXEL_BYTES * p / second_bytes_per_cycle(target))


def row_tile(site: Site, width: int, most: int) -> int:
    """The pixels of a tile: as many as registers allow, such that the row splits evenly.

    Where memory is preferred they are the same for all rows.
    """
    if site.request.prefer == "memory":
        return SMALL_PIXELS
    return -(-width // -(-width // most))
