"""Depthwise convolution in blocked layout: one filter for each channel.

Images are float32 or bfloat16; filters and arithmetic are float32.
"""

from __future__ import annotations

from collections.abc import Sequence

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.addressing import image, row_bands, strides, window_fields
from tinsmith.kernels.conv.geometry import depth
from tinsmith.kernels.conv.pack import pack_bias
from tinsmith.kernels.conv.site import bias_of, conv_of, serves_volumes, stored_as, weights_of
from tinsmith.kernels.conv.tiles import row_tile, store_cycles
from tinsmith.kernels.convert.relayout import blocked
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site
from tinsmith.kernels.registers import room
from tinsmith.kernels.work import arithmetic
from tinsmith.targets import Target

MOST_PIXELS, FEW_REGISTERS_PIXELS, MANY_REGISTERS = 14, 6, 32
IN_ORDER_PIXELS = 10  # compilers load ahead for a core that does not, and so need more registers
STORES = {DType.F32: 2, DType.BF16: 4}  # as long as a vector of output takes: traffic, conversions


class Conv2dDepthwise(Kernel):
    """Conv with as many groups as channels, in and out."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """All blocked."""
        if not serves_volumes(site, DType.F32, DType.BF16):
            return ()
        op, w = conv_of(site), site.input(1)
        if not op.group == site.input(0).shape[1] == w.shape[0]:
            return ()
        block = site.target.lanes
        return (site.in_blocks((block,) * len(site.inputs), (block,)),)

    def cycles(self, site: Site, forms: Forms) -> float:
        """Multiply-accumulates at half of the peak, and the traffic."""
        op, y = conv_of(site), site.output()
        elements = forms.outputs[0].size_bytes(y) / y.dtype.size_bytes
        products = op.macs(site.inputs, (y,)) / y.size
        return (arithmetic(site.target, elements, products)
                + elements / site.target.lanes * STORES[y.dtype] * store_cycles(site.target))

    def lower(self, site: Site, forms: Forms) -> Call:
        """Weights as [block][...kernel][lanes]."""
        op, lanes = conv_of(site), site.target.lanes
        x = image(site.input(0), forms.inputs[0])
        y = image(site.output(), forms.outputs[0])
        w, kernel = weights_of(site), weights_of(site).shape[2:]
        bands, chunks = row_bands(x.n, -(-x.c // lanes), y.d * y.h, site.request)
        has_residual = site.has_input(3)
        constants: dict[str, Constant] = {
            "stored": stored_as(site),
            "n": x.n, "channels": x.c, "ih": x.h, "iw": x.w, "oh": y.h, "ow": y.w,
            **window_fields(kernel, op.strides, op.dilations, op.pads),
            **depth(op, x, y, kernel),
            **strides("x", x), **strides("y", y), **strides("r", y if has_residual else None),
            "tile_p": row_tile(site, y.w, most_pixels(site.target, kernel[-1])), "bands": bands,
        }
        return Call(
            kernel="conv2d_depthwise",
            operands=(0, 3 if has_residual else -1),
            weights=(pack(w.astype("float32", copy=False), lanes),
                     pack_bias(bias_of(site), 1, lanes)),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            chunks=chunks,
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )


def pack(w: Array, lanes: int) -> Array:
    """Weights [C, 1, ...kernel] as [block][...kernel][lanes], zero-padded."""
    return blocked(w.reshape(1, *w.shape[:1], *w.shape[2:]), lanes)


def most_pixels(target: Target, kw: int) -> int:
    """The largest tile that pays, or that fits beside the weights of a kernel row and a pixel."""
    paying = MOST_PIXELS if target.vector_registers >= MANY_REGISTERS else FEW_REGISTERS_PIXELS
    if target.model.in_order:
        paying = min(paying, IN_ORDER_PIXELS)
    return max(1, min(paying, room(target, kw + 1)))


KERNEL = Conv2dDepthwise()
