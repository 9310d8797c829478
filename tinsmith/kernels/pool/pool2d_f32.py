"""Maximum and average pooling in blocked layout: float32 arithmetic, float32 or bfloat16 values."""

from __future__ import annotations

from collections.abc import Sequence

from tinsmith.kernels.addressing import image, is_image, row_bands, strides, window_fields
from tinsmith.kernels.conv.tiles import row_tile
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site
from tinsmith.kernels.stored import STORED
from tinsmith.kernels.work import arithmetic
from tinsmith.ops.pool import AveragePool, MaxPool


class Pool2d(Kernel):
    """MaxPool (without indices) and AveragePool over one or two axes."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Blocked in, blocked out."""
        op = site.op
        if not (isinstance(op, MaxPool | AveragePool) and is_image(site.inputs[0])
                and site.input(0).dtype in STORED and not site.has_output(1)
                and site.output().size):
            return ()
        block = site.target.lanes
        return (site.in_blocks((block,), (block,) * len(site.outputs)),)

    def cycles(self, site: Site, forms: Forms) -> float:
        """One instruction for a tap of a vector, and what ends it."""
        assert isinstance(site.op, MaxPool | AveragePool)
        taps = site.op.kernel[0] * site.op.kernel[-1]
        return arithmetic(site.target, site.output().size, taps + 2)

    def lower(self, site: Site, forms: Forms) -> Call:
        """The call."""
        op = site.op
        assert isinstance(op, MaxPool | AveragePool)
        x = image(site.input(0), forms.inputs[0])
        y = image(site.output(), forms.outputs[0])
        bands, chunks = row_bands(x.n, -(-x.c // site.target.lanes), y.h, site.request)
        axes = len(op.kernel)
        bottom, right = (0, *op.pads[axes:])[-2:]
        average = isinstance(op, AveragePool)
        constants: dict[str, Constant] = {
            "kind": "TIN_POOL_AVERAGE" if average else "TIN_POOL_MAX",
            "count_include_pad": int(isinstance(op, AveragePool) and op.count_include_pad),
            "n": x.n, "channels": x.c, "ih": x.h, "iw": x.w, "oh": y.h, "ow": y.w,
            **window_fields(op.kernel, op.strides, op.dilations, op.pads),
            "pad_bottom": bottom, "pad_right": right,
            **strides("x", x), **strides("y", y),
            "tile_p": row_tile(site, y.w, 8), "bands": bands,
            "stored": STORED[site.input(0).dtype],
        }
        finish = tuple(f for f in epilogue(op.activation) if f[0] != "residual")
        return Call("pool2d_f32", (0,), constants=(*constants.items(), *finish), chunks=chunks)


KERNEL = Pool2d()
