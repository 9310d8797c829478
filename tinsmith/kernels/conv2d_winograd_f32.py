"""3x3 convolution of float32 by Winograd's F(4x4, 3x3): 36 products where there were 144.

Answers differ from direct convolution by rounding, some 1e-6 of the largest: ``exact`` turns it
off. Weights grow fourfold, so layers of few pixels and many channels, which wait for their
weights, stay direct; ``cost`` counts both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.kernels.addressing import image, strides
from tinsmith.kernels.conv2d_direct_f32 import (
    bias_of,
    conv_of,
    serves,
    tile_cycles,
    weights_of,
)
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import PLAIN, Call, Constant, Kernel, Layout, Layouts, Site
from tinsmith.targets import Target

OUT, ELEMENTS = 4, 36

# Lavin and Gray's matrices for the points 0, 1, -1, 2, -2, infinity. The header's BT and AT.
G = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4],
              [0, 0, 24]]) / 24
BT = np.array([[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0],
               [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]])
AT = np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0],
               [0, 1, -1, 8, -8, 1]])

# Measured on Zen 5: to transform one vector of channels of one tile, to store one sum and to fetch
# one vector of weights (both for a register tile); and what memory delivers to all threads.
INPUT_CYCLES, OUTPUT_CYCLES, STORE_CYCLES, FETCH_CYCLES = 140.0, 120.0, 1.2, 0.2
WEIGHT_BYTES_A_CYCLE = 8.0
LIGHT_PANELS, HEAVY_PANELS = 5, 3  # for each thread; every panel reads all weights again


class Conv2dWinograd(Kernel):
    """Conv with constant 3x3 weights, stride 1, dilation 1 and one group; blocked on both sides."""

    def layouts(self, site: Site) -> Sequence[Layouts]:
        """Blocked input and output; a residual lies like the output."""
        if site.options.exact or not serves(site):
            return ()
        op = conv_of(site)
        if (op.group != 1 or weights_of(site).shape[2:] != (3, 3)
                or any(s != 1 for s in (*op.strides, *op.dilations))):
            return ()
        block = Layout(site.target.lanes)
        return (Layouts((block, PLAIN, PLAIN, block)[:len(site.inputs)], (block,)),)

    def cost(self, site: Site, layouts: Layouts) -> float:
        """Transforms, and products or, if it takes longer, the reading of the weights."""
        lanes = site.target.lanes
        ic, oc = site.input(0).shape[1], site.output().shape[1]
        tiles, blocks = _tiles(site), -(-oc // lanes)
        products = ELEMENTS * (
            _tiling(site.target, tiles, blocks)[0] * ic * 1.12 + tiles * blocks * STORE_CYCLES)
        weights = ELEMENTS * ic * blocks * lanes * 4 / WEIGHT_BYTES_A_CYCLE
        transforms = tiles * (INPUT_CYCLES * -(-ic // lanes) + OUTPUT_CYCLES * blocks)
        return max(products, weights * site.options.threads) + transforms

    def lower(self, site: Site, layouts: Layouts) -> Call:
        """The call, with weights in the order of the header's head comment."""
        op = conv_of(site)
        lanes = site.target.lanes
        x, y = image(site.input(0), layouts.inputs[0]), image(site.output(), layouts.outputs[0])
        has_residual = site.has_input(3)
        tiles, blocks, ic_blocks = _tiles(site), -(-y.c // lanes), -(-x.c // lanes)
        _, p, b = _tiling(site.target, tiles, blocks)
        panel = _panel(site, tiles, p, ic_blocks, b)
        groups, chunks = _parts(site, -(-tiles // panel), -(-blocks // b))
        floats = ELEMENTS * ((ic_blocks * panel + 1) + (panel * b + 1)) * lanes
        constants: dict[str, Constant] = {
            "n": x.n, "ic": x.c, "ih": x.h, "iw": x.w, "oc": y.c, "oh": y.h, "ow": y.w,
            "pad_top": op.pads[0], "pad_left": op.pads[1],
            **strides("x", x), **strides("y", y), **strides("r", y if has_residual else None),
            "tile_p": p, "tile_b": b, "panel": panel, "groups": groups,
        }
        return Call(
            kernel="conv2d_winograd_f32",
            operands=(0, 3 if has_residual else -1),
            weights=pack(weights_of(site), bias_of(site), lanes, b),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            scratch_bytes=4 * floats,
            chunks=chunks,
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )


def _tiles(site: Site) -> int:
    """The tiles of the whole batch."""
    n, _, h, w = site.output().shape
    return n * -(-h // OUT) * -(-w // OUT)


@lru_cache(maxsize=4096)
def _tiling(target: Target, tiles: int, blocks: int) -> tuple[float, int, int]:
    """The register tile that takes the fewest cycles: those of one input channel, tiles, vectors.

    As for direct convolution, but each register tile fetches its weights from the second cache.
    """
    best = (math.inf, 1, 1)
    for b in range(1, min(blocks, 4) + 1):
        for p in range(1, min(tiles, target.vector_registers) + 1):
            if p * b + b + 1 > target.vector_registers:
                break
            cycles = sum(
                count_b * count_p * (tile_cycles(pixels, vectors) + FETCH_CYCLES * vectors)
                for vectors, count_b in ((b, blocks // b), (blocks % b, 1)) if vectors
                for pixels, count_p in ((p, tiles // p), (tiles % p, 1)) if pixels)
            if cycles < best[0] * 0.999:
                best = (cycles, p, b)
    return best


def _panel(site: Site, tiles: int, p: int, ic_blocks: int, b: int) -> int:
    """The tiles of a panel: whole register tiles, scratch that fits the cache, chunks for all."""
    runs = -(-tiles // p)
    each = 4 * ELEMENTS * site.target.lanes * (ic_blocks + b) * p
    most = max(1, site.target.l2_bytes * 3 // 4 // each)
    panels, threads = -(-runs // most), site.options.threads
    if threads > 1:
        light = 4 * ELEMENTS * math.prod(site.input(1).shape[:2]) <= site.target.l2_bytes
        wanted = threads * (LIGHT_PANELS if light else HEAVY_PANELS)
        panels = -(-max(panels, min(runs, wanted)) // threads) * threads
    return -(-runs // panels) * p


def _parts(site: Site, panels: int, oc_groups: int) -> tuple[int, int]:
    """Output-channel groups of a chunk, and the number of chunks."""
    wanted = 1 if site.options.threads == 1 else 2 * site.options.threads
    parts = min(oc_groups, max(1, -(-wanted // panels)))
    groups = -(-oc_groups // parts)
    return groups, panels * -(-oc_groups // groups)


def pack(w: Array, bias: Array, lanes: int, tile_b: int) -> tuple[Array, Array]:
    """Transformed weights as [oc group][36][ic][B][lanes], and the bias, zero-padded."""
    oc, ic = w.shape[:2]
    blocks = -(-oc // lanes)
    filters = np.zeros((blocks * lanes, ic, 3, 3))
    filters[:oc] = w
    elements = (G @ filters @ G.T).astype(np.float32).reshape(blocks, lanes, ic, ELEMENTS)
    order = elements.transpose(3, 2, 0, 1)  # [36][ic][blocks][lanes]
    pieces = [order[:, :, first:first + tile_b].ravel() for first in range(0, blocks, tile_b)]
    padded = np.zeros(blocks * lanes, np.float32)
    padded[:oc] = bias
    return np.concatenate(pieces), padded


KERNEL = Conv2dWinograd()
