"""Depthwise convolution of float32 in blocked layout: one filter for each channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.kernels.addressing import image, row_bands, strides, window_fields
from tinsmith.kernels.conv.conv2d_direct_f32 import (
    bias_of,
    conv_of,
    depth,
    serves,
    serves_volume,
    weights_of,
)
from tinsmith.kernels.convert.relayout import blocked
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site
from tinsmith.kernels.registers import room
from tinsmith.targets import Target


class Conv2dDepthwise(Kernel):
    """Conv with as many groups as channels, in and out."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """All blocked."""
        if not (serves(site) or serves_volume(site)):
            return ()
        op, w = conv_of(site), site.input(1)
        if not op.group == site.input(0).shape[1] == w.shape[0]:
            return ()
        block = site.target.lanes
        return (site.in_blocks((block,) * len(site.inputs), (block,)),)

    def cycles(self, site: Site, forms: Forms) -> float:
        """One multiply-accumulate of a vector a cycle, and the traffic."""
        op = conv_of(site)
        vectors = forms.outputs[0].size_bytes(site.output()) / (4 * site.target.lanes)
        return vectors * op.macs(site.inputs, (site.output(),)) / site.output().size + 2 * vectors

    def lower(self, site: Site, forms: Forms) -> Call:
        """Weights as [block][...kernel][lanes]."""
        op, lanes = conv_of(site), site.target.lanes
        x = image(site.input(0), forms.inputs[0])
        y = image(site.output(), forms.outputs[0])
        w, kernel = weights_of(site), weights_of(site).shape[2:]
        bands, chunks = row_bands(x.n, -(-x.c // lanes), y.d * y.h, site.request)
        has_residual = site.has_input(3)
        constants: dict[str, Constant] = {
            "n": x.n, "channels": x.c, "ih": x.h, "iw": x.w, "oh": y.h, "ow": y.w,
            **window_fields(kernel, op.strides, op.dilations, op.pads),
            **depth(op, x, y, kernel),
            **strides("x", x), **strides("y", y), **strides("r", y if has_residual else None),
            "tile_p": row_tile(y.w, most_pixels(site.target, kernel[-1])),
            "bands": bands,
        }
        return Call(
            kernel="conv2d_depthwise_f32",
            operands=(0, 3 if has_residual else -1),
            weights=(pack(w, lanes), padded(bias_of(site), lanes)),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            chunks=chunks,
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )


def pack(w: Array, lanes: int) -> Array:
    """Weights [C, 1, ...kernel] as [block][...kernel][lanes], zero-padded."""
    return blocked(w.reshape(1, *w.shape[:1], *w.shape[2:]), lanes)


def padded(vector: Array, lanes: int) -> Array:
    """A value for each channel, zero-padded to whole vectors."""
    return np.pad(vector, (0, -len(vector) % lanes)).astype(np.float32)


def most_pixels(target: Target, kw: int) -> int:
    """The largest tile that pays, or that fits beside the weights of a kernel row and a pixel."""
    paying = 14 if target.vector_registers >= 32 else 6
    return max(1, min(paying, room(target, kw + 1)))


def row_tile(width: int, most: int) -> int:
    """The pixels of a tile: as many as registers allow, such that the row splits evenly."""
    tiles = -(-width // most)
    return -(-width // tiles)


KERNEL = Conv2dDepthwise()
