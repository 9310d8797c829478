"""ConvTranspose, plain: any element type, up to four spatial axes."""

from __future__ import annotations

import math

from tinsmith.kernels.conv.conv_plain import AXES, four
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.ops.conv_transpose import ConvTranspose


class ConvTransposePlain(PlainKernel):
    """A row of outputs at a time."""

    serves = (ConvTranspose,)

    def accepts(self, site: Site) -> bool:
        """Up to four spatial axes."""
        return site.input(0).rank <= AXES + 2

    def lower(self, site: Site, forms: Forms) -> Call:
        """The geometry, and chunks of rows."""
        op, x, w, y = site.op, site.input(0), site.input(1), site.output()
        assert isinstance(op, ConvTranspose)
        width = y.shape[-1]
        each = max(1, w.shape[0] // op.group * math.prod(w.shape[2:]) * width)
        chunks = split(y.size // width, site.request, max(1, 65536 // each))
        return Call(
            kernel="conv_transpose_plain",
            operands=(0, 1, 2 if site.has_input(2) else -1),
            constants=(
                ("n", x.shape[0]), ("groups", op.group), ("c", x.shape[1] // op.group),
                ("m", w.shape[1]), ("x_extent", four(x.shape[2:])),
                ("y_extent", four(y.shape[2:])), ("kernel", four(w.shape[2:])),
                ("stride", four(op.strides)), ("dilation", four(op.dilations)),
                ("pad", four(op.pads[:x.rank - 2], 0)), ("chunks", chunks),
                ("has_bias", int(site.has_input(2))), *epilogue(op.activation)),
            macros=element("T", x.dtype),
            scratch_bytes=max(width * 8, 64),
            chunks=chunks,
        )


KERNEL = ConvTransposePlain()
