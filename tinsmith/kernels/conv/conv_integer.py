"""ConvInteger, plain: up to four spatial axes."""

from __future__ import annotations

import math

from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel
from tinsmith.kernels.strides import filled
from tinsmith.ops.conv_integer import ConvInteger

AXES = 4


class ConvIntegerPlain(PlainKernel):
    """A row of outputs at a time."""

    serves = (ConvInteger,)

    def accepts(self, site: Site) -> bool:
        """Up to four spatial axes."""
        return site.input(0).rank <= AXES + 2

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks of rows."""
        op, x, w, y = site.op, site.input(0), site.input(1), site.output()
        assert isinstance(op, ConvInteger)
        axes = x.rank - 2
        chunks = split(y.size // max(y.shape[-1], 1), site.request,
                       max(1, 65536 // max(1, math.prod(w.shape[1:]) * y.shape[-1])))
        return Call(
            kernel="conv_integer",
            operands=(0, 1, 2 if site.has_input(2) else -1, 3 if site.has_input(3) else -1),
            constants=(
                ("n", x.shape[0]), ("groups", op.group), ("c", w.shape[1]),
                ("m", w.shape[0] // op.group), ("x_extent", filled(x.shape[2:], 1, AXES)),
                ("y_extent", filled(y.shape[2:], 1, AXES)),
                ("kernel", filled(w.shape[2:], 1, AXES)), ("stride", filled(op.strides, 1, AXES)),
                ("dilation", filled(op.dilations, 1, AXES)),
                ("pad", filled(op.pads[:axes], 0, AXES)), ("chunks", chunks),
                ("has_x_zero", int(site.has_input(2))),
                ("w_zeros", site.input(3).size if site.has_input(3) else 0)),
            macros=(("T", x.dtype.c), ("W", w.dtype.c)),
            chunks=chunks,
        )


KERNEL = ConvIntegerPlain()
