"""LpNormalization, plain: any float type and axis."""

from __future__ import annotations

from tinsmith.kernels.float_element import float_element
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.normalize.softmax_plain import BLOCK, around
from tinsmith.kernels.plain import PlainKernel
from tinsmith.ops.lp_normalization import LpNormalization


class LpNormalizationPlain(PlainKernel):
    """Up to 64 places after the axis at a time."""

    serves = (LpNormalization,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """The extents around the axis."""
        assert isinstance(site.op, LpNormalization)
        outer, size, inner = around(site)
        pieces = outer * -(-inner // BLOCK)
        chunks = split(pieces, site.request, max(1, 8192 // max(1, size * min(inner, BLOCK))))
        return Call(
            kernel="lp_normalization_plain",
            operands=(0,),
            constants=(("outer", outer), ("size", size), ("inner", inner), ("chunks", chunks),
                       ("p", site.op.p)),
            macros=float_element("T", site.input(0).dtype),
            chunks=chunks,
        )


KERNEL = LpNormalizationPlain()
