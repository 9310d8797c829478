"""Convolution of float32 by Winograd's algorithms: fewer products for more additions.

F(4x4, 3x3) has 36 products where direct convolution has 144; F(6x6, 3x3) 64 for 324; a 3x3 of
stride 2, its even and odd inputs apart, 81 for 144; a 7x7 of stride 2 on few channels becomes a
4x4 of stride 1 on four times as many, F(4x4, 4x4), 49 for 256.

Answers differ from direct convolution by rounding, some 1e-6 of the largest: ``exact`` turns them
off, and ``rounding`` estimates it, for a network's budget (``schedule/budget.py``). Filters are
shipped as they are and transformed when the network is loaded. They grow, fourfold for
F(4x4, 3x3): layers of few pixels and many channels, which wait for their weights, transform them
whenever they run, a slab of input channels after the other (lean). ``cost`` counts both.

Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.addressing import even_parts, image, strides, unevenness
from tinsmith.kernels.conv.site import bias_of, conv_of, serves, weights_of
from tinsmith.kernels.conv.tiles import (
    MOST_VECTORS,
    NEAR,
    VARIANTS,
    WEIGHT_BYTES_A_CYCLE,
    tile_cycles,
)
from tinsmith.kernels.conv.winograd_filters import prepared_filters
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import (
    Call,
    Constant,
    Forms,
    Kernel,
    Prepared,
    Site,
    Variant,
)
from tinsmith.kernels.registers import fits
from tinsmith.targets import Target

# Measured on Zen 5: to transform one vector of one channel block of one tile of F(4x4, 3x3), in
# and out, for each of its 36 elements; to store one sum and to fetch one vector of weights (both
# for a register tile); to put one pixel of one channel into a strip.
INPUT_CYCLES, OUTPUT_CYCLES, STORE_CYCLES, FETCH_CYCLES = 3.9, 3.3, 1.2, 0.2
STRIP_CYCLES = 1.5
# Lean: for each element of one vector of filters, to transform it; the part of the first cache
# that a slab's filters may take, with a row of transformed ones; input channels of a slab.
FILTER_CYCLES, SLAB_SHARE, LEAST_SLAB = 1.3, 0.65, 16
LIGHT_PANELS, HEAVY_PANELS = 5, 3  # for each thread; every panel reads all weights again
FEW_CHANNELS = 4  # a first layer's
LEAST_STRIP_TILES = 24  # of a panel, for register tiles that fit
# A sum of n products of random numbers errs by sqrt(n) / 5 of half a last bit, and ``noise`` says
# twice of what was seen of these algorithms.
ROUNDING = 2.0**-24 / 10
NOISE_CHANNELS = 32  # looked at, of a layer's output and of its input channels


@dataclass(frozen=True, slots=True)
class Matrices:
    """One dimension: y = at @ ((g @ filter) * (bt @ inputs))."""

    at: Array
    g: Array
    bt: Array


def cook_toom(points: Sequence[float], outputs: int, taps: int) -> Matrices:
    """F(outputs, taps) with these finite points and infinity.

    Rows of ``bt`` are the coefficients of (product of all x - point) / (x - its own), as
    winograd.h has them; the last row, of infinity, is the whole product.
    """
    n = outputs + taps - 1
    assert len(points) == n - 1
    at, g, bt = np.zeros((outputs, n)), np.zeros((n, taps)), np.zeros((n, n))
    for k, point in enumerate(points):
        others = [p for p in points if p != point]
        at[:, k] = point ** np.arange(outputs)
        g[k] = point ** np.arange(taps) / math.prod(point - p for p in others)
        bt[k, :n - 1] = np.poly(others)[::-1]
    at[-1, -1] = g[-1, -1] = 1
    bt[-1] = np.poly(points)[::-1]
    return Matrices(at, g, bt)


@dataclass(frozen=True, slots=True, eq=False)
class Algorithm:
    """One of winograd.h's algorithms, in each dimension.

    Attributes:
        name: F(outputs, taps), for people.
        inputs: pixels that a tile reads; it has as many elements.
        outputs: pixels that a tile gives.
        taps: of the filter.
        stride: of the convolution.
        matrices: its transforms.
        premium: times the cycles that it is taken to need, where it errs more than others.
    """

    name: str
    inputs: int
    outputs: int
    taps: int
    stride: int
    matrices: Matrices
    premium: float = 1.0

    @property
    def elements(self) -> int:
        """Products of one tile."""
        return self.inputs**2


def strided() -> Matrices:
    """Four outputs of three taps, two inputs apart: F(4, 2) of the even inputs, the odd ones."""
    even = F42.matrices
    at, g, bt = np.zeros((4, 9)), np.zeros((9, 3)), np.zeros((9, 9))
    at[:, :5], at[:, 5:] = even.at, np.eye(4)
    g[:5, ::2], g[5:, 1] = even.g, 1
    bt[:5, ::2], bt[5:, 1::2] = even.bt, np.eye(4)
    return Matrices(at, g, bt)


F42 = Algorithm("F(4,2)", 5, 4, 2, 1, cook_toom((0, 1, -1, 2), 4, 2))
F43 = Algorithm("F(4,3)", 6, 4, 3, 1, cook_toom((0, 1, -1, 2, -2), 4, 3))
# errs twice as much as F(4,3): not for a gain that is none
F63 = Algorithm("F(6,3)", 8, 6, 3, 1, cook_toom((0, 1, -1, 2, -2, 0.5, -0.5), 6, 3), 1.02)
F44 = Algorithm("F(4,4)", 7, 4, 4, 1, cook_toom((0, 1, -1, 2, -2, 0.5), 4, 4))
STRIDED = Algorithm("F(4,3) stride 2", 9, 4, 3, 2, strided())


# of the rows of F(4,3)'s G that the inputs have instead where filters are lean, as in winograd.h
FACTORS = np.array([1 / 4, -1 / 6, -1 / 6, 1 / 24, 1 / 24, 1])


@dataclass(frozen=True, slots=True)
class Tiling:
    """How the work of one site is cut: panels of tiles, register tiles of tiles and vectors.

    Attributes:
        panel: tiles of the largest panel.
        panels: how many.
        p: tiles of a register tile.
        b: its vectors of output channels.
        slab: input channels whose filters are transformed at a time; 0: they are already.
    """

    panel: int
    panels: int
    p: int
    b: int
    slab: int = 0


@dataclass(frozen=True)
class Conv2dWinograd(Kernel):
    """Conv with constant weights, dilation 1 and one group, by one algorithm; blocked outputs.

    With ``deep`` it takes few-channelled row-major images, and the algorithm moves over squares of
    stride x stride pixels as if they were one pixel of so many more channels. With ``lean`` the
    filters stay as they are in memory, F(4,3) only. With ``phases`` 2 the output channels are those
    of 2 x 2 convolutions, whole vectors each, that a transposed one is made of.
    """

    algorithm: Algorithm
    deep: bool = False
    lean: bool = False
    phases: int = 1

    @property
    def label(self) -> str:
        """With the algorithm."""
        return f"conv2d_winograd_f32 {self._name}"

    @property
    def _name(self) -> str:
        how = " deep" if self.deep else " lean" if self.lean else ""
        return f"{self.algorithm.name}{how}"

    def forms(self, site: Site) -> Sequence[Forms]:
        """Blocked output, a residual that lies like it; blocked input, row-major if deep."""
        if site.request.numerics.exact or not serves(site, DType.F32):
            return ()
        op, filters = conv_of(site), weights_of(site)
        if op.group != 1 or filters.ndim != 4 or any(d != 1 for d in op.dilations):
            return ()
        if not self._deep_fits(site) if self.deep else not self._fits(site):
            return ()
        block = site.target.lanes
        limit = site.request.numerics.rounding
        if math.isfinite(limit) and self.rounding(site) > limit:
            return ()
        x = 0 if self.deep else block
        return (site.in_blocks((x, 0, 0, block), (block,)),)

    def _fits(self, site: Site) -> bool:
        a = self.algorithm
        return (weights_of(site).shape[2:] == (a.taps, a.taps)
                and conv_of(site).strides == (a.stride, a.stride))

    def _deep_fits(self, site: Site) -> bool:
        step, other = conv_of(site).strides
        _, channels, *kernel = weights_of(site).shape
        return (step == other > 1 and channels <= FEW_CHANNELS
                and step <= site.target.lanes and site.target.lanes % (step * step) == 0
                and all(-(-k // step) == self.algorithm.taps for k in kernel))

    def variants(self, site: Site, forms: Forms) -> Sequence[Variant]:
        """More and fewer panels, and the register tiles that come nearest to the best."""
        tiles, tiling = self._tiles(site), self._tiling(site)
        if self.deep:
            across = self._across(site.output().shape[3])
            rows = tiling.panel // across
            return ((), *((("rows", r),) for r in (rows + 1, 2 * rows)
                          if r * across <= tiles and tiles % (r * across) == 0))
        runs, panels = -(-tiles // tiling.p), tiling.panels
        cuts = sorted({min(runs, max(1, c)) for c in (panels // 2, panels + 1, 2 * panels)})
        groups, _ = self._parts(site, tiling)
        ready = {0, groups // 4, groups // 2} - {self._ready(site, tiling)}
        if not self._in_turns(site, tiling):
            ready = set()
        ranked = self._ranked(site)
        near = [(p, b) for cycles, p, b in ranked[1:] if cycles < ranked[0][0] * NEAR]
        return ((), *((("panels", c),) for c in cuts if c != panels),
                *((("ready", n),) for n in sorted(ready)),
                *((("tile_p", p), ("tile_b", b)) for p, b in near[:VARIANTS]))

    def cycles(self, site: Site, forms: Forms) -> float:
        """Transforms, and products or, if it takes longer, the reading of the weights."""
        a, tiling = self.algorithm, self._tiling(site)
        blocks, ic_blocks = self._blocks(site), -(-self._channels(site) // site.target.lanes)
        groups, _ = self._parts(site, tiling)
        transforms = a.elements * self._tiles(site) * (
            INPUT_CYCLES * ic_blocks + OUTPUT_CYCLES * blocks)
        strip = STRIP_CYCLES * site.input(0).size * a.inputs / a.outputs if self.deep else 0.0
        ready = self._ready(site, tiling) / groups if self.lean else 1.0
        sums = self._sum_cycles(site, tiling, ready)
        return (sums + transforms + strip) * a.premium

    def _sum_cycles(self, site: Site, tiling: Tiling, ready: float) -> float:
        """Products or, if it takes longer, reading, where this part of the filters is ready."""
        a, ic, blocks = self.algorithm, self._channels(site), self._blocks(site)
        tiles, lean = self._tiles(site), 1 - ready
        slabs = ready + lean * -(-ic // tiling.slab) if lean else 1
        sums = _sums(site.target, tiles, blocks, tiling) * ic * 1.12
        products = a.elements * (sums + tiles * blocks * STORE_CYCLES * slabs
                                 + FILTER_CYCLES * ic * blocks * tiling.panels * lean)
        stored = (lean * a.taps**2 + ready * a.elements) * ic
        reading = 4 * stored * blocks * site.target.lanes / WEIGHT_BYTES_A_CYCLE
        return max(products, reading * site.request.threads)

    def lower(self, site: Site, forms: Forms) -> Call:
        """The call, with weights in the order of the header's head comment."""
        a, op, lanes = self.algorithm, conv_of(site), site.target.lanes
        x, y = image(site.input(0), forms.inputs[0]), image(site.output(), forms.outputs[0])
        has_residual = site.has_input(3)
        ic, tiles, tiling = self._channels(site), self._tiles(site), self._tiling(site)
        ic_blocks = -(-ic // lanes)
        groups, chunks = self._parts(site, tiling)
        ready = self._ready(site, tiling)
        floats = lanes * (
            a.elements * ((ic_blocks * tiling.panel + 1) + (tiling.panel * tiling.b + 1))
            + (ic_blocks * a.inputs * self._strip_columns(y.w) if self.deep else 0)
            + a.inputs * (tiling.slab * tiling.b + 1) * self.lean)
        runs = -(-min(tiling.panel, tiles) // tiling.p)
        constants: dict[str, Constant] = {
            "n": x.n, "ic": ic, "ih": x.h, "iw": x.w, "oc": y.c, "oh": y.h, "ow": y.w,
            "in": a.inputs, "out": a.outputs, "stride": a.stride,
            "depth": op.strides[0] if self.deep else 1,
            "pad_top": op.pads[0], "pad_left": op.pads[1],
            "phases": self.phases, "shift_top": 0, "shift_left": 0,
            **strides("x", x), **strides("y", y), **strides("r", y if has_residual else None),
            "tile_p": tiling.p, "tile_b": tiling.b, "panel": tiling.panel,
            "panels": tiling.panels, "groups": groups, "slab": tiling.slab, "ready": ready,
            "ahead": -(-lanes * tiling.b * a.taps**2 // (a.elements * runs)) if self.lean else 0,
            "ready_ahead": -(-lanes * tiling.b // runs),
        }
        return Call(
            kernel="conv2d_winograd_f32",
            operands=(0, 3 if has_residual else -1),
            weights=self._weights(site, tiling.b, groups, ready),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            scratch_bytes=4 * floats,
            chunks=chunks,
            algorithm=self._name,
            products=a.elements * tiles * ic * y.c,
            rounding=self.rounding(site),
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )

    def rounding(self, site: Site) -> float:
        """What it adds to the rounding of direct sums, as a share of the results."""
        w = self._filters(site)
        length = math.prod(w.shape[1:])
        return ROUNDING * math.sqrt(length) * noise(self.algorithm, w)

    def _channels(self, site: Site) -> int:
        """Input channels that the algorithm sees."""
        return site.input(0).shape[1] * (conv_of(site).strides[0]**2 if self.deep else 1)

    def _weights(self, site: Site, tile_b: int, groups: int,
                 ready: int) -> tuple[Array | Prepared, ...]:
        """Filters as they are, those transformed at load, and the bias.

        They are shipped transformed only where memory is scarce.
        """
        a, lanes, w = self.algorithm, site.target.lanes, self._filters(site)
        none = np.zeros(0, np.float32)
        if site.target.bare_metal and not self.lean:
            return none, *pack(a, w, bias_of(site), lanes, tile_b)
        filters, bias = pack_as_is(w, bias_of(site), lanes, tile_b)
        ic, blocks = w.shape[1], bias.size // lanes
        if not self.lean:
            return none, prepared_filters(filters, a.matrices.g, ic, blocks, lanes, tile_b), bias
        if not ready:
            return filters, none, bias
        parts = filters.reshape(-1, groups, filters.size // (blocks // tile_b))
        even, odd = parts[::2], parts[1::2]
        lean = np.concatenate([np.stack([e[:-ready], o[ready:]]) for e, o in zip(even, odd,
                                                                              strict=True)])
        early = np.concatenate([np.stack([e[-ready:], o[:ready]]) for e, o in zip(even, odd,
                                                                               strict=True)])
        g = a.matrices.g / FACTORS[:, None]
        return (lean.ravel(), prepared_filters(
            early.ravel(), g, ic, early.shape[0] * ready * tile_b, lanes, tile_b), bias)

    def _ready(self, site: Site, tiling: Tiling) -> int:
        """Groups of a chunk whose filters are transformed at load though the others are lean.

        Threads take turns at them: as many as do not make memory the slowest.
        """
        if not self._in_turns(site, tiling):
            return 0
        groups, _ = self._parts(site, tiling)
        settled = dict(site.variant).get("ready", -1)
        return settled if 0 <= settled < groups else min(
            range(groups), key=lambda n: self._sum_cycles(site, tiling, n / groups))

    def _in_turns(self, site: Site, tiling: Tiling) -> bool:
        """Whether some filters can be ready: an even number of chunks, all of whole groups."""
        groups, chunks = self._parts(site, tiling)
        return (self.lean and self._by_channels(site) and tiling.panels == 1 and chunks % 2 == 0
                and not site.target.bare_metal
                and self._blocks(site) == chunks * groups * tiling.b)

    def _blocks(self, site: Site) -> int:
        """Vectors of output channels."""
        return -(-site.output().shape[1] // site.target.lanes)

    def _filters(self, site: Site) -> Array:
        """Weights [oc, channels, taps, taps] that the algorithm sees."""
        w = weights_of(site)
        return squares(w, conv_of(site).strides[0]) if self.deep else w

    def _across(self, width: int) -> int:
        return -(-width // self.algorithm.outputs)

    def _tiles(self, site: Site) -> int:
        """The tiles of the whole batch."""
        n, _, h, w = site.output().shape
        return n * self._across(h) * self._across(w)

    def _strip_columns(self, width: int) -> int:
        return (self._across(width) - 1) * self.algorithm.outputs + self.algorithm.inputs

    def _tiling(self, site: Site) -> Tiling:
        """The register tile that takes the fewest cycles, and a panel whose scratch is cached."""
        tiles, lanes = self._tiles(site), site.target.lanes
        blocks, ic_blocks = -(-site.output().shape[1] // lanes), -(-self._channels(site) // lanes)
        settled = dict(site.variant)
        if not self.deep:
            ranked = [(p, b) for _, p, b in self._ranked(site)]
            wanted = settled.get("tile_p", 0), settled.get("tile_b", 0)
            p, b = wanted if wanted in ranked else ranked[0]
            runs = -(-tiles // p)
            panels = settled.get("panels", self._panels_for(site, tiles, p, ic_blocks, b))
            return Tiling(-(-runs // panels) * p, panels, p, b, self._slab(site, b))
        across = self._across(site.output().shape[3])
        panel = across * settled.get("rows", -(-LEAST_STRIP_TILES // across))
        _, p, b = _register_tiles(site.target, panel, blocks)[0]
        return Tiling(panel, -(-tiles // panel), settled.get("tile_p", p),
                      settled.get("tile_b", b))

    def _ranked(self, site: Site) -> list[tuple[float, int, int]]:
        """Register tiles as (cycles, tiles, vectors of channels), by the cycles of the busiest."""
        tiles, threads = self._tiles(site), site.request.threads
        blocks = self._blocks(site)
        room = site.target.l1d_bytes * SLAB_SHARE
        ranked = []
        for cycles, p, b in _register_tiles(site.target, tiles, blocks):
            if self.lean and b > 1 and self._slab_bytes(site, b) > room:
                continue
            if blocks // self.phases**2 % b and self.phases > 1:
                continue
            units, piece = (blocks, b) if self._by_channels(site) else (tiles, p)
            ranked.append((cycles * unevenness(units, threads, piece), p, b))
        return sorted(ranked)

    def _slab_bytes(self, site: Site, b: int, channels: int = LEAST_SLAB) -> int:
        """A slab's filters, and a row of them transformed."""
        a = self.algorithm
        return 4 * (a.taps**2 + a.inputs) * channels * b * site.target.lanes

    def _slab(self, site: Site, b: int) -> int:
        """Whole vectors of input channels, as many as the first cache has room for."""
        if not self.lean:
            return 0
        lanes = site.target.lanes
        fit = int(site.target.l1d_bytes * SLAB_SHARE) // self._slab_bytes(site, b, lanes) * lanes
        return min(max(fit, LEAST_SLAB), -(-self._channels(site) // lanes) * lanes)

    def _by_channels(self, site: Site) -> bool:
        """Whether threads share the output channels: where filters are more than what they meet.

        Each thread then transforms all of the input, and reads its own filters alone.
        """
        return not self.deep and site.output().shape[1] > self._tiles(site)

    def _panels_for(self, site: Site, tiles: int, p: int, ic_blocks: int, b: int) -> int:
        """In how many panels the tiles are cut: each fits the cache, and every thread has some."""
        elements, runs = self.algorithm.elements, -(-tiles // p)
        each = 4 * elements * site.target.lanes * (ic_blocks + b) * p
        most = max(1, site.target.l2_bytes * 5 // 4 // each)
        panels, threads = -(-runs // most), site.request.threads
        if threads > 1 and not self._by_channels(site):
            weights = 4 * elements * math.prod(site.input(1).shape[:2])
            wanted = threads * (
                LIGHT_PANELS if weights <= site.target.l2_bytes else HEAVY_PANELS)
            panels = max(panels, even_parts(1, runs, 1, min(runs, max(panels, wanted)), threads))
        return panels

    def _parts(self, site: Site, tiling: Tiling) -> tuple[int, int]:
        """Output-channel groups of a chunk, and the number of chunks."""
        panels, oc_groups = tiling.panels, -(-self._blocks(site) // tiling.b)
        threads, of_a_phase = site.request.threads, oc_groups // self.phases**2
        parts = threads if self._by_channels(site) else -(-2 * threads // panels)
        parts = 1 if threads == 1 else -(-parts // self.phases**2)
        groups = -(-of_a_phase // min(of_a_phase, parts))
        if of_a_phase % groups and self.phases > 1:
            groups = of_a_phase
        return groups, panels * -(-oc_groups // groups)


@lru_cache(maxsize=4096)
def _register_tiles(target: Target, tiles: int, blocks: int) -> tuple[tuple[float, int, int], ...]:
    """Register tiles as (cycles, tiles, vectors of channels), the fewest cycles first.

    As for direct convolution, but each register tile fetches its weights from the second cache.
    """
    found = []
    for b in range(1, min(blocks, MOST_VECTORS) + 1):
        for p in range(1, tiles + 1):
            if not fits(target, p, b, by_lane=True):
                break
            found.append((_sums(target, tiles, blocks, Tiling(tiles, 1, p, b)), p, b))
    return tuple(sorted(found))


def _sums(target: Target, tiles: int, blocks: int, tiling: Tiling) -> float:
    """Cycles of one input channel of one element of all tiles and output channels."""
    panels, rest = divmod(tiles, tiling.panel)
    return sum(
        times * count_b * count_p * (tile_cycles(target, pixels, vectors) + FETCH_CYCLES * vectors)
        for times, count in ((panels, tiling.panel), (1, rest)) if count and times
        for vectors, count_b in ((tiling.b, blocks // tiling.b), (blocks % tiling.b, 1)) if vectors
        for pixels, count_p in ((tiling.p, count // tiling.p), (count % tiling.p, 1)) if pixels)


def noise(algorithm: Algorithm, w: Array) -> float:
    """The errors of the algorithm's sums over those of direct ones, for these filters.

    Each product errs by its share of a last bit, in either: with elements U = G w G^T of inputs
    B^T x B that are as large as the rows of B^T are, outputs sum the squares of the columns of A^T.
    Of many channels, so many are looked at.
    """
    m = algorithm.matrices
    out, inner = (max(1, channels // NOISE_CHANNELS) for channels in w.shape[:2])
    some = w[::out, ::inner].astype(np.float64)
    direct = float((some**2).sum())
    if not direct > 0:
        return 1.0
    inputs = (m.bt**2).sum(1)
    elements = ((m.g @ some @ m.g.T)**2).sum((0, 1)) * np.outer(inputs, inputs)
    outputs = (m.at**2).mean(0)
    return math.sqrt(float(outputs @ elements @ outputs) / direct)


def squares(w: Array, step: int) -> Array:
    """Weights [M, C, kh, kw] of a stride as those of stride 1 on squares of step x step pixels.

    [M, C step step, ceil(kh / step), ceil(kw / step)], channels as [C][row][column]; the taps
    that the filter does not have are 0.
    """
    m, c, kh, kw = w.shape
    th, tw = -(-kh // step), -(-kw // step)
    whole = np.zeros((m, c, th * step, tw * step), w.dtype)
    whole[:, :, :kh, :kw] = w
    return whole.reshape(m, c, th, step, tw, step).transpose(0, 1, 3, 5, 2, 4).reshape(
        m, c * step * step, th, tw)


def pack_as_is(w: Array, bias: Array, lanes: int, tile_b: int) -> tuple[Array, Array]:
    """Weights as [oc group][ic][kh][kw][B][lanes], and the bias, zero-padded."""
    oc, ic, kh, kw = w.shape
    blocks = -(-oc // lanes)
    filters = np.zeros((blocks * lanes, ic, kh, kw), np.float32)
    filters[:oc] = w
    order = filters.reshape(blocks, lanes, ic, kh, kw).transpose(2, 3, 4, 0, 1)
    pieces = [order[..., first:first + tile_b, :].ravel() for first in range(0, blocks, tile_b)]
    return np.concatenate(pieces), _padded(bias, blocks * lanes)


def _padded(bias: Array, size: int) -> Array:
    return np.concatenate([bias, np.zeros(size - bias.size, np.float32)]).astype(np.float32)


def pack(algorithm: Algorithm, w: Array, bias: Array, lanes: int,
         tile_b: int) -> tuple[Array, Array]:
    """Transformed weights as [oc group][elements][ic][B][lanes], and the bias, zero-padded."""
    oc, ic = w.shape[:2]
    blocks, g = -(-oc // lanes), algorithm.matrices.g
    filters = np.zeros((blocks * lanes, *w.shape[1:]))
    filters[:oc] = w
    elements = (g @ filters @ g.T).astype(np.float32).reshape(
        blocks, lanes, ic, algorithm.elements)
    order = elements.transpose(3, 2, 0, 1)  # [elements][ic][blocks][lanes]
    pieces = [order[:, :, first:first + tile_b].ravel() for first in range(0, blocks, tile_b)]
    return np.concatenate(pieces), _padded(bias, blocks * lanes)


KERNELS = (Conv2dWinograd(F43), Conv2dWinograd(F43, lean=True), Conv2dWinograd(F63),
           Conv2dWinograd(STRIDED), Conv2dWinograd(F43, deep=True), Conv2dWinograd(F44, deep=True))
