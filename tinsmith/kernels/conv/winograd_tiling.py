"""How the work of a convolution by one of Winograd's algorithms is cut, and what its sums take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from tinsmith.dtypes import DType
from tinsmith.kernels.addressing import even_parts, unevenness
from tinsmith.kernels.conv.tiles import (
    INNER,
    MOST_VECTORS,
    fetch_cycles,
    in_registers,
    store_cycles,
    tile_cycles,
)
from tinsmith.kernels.conv.winograd_algorithms import Algorithm
from tinsmith.kernels.kernel import Variant
from tinsmith.kernels.work import arithmetic, read_once
from tinsmith.request import Request
from tinsmith.targets import Target

# Stores that a vector of sums takes as long as; of the time of a vector of weights from the second
# cache, behind arithmetic; of a sum, over what its tiles are counted to take.
STORES, NOT_HIDDEN, OVER = 1.2, 0.09, 1.12
# Lean: arithmetic instructions for each element of one vector of filters, to transform it; the part
# of the first cache that a slab's filters may take, with a row of transformed ones; input channels
# of a slab.
FILTER, SLAB_SHARE, LEAST_SLAB = 2.6, 0.65, 16
LIGHT_PANELS, HEAVY_PANELS = 5, 3  # for each thread; every panel reads all weights again
LEAST_STRIP_TILES = 24  # of a panel, for register tiles that fit
PANEL_SHARE = {DType.F32: 1.25, DType.BF16: 0.5}  # of the second cache, for a panel's scratch


@dataclass(frozen=True, slots=True)
class Problem:
    """A convolution as one of the algorithms sees it.

    Attributes:
        algorithm: that one.
        request: for which machine, with how many threads.
        variant: what is settled of the tiling.
        ic: input channels; of a first layer, those of its squares.
        oc: output channels, of all phases.
        images, height, width: of the outputs, of one phase.
        deep: a first layer, whose squares go through a strip.
        lean: filters are transformed whenever they run.
        phases: along each axis.
    """

    algorithm: Algorithm
    request: Request
    variant: Variant
    ic: int
    oc: int
    images: int
    height: int
    width: int
    deep: bool = False
    lean: bool = False
    phases: int = 1

    @property
    def target(self) -> Target:
        """The machine."""
        return self.request.target

    @property
    def inner(self) -> int:
        """Input channels that one step of a sum takes."""
        return INNER[self.algorithm.stored]

    @property
    def steps(self) -> int:
        """Steps of a sum."""
        return -(-self.ic // self.inner)

    @property
    def blocks(self) -> int:
        """Vectors of output channels."""
        return -(-self.oc // self.target.lanes)

    @property
    def ic_blocks(self) -> int:
        """Vectors of input channels."""
        return -(-self.ic // self.target.lanes)

    @property
    def across(self) -> int:
        """Tiles of a row."""
        return -(-self.width // self.algorithm.outputs)

    @property
    def tiles(self) -> int:
        """The tiles of the whole batch."""
        return self.images * -(-self.height // self.algorithm.outputs) * self.across

    @property
    def by_channels(self) -> bool:
        """Whether threads share the output channels: where filters are more than what they meet.

        Each thread then transforms all of the input, and reads its own filters alone.
        """
        return not self.deep and self.oc > self.tiles


@dataclass(frozen=True, slots=True)
class Tiling:
    """How the work is cut: panels of tiles, register tiles of tiles and vectors.

    Attributes:
        panel: tiles of the largest panel.
        panels: how many.
        p: tiles of a register tile.
        b: its vectors of output channels: those of a group.
        slab: input channels whose filters are transformed at a time; 0: they are already.
        groups: groups of a chunk.
        chunks: how many.
        ready: groups of a chunk whose filters are transformed at load.
    """

    panel: int
    panels: int
    p: int
    b: int
    slab: int = 0
    groups: int = 1
    chunks: int = 1
    ready: int = 1


def tiling_of(problem: Problem) -> Tiling:
    """The register tile that takes the fewest cycles, and a panel whose scratch is cached."""
    settled, tiles = dict(problem.variant), problem.tiles
    if problem.deep:
        panel = problem.across * settled.get("rows", -(-LEAST_STRIP_TILES // problem.across))
        found = register_tiles(
            problem.target, problem.algorithm.stored, panel, problem.blocks)
        # one size of rest: of full panels, or behind whole register tiles
        _, p, b = next(each for each in found if tiles % panel == 0 or panel % each[1] == 0)
        p, b = settled.get("tile_p", p), settled.get("tile_b", b)
        return _with_ready(problem, _shared(problem, Tiling(panel, -(-tiles // panel), p, b)))
    tilings = [(p, b) for _, p, b in ranked(problem)]
    wanted = settled.get("tile_p", 0), settled.get("tile_b", 0)
    p, b = wanted if wanted in tilings else tilings[0]
    runs = -(-tiles // p)
    panels = settled.get("panels", _panels(problem, p, b))
    tiling = Tiling(-(-runs // panels) * p, panels, p, b, _slab(problem, b))
    return _with_ready(problem, _shared(problem, tiling))


def ranked(problem: Problem) -> list[tuple[float, int, int]]:
    """Register tiles as (cycles, tiles, vectors of channels), by the cycles of the busiest."""
    blocks, threads = problem.blocks, problem.request.threads
    room = problem.target.model.l1d.size_bytes * SLAB_SHARE
    found = []
    for cycles, p, b in register_tiles(
            problem.target, problem.algorithm.stored, problem.tiles, blocks):
        if problem.lean and b > 1 and _slab_bytes(problem, b) > room:
            continue
        if problem.phases > 1 and blocks // problem.phases**2 % b:
            continue
        units, piece = (blocks, b) if problem.by_channels else (problem.tiles, p)
        found.append((cycles * unevenness(units, threads, piece), p, b))
    return sorted(found)


def sum_cycles(problem: Problem, tiling: Tiling, ready: float) -> float:
    """Cycles of products or, if it takes longer, reading, where this part of filters is ready."""
    a, tiles, blocks, lean = problem.algorithm, problem.tiles, problem.blocks, 1 - ready
    slabs = ready + lean * -(-problem.ic // tiling.slab) if lean else 1
    sums = _tile_sums(problem.target, a.stored, tiles, blocks, tiling) * problem.steps * OVER
    target, lanes = problem.target, problem.target.lanes
    filters = problem.ic * blocks * tiling.panels * lean * lanes
    products = a.elements * (
        sums + tiles * blocks * STORES * store_cycles(target) * slabs
        + arithmetic(target, filters, FILTER, share=1.0))
    stored = (lean * a.taps**2 + ready * a.elements) * problem.ic * a.stored.size_bytes
    return max(products, read_once(target, stored * blocks * lanes, problem.request.threads))


def takes_turns(problem: Problem, tiling: Tiling) -> bool:
    """Whether some lean filters can be ready: an even number of chunks, all of whole groups."""
    return (problem.lean and problem.by_channels and tiling.panels == 1
            and tiling.chunks % 2 == 0 and not problem.target.bare_metal
            and problem.blocks == tiling.chunks * tiling.groups * tiling.b)


def _with_ready(problem: Problem, tiling: Tiling) -> Tiling:
    """With the groups of a chunk that are ready.

    Of lean ones, where threads can take turns at them, as many as do not make memory the slowest.
    """
    groups = tiling.groups
    if not problem.lean:
        return replace(tiling, ready=groups)
    if not takes_turns(problem, tiling):
        return replace(tiling, ready=0)
    settled = dict(problem.variant).get("ready", -1)
    ready = settled if 0 <= settled < groups else min(
        range(groups), key=lambda n: sum_cycles(problem, tiling, n / groups))
    return replace(tiling, ready=ready)


def _shared(problem: Problem, tiling: Tiling) -> Tiling:
    """With the groups of a chunk, and the number of chunks."""
    threads, oc_groups = problem.request.threads, -(-problem.blocks // tiling.b)
    of_a_phase = oc_groups // problem.phases**2
    parts = threads if problem.by_channels else -(-2 * threads // tiling.panels)
    parts = 1 if threads == 1 else -(-parts // problem.phases**2)
    groups = -(-of_a_phase // min(of_a_phase, parts))
    if of_a_phase % groups and problem.phases > 1:
        groups = of_a_phase
    return replace(tiling, groups=groups, chunks=tiling.panels * -(-oc_groups // groups))


def _slab_bytes(problem: Problem, b: int, channels: int = LEAST_SLAB) -> int:
    """A slab's filters, and a row of them transformed."""
    a = problem.algorithm
    return 4 * (a.taps**2 + a.inputs) * channels * b * problem.target.lanes


def _slab(problem: Problem, b: int) -> int:
    """Whole vectors of input channels, as many as the first cache has room for."""
    if not problem.lean:
        return 0
    lanes = problem.target.lanes
    room = int(problem.target.model.l1d.size_bytes * SLAB_SHARE)
    fit = room // _slab_bytes(problem, b, lanes) * lanes
    return min(max(fit, LEAST_SLAB), problem.ic_blocks * lanes)


def _panels(problem: Problem, p: int, b: int) -> int:
    """In how many panels the tiles are cut: each fits the cache, and every thread has some."""
    a, target, threads = problem.algorithm, problem.target, problem.request.threads
    runs = -(-problem.tiles // p)
    each = a.elements * target.lanes * (a.stored.size_bytes * problem.ic_blocks + 4 * b) * p
    most = max(1, int(target.model.l2.share(threads) * PANEL_SHARE[a.stored]) // each)
    panels = -(-runs // most)
    if threads > 1 and not problem.by_channels:
        weights = a.stored.size_bytes * a.elements * problem.ic * problem.oc
        wanted = threads * (LIGHT_PANELS if weights <= target.model.l2.size_bytes else HEAVY_PANELS)
        panels = max(panels, even_parts(1, runs, 1, min(runs, max(panels, wanted)), threads))
    return panels


@lru_cache(maxsize=4096)
def register_tiles(target: Target, stored: DType, tiles: int,
                   blocks: int) -> tuple[tuple[float, int, int], ...]:
    """Register tiles as (cycles, tiles, vectors of channels), the fewest cycles first.

    As for direct convolution, but each register tile fetches its weights from the second cache.
    """
    found = []
    for b in range(1, min(blocks, MOST_VECTORS) + 1):
        for p in range(1, tiles + 1):
            if not in_registers(target, p, b, stored, by_lane=True):
                break
            found.append((_tile_sums(target, stored, tiles, blocks, Tiling(tiles, 1, p, b)), p, b))
    return tuple(sorted(found))


def _tile_sums(target: Target, stored: DType, tiles: int, blocks: int, tiling: Tiling) -> float:
    """Cycles of one step of one element of all tiles and output channels."""
    panels, rest = divmod(tiles, tiling.panel)
    return sum(
        times * count_b * count_p * (
            tile_cycles(target, pixels, vectors, stored, by_lane=True)
            + NOT_HIDDEN * fetch_cycles(target) * vectors)
        for times, count in ((panels, tiling.panel), (1, rest)) if count and times
        for vectors, count_b in ((tiling.b, blocks // tiling.b), (blocks % tiling.b, 1)) if vectors
        for pixels, count_p in ((tiling.p, count // tiling.p), (count % tiling.p, 1)) if pixels)
