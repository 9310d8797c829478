"""Transposed convolution of float32, gathered by output pixel, in blocked layout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinsmith.dtypes import DType
from tinsmith.kernels.addressing import image, is_image, row_bands, strides, window_fields
from tinsmith.kernels.conv.groups import merge_groups
from tinsmith.kernels.conv.pack import pack, pack_bias, segments
from tinsmith.kernels.conv.site import bias_of, four_axes, weights_of
from tinsmith.kernels.conv.tiles import tile
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site
from tinsmith.kernels.work import TILED, arithmetic
from tinsmith.ops.conv_transpose import ConvTranspose

MAX_STRIDE = 8
PLAIN_INPUT = 1.5  # times the cycles of a blocked one


class ConvTranspose2d(Kernel):
    """ConvTranspose over one or two axes with constant weights."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Blocked out; blocked or row-major in."""
        op = site.op
        if not (isinstance(op, ConvTranspose) and is_image(site.inputs[0])
                and site.input(0).dtype is DType.F32 and site.constant(1) is not None
                and (not site.has_input(2) or site.constant(2) is not None)
                and not site.has_input(3) and op.strides[-1] <= MAX_STRIDE
                and all(p >= 0 for p in op.pads) and site.output().size):
            return ()
        block = site.target.lanes
        return tuple(site.in_blocks((x, 0, 0), (block,))
                     for x in (block, 0))

    def cycles(self, site: Site, forms: Forms) -> float:
        """Arithmetic of whole vectors."""
        y = site.output()
        waste = forms.outputs[0].size_bytes(y) / y.size_bytes
        macs = site.op.macs(site.inputs, (y,)) * waste
        return arithmetic(site.target, macs, share=TILED) * (
            PLAIN_INPUT if forms.inputs[0].row_major else 1.0)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Weights as of a convolution from C to M channels."""
        op, lanes = site.op, site.target.lanes
        assert isinstance(op, ConvTranspose)
        x = image(site.input(0), forms.inputs[0])
        y = image(site.output(), forms.outputs[0])
        w = four_axes(weights_of(site))
        per_group = w.reshape(op.group, -1, *w.shape[1:]).swapaxes(1, 2)
        forward = per_group.reshape(-1, *per_group.shape[2:])
        weights, group = merge_groups(np.ascontiguousarray(forward), op.group, lanes)
        oc = weights.shape[0] // group
        x_plain = forms.inputs[0].row_major
        ic_block = x.c if x_plain else lanes
        fields = window_fields(w.shape[4 - len(op.strides):], op.strides, op.dilations, op.pads)
        vectors = -(-oc // lanes)
        p, b = tile(site.target, -(-y.w // op.strides[-1]), vectors, by_lane=not x_plain)
        bands, chunks = row_bands(y.n, group * -(-vectors // b), y.h, site.request)
        segment = segments(weights.shape[1], group, ic_block, 1)
        constants: dict[str, Constant] = {
            "n": x.n, "groups": group, "ic": weights.shape[1], "ih": x.h, "iw": x.w, "oc": oc,
            "oh": y.h, "ow": y.w, **fields, "ic_block": ic_block,
            **strides("x", x), "x_block": 0 if x_plain else x.block,
            "x_lane": x.block if x_plain else 1, **strides("y", y), **strides("r", None),
            "tile_p": p, "tile_b": b, "bands": bands,
        }
        return Call("conv_transpose2d_f32", (0, -1), weights=(pack(weights, segment, lanes, b),
                             pack_bias(bias_of(site), group, lanes)),
                    constants=(*constants.items(), *epilogue(op.activation)), chunks=chunks)


KERNEL = ConvTranspose2d()
