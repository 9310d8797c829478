"""1x1 convolution of float32 by one level of Strassen's algorithm: an eighth fewer products.

Its additions cost a few per cent, so it pays where both sides have many channels. Answers differ
from direct convolution by rounding: ``exact`` turns it off. Weights grow to 7/4.

Source: Strassen, "Gaussian Elimination is not Optimal", 1969.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.addressing import image
from tinsmith.kernels.conv.geometry import is_pointwise
from tinsmith.kernels.conv.site import bias_of, conv_of, four_axes, serves, weights_of
from tinsmith.kernels.conv.tiles import NEAR, VARIANTS, store_cycles, tiles
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site, Variant
from tinsmith.kernels.work import read_once

PRODUCTS, SUMS, UPDATES = 7, 5, 12
# stores that a vector takes as long as: of a left side, of a quarter of a tile, of its outputs
SUM, UPDATE, OUTPUT = 3.0, 1.6, 2.0
FAR = 1.12  # times the cycles: its left sides and weights come from the second cache
SUMS_SHARE = 0.3  # of the second cache, for the left sides of a panel
PANELS = 2  # for each thread, where there are several


class Conv2dStrassen(Kernel):
    """Conv 1x1 with constant weights and even numbers of pixels and channel blocks, all blocked."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Blocked input and output; a residual lies like the output."""
        if site.request.numerics.exact or not serves(site, DType.F32):
            return ()
        op, w, twice = conv_of(site), four_axes(weights_of(site)), 2 * site.target.lanes
        if (op.group != 1 or not is_pointwise(op, w.shape[2:]) or _pixels(site) % 2
                or w.shape[0] % twice or w.shape[1] % twice):
            return ()
        block = site.target.lanes
        return (site.in_blocks((block, 0, 0, block), (block,)),)

    def variants(self, site: Site, forms: Forms) -> Sequence[Variant]:
        """The tiles that come nearest to the best."""
        ranked = self._ranked(site)
        near = [(p, b) for cycles, p, b in ranked[1:] if cycles < ranked[0][0] * NEAR]
        return ((), *((("tile_p", p), ("tile_b", b)) for p, b in near[:VARIANTS]))

    def cycles(self, site: Site, forms: Forms) -> float:
        """Seven half-sized products, or the reading of their weights; sums and updates."""
        lanes = site.target.lanes
        oc, ic = site.input(1).shape[:2]
        n, pixels = site.output().shape[0], _pixels(site)
        blocks = oc // 2 // lanes
        products = n * PRODUCTS * self._ranked(site)[0][0] * ic // 2
        reading = read_once(site.target, PRODUCTS * ic * oc, site.request.threads)
        tile = n * pixels // 2 * blocks
        stores = SUM * SUMS * n * pixels // 2 * ic // 2 / lanes + tile * (
            UPDATES * UPDATE + 4 * OUTPUT)
        return max(products * FAR, reading) + stores * store_cycles(site.target)

    def lower(self, site: Site, forms: Forms) -> Call:
        """The call, with weights in the order of the header's head comment."""
        op, lanes = conv_of(site), site.target.lanes
        x, y = image(site.input(0), forms.inputs[0]), image(site.output(), forms.outputs[0])
        has_residual = site.has_input(3)
        pixels, settled = _pixels(site), dict(site.variant)
        _, p, b = self._ranked(site)[0]
        p, b = settled.get("tile_p", p), settled.get("tile_b", b)
        panel = _panel(site, pixels // 2, p, x.c)
        panels, oc_groups = -(-pixels // 2 // panel), -(-y.c // 2 // lanes // b)
        parts = min(oc_groups, -(-PANELS * site.request.threads // panels)) if (
            site.request.threads > 1) else 1
        groups = -(-oc_groups // parts)
        runs = -(-min(panel, pixels // 2) // p)
        residual = y if has_residual else None
        constants: dict[str, Constant] = {
            "n": x.n, "ic": x.c, "oc": y.c, "pixels": pixels,
            "x_n": x.image, "x_block": x.block, "y_n": y.image, "y_block": y.block,
            "r_n": residual.image if residual else 0, "r_block": residual.block if residual else 0,
            "tile_p": p, "tile_b": b, "panel": panel, "groups": groups,
            "ahead": -(-lanes * b // runs),
        }
        return Call(
            kernel="conv2d_strassen_f32",
            operands=(0, 3 if has_residual else -1),
            weights=(pack(four_axes(weights_of(site))[:, :, 0, 0], lanes, b), bias_of(site)),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            scratch_bytes=4 * lanes * (SUMS * x.c // 2 // lanes * panel + 4 * p * b),
            chunks=x.n * panels * -(-oc_groups // groups),
            algorithm="Strassen",
            products=x.n * pixels * x.c * y.c * PRODUCTS // 8,
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )

    def _ranked(self, site: Site) -> tuple[tuple[float, int, int], ...]:
        """Tiles of half the pixels and half the channels, the best first."""
        blocks = site.output().shape[1] // 2 // site.target.lanes
        return tiles(site.target, _pixels(site) // 2, blocks, by_lane=True)


def _pixels(site: Site) -> int:
    kind = site.output()
    return kind.size // (kind.shape[0] * kind.shape[1])


def _panel(site: Site, half: int, p: int, ic: int) -> int:
    """Pixels of a panel: whole tiles whose left sides stay in the cache, panels for all threads."""
    runs, threads = -(-half // p), site.request.threads
    room = int(site.target.model.l2.share(threads) * SUMS_SHARE)
    most = max(1, room // (4 * SUMS * ic // 2 * p))
    panels = -(-runs // most)
    if threads > 1:
        panels = -(-max(panels, min(runs, PANELS * threads)) // threads) * threads
    return -(-runs // panels) * p


def pack(w: Array, lanes: int, tile_b: int) -> Array:
    """Weights [oc, ic] as [oc group][7][ic / 2][B][lanes]: the right sides of the products."""
    oc, ic = w.shape
    whole = w.T.astype(np.float64)
    w11, w12 = whole[:ic // 2, :oc // 2], whole[:ic // 2, oc // 2:]
    w21, w22 = whole[ic // 2:, :oc // 2], whole[ic // 2:, oc // 2:]
    right = np.stack([w11 + w22, w11, w12 - w22, w21 - w11, w22, w11 + w12, w21 + w22])
    order = right.astype(np.float32).reshape(PRODUCTS, ic // 2, oc // 2 // lanes, lanes)
    return np.concatenate([order[:, :, first:first + tile_b].ravel()
                           for first in range(0, oc // 2 // lanes, tile_b)])


KERNEL = Conv2dStrassen()
