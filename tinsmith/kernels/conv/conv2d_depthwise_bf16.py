"""Depthwise convolution of bfloat16 values with float32 arithmetic, in blocked layout."""

from __future__ import annotations

from collections.abc import Sequence

from tinsmith.kernels.addressing import image, row_bands, strides, window_fields
from tinsmith.kernels.conv.conv2d_depthwise_f32 import most_pixels, pack, padded, row_tile
from tinsmith.kernels.conv.conv2d_direct_bf16 import serves_bf16
from tinsmith.kernels.conv.conv2d_direct_f32 import bias_of, conv_of, four_axes, weights_of
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site


class Conv2dDepthwiseBf16(Kernel):
    """Conv with as many groups as channels, in and out."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """All blocked."""
        if not serves_bf16(site):
            return ()
        op, w = conv_of(site), site.input(1)
        if not op.group == site.input(0).shape[1] == w.shape[0]:
            return ()
        block = site.target.lanes
        return (site.in_blocks((block,) * len(site.inputs), (block,)),)

    def cycles(self, site: Site, forms: Forms) -> float:
        """One multiply-accumulate of a vector a cycle, and widening, rounding and the traffic."""
        op = conv_of(site)
        vectors = forms.outputs[0].size_bytes(site.output()) / (2 * site.target.lanes)
        return vectors * op.macs(site.inputs, (site.output(),)) / site.output().size + 4 * vectors

    def lower(self, site: Site, forms: Forms) -> Call:
        """Weights as [block][kh][kw][lanes]."""
        op, lanes = conv_of(site), site.target.lanes
        x = image(site.input(0), forms.inputs[0])
        y = image(site.output(), forms.outputs[0])
        w = four_axes(weights_of(site)).astype("float32", copy=False)
        bands, chunks = row_bands(x.n, -(-x.c // lanes), y.h, site.request)
        has_residual = site.has_input(3)
        constants: dict[str, Constant] = {
            "n": x.n, "channels": x.c, "ih": x.h, "iw": x.w, "oh": y.h, "ow": y.w,
            **window_fields(w.shape[4 - len(op.strides):], op.strides, op.dilations, op.pads),
            **strides("x", x), **strides("y", y), **strides("r", y if has_residual else None),
            "tile_p": row_tile(y.w, most_pixels(site.target, w.shape[-1])),
            "bands": bands,
        }
        return Call(
            kernel="conv2d_depthwise_bf16",
            operands=(0, 3 if has_residual else -1),
            weights=(pack(w, lanes), padded(bias_of(site), lanes)),
            constants=(*constants.items(),
                       *epilogue(op.activation, has_residual, op.residual_after)),
            chunks=chunks,
            in_place=((1, 0),) if has_residual and not op.residual_after else (),
        )


KERNEL = Conv2dDepthwiseBf16()
