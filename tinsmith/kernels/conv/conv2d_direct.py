"""Direct convolution over images and volumes, with vectors along the output channels.

Of float32, or of bfloat16 with sums of float32.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tinsmith.dtypes import DType
from tinsmith.kernels.addressing import image, strides
from tinsmith.kernels.conv.bands import ahead, bands
from tinsmith.kernels.conv.geometry import geometry, is_pointwise, row_of
from tinsmith.kernels.conv.groups import merge_groups, merged
from tinsmith.kernels.conv.pack import pack, pack_bias, segments
from tinsmith.kernels.conv.site import (
    bias_of,
    conv_of,
    four_axes,
    serves_volumes,
    stored_as,
    weights_of,
)
from tinsmith.kernels.conv.tiles import (
    NEAR,
    VARIANTS,
    register_tiles,
    store_cycles,
    taps_of,
    tile_of,
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
from tinsmith.kernels.work import instructions, read_once

FIRST_CHANNELS = 4  # of a row-major image that costs no more than a blocked one
PLAIN_INPUT, PLAIN_OUTPUT = 1.3, 1.8  # times the cycles of other ones; stores of an element


class Conv2dDirect(Kernel):
    """Conv over one to three spatial axes with constant weights."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Input and output each row-major (float32 only) or blocked; a residual like the output."""
        if not serves_volumes(site, DType.F32, DType.BF16):
            return ()
        block = site.target.lanes
        each = (block, 0) if site.input(0).dtype is DType.F32 else (block,)
        return tuple(site.in_blocks((x, 0, 0, y), (y,)) for x in each for y in each)

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
        best, groups = register_tiles(site, forms)[0], op.group // merged(site)
        taps = taps_of(site, best.inner)
        row = best.cycles * taps + width * blocks * store_cycles(site.target)
        weights = site.input(0).dtype.size_bytes * groups * blocks * lanes * taps
        cycles = max(groups * rows * row,
                     read_once(site.target, weights, site.request.threads))
        if forms.inputs[0].row_major and site.input(0).shape[1] > FIRST_CHANNELS:
            cycles = cycles * PLAIN_INPUT + instructions(site.target, site.input(0).size)
        if forms.outputs[0].row_major:
            cycles += y.size * PLAIN_OUTPUT / site.target.model.store.per_cycle
        return cycles

    def lower(self, site: Site, forms: Forms) -> Call:
        """The call, with weights in the order of the header's head comment."""
        op, lanes, dtype = conv_of(site), site.target.lanes, site.input(0).dtype
        x = image(site.input(0), forms.inputs[0])
        y = image(site.output(), forms.outputs[0])
        w, group = merge_groups(four_axes(weights_of(site)), op.group, lanes)
        x_plain, has_residual = forms.inputs[0].row_major, site.has_input(3)
        ic_block, kernel = x.c if x_plain else lanes, weights_of(site).shape[2:]
        ic, oc, pointwise = w.shape[1], w.shape[0] // group, is_pointwise(op, kernel)
        tile = tile_of(site, forms)
        p, b, width = tile.p, tile.b, tile.width
        segment = segments(ic, group, ic_block, tile.inner)
        cut, chunks = bands(site, pointwise, y, group * -(-oc // (width * b)), p)
        group_bytes = dtype.size_bytes * math.prod(w.shape[1:]) * b * width
        constants: dict[str, Constant] = {
            "stored": stored_as(site), "inner": tile.inner, "ragged": int(segment.ragged),
            "n": x.n, "groups": group, "ic": ic, "oc": oc,
            **geometry(op, x, y, kernel), "ic_block": ic_block,
            "filter": segment.steps * math.prod(kernel) * lanes,
            **strides("x", x), "x_block": 0 if x_plain else x.block,
            "x_lane": x.block if x_plain else 1,
            **strides("y", y), **strides("r", y if has_residual else None),
            "y_plain": int(forms.outputs[0].row_major),
            "tile_p": p, "tile_b": b, "bands": cut, "by_columns": int(pointwise),
            "ahead": 0 if site.request.prefer == "memory" else ahead(
                site.target, dtype, group_bytes, b * lanes, -(-y.h * y.w // cut // p)),
        }
        return Call(
            kernel="conv2d_direct",
            operands=(0, 3 if has_residual else -1),
            weights=(pack(w.astype(dtype.numpy, copy=False), segment, width, b),
                     pack_bias(bias_of(site), group, width, lanes // width)),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            chunks=chunks,
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )


KERNEL = Conv2dDirect()
