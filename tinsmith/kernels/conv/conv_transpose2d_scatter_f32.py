"""Transposed convolution of float32, scattered by tap: a 1x1 convolution for each, then sums.

Weights are read once, where gathering by output pixel reads them for each row of output. For small
images with many channels, as behind the backbone of a pose or segmentation network.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinsmith.dtypes import DType
from tinsmith.kernels.addressing import image, strides, unevenness, window_fields
from tinsmith.kernels.conv.bands import ahead
from tinsmith.kernels.conv.conv_transpose2d_f32 import ConvTranspose2d
from tinsmith.kernels.conv.pack import pack, pack_bias, segments
from tinsmith.kernels.conv.site import bias_of, four_axes, weights_of
from tinsmith.kernels.conv.tiles import fetching_cycles, store_cycles, tiles
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site
from tinsmith.kernels.work import read_once
from tinsmith.ops.conv_transpose import ConvTranspose

GATHERED = ConvTranspose2d()
STORES = 3.0  # that one vector of one tap takes as long as: it, and adding it to its output
SUMS_SHARE = 0.6  # of the second cache, for the sums of one chunk


class ConvTranspose2dScatter(Kernel):
    """ConvTranspose with constant weights and one group, where the sums of a chunk are cached."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Blocked in and out."""
        return tuple(each for each in GATHERED.forms(site)
                     if not each.inputs[0].row_major and _op(site).group == 1 and _tiles(site))

    def cycles(self, site: Site, forms: Forms) -> float:
        """Sums or, if it takes longer, reading the weights; then adding."""
        cycles, _, _ = _tiles(site)[0]
        w, blocks = site.input(1), -(-site.output().shape[1] // site.target.lanes)
        vectors = _pixels(site) * math.prod(w.shape[2:]) * blocks
        reading = read_once(site.target, w.size_bytes, site.request.threads)
        return max(cycles, reading) + vectors * STORES * store_cycles(site.target)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Weights as of a convolution from C to M channels."""
        op, lanes = _op(site), site.target.lanes
        x = image(site.input(0), forms.inputs[0])
        y = image(site.output(), forms.outputs[0])
        w = four_axes(weights_of(site))
        ic, oc = w.shape[:2]
        _, p, b = _tiles(site)[0]
        packed = pack(np.ascontiguousarray(w.swapaxes(0, 1)), segments(ic, 1, ic, 1), lanes, b)
        constants: dict[str, Constant] = {
            "n": x.n, "ic": ic, "ih": x.h, "iw": x.w, "oc": oc, "oh": y.h, "ow": y.w,
            **window_fields(w.shape[4 - len(op.strides):], op.strides, op.dilations, op.pads),
            **strides("x", x), **strides("y", y), "tile_p": p, "tile_b": b,
            "ahead": ahead(site.target, DType.F32, 4 * ic * b * lanes, b * lanes,
                           -(-x.h * x.w // p)),
        }
        return Call(
            kernel="conv_transpose2d_scatter_f32", operands=(0,),
            weights=(packed, pack_bias(bias_of(site), 1, lanes)),
            constants=(*constants.items(), *epilogue(op.activation)),
            scratch_bytes=_sum_bytes(site, b), chunks=x.n * -(-oc // (b * lanes)))


def _op(site: Site) -> ConvTranspose:
    assert isinstance(site.op, ConvTranspose)
    return site.op


def _pixels(site: Site) -> int:
    """Of all input images."""
    n, _, *spatial = site.input(0).shape
    return n * math.prod(spatial)


def _sum_bytes(site: Site, b: int) -> int:
    """What all taps give for b vectors of output channels of one image."""
    taps, n = math.prod(site.input(1).shape[2:]), site.input(0).shape[0]
    return 4 * taps * _pixels(site) // n * b * site.target.lanes


def _tiles(site: Site) -> list[tuple[float, int, int]]:
    """Register tiles as (cycles in the busiest thread, pixels, vectors), the best first."""
    target, w, n = site.target, site.input(1), site.input(0).shape[0]
    blocks, pixels = -(-site.output().shape[1] // target.lanes), _pixels(site) // n
    room = target.model.l2.share(site.request.threads) * SUMS_SHARE
    return sorted(
        (fetching_cycles(target, pixels, p, b, 4 * w.shape[0] * b * target.lanes)
         * n * blocks / b * math.prod(w.shape[2:]) * w.shape[0]
         * unevenness(n * blocks, site.request.threads, b), p, b)
        for _, p, b in tiles(target, pixels, blocks, by_lane=True)
        if _sum_bytes(site, b) <= room)


KERNEL = ConvTranspose2dScatter()
