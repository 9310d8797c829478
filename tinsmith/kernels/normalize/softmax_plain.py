"""Softmax, LogSoftmax, Hardmax, plain: any float type and axis."""

from __future__ import annotations

import math

from tinsmith.ir.op import Op
from tinsmith.kernels.float_element import float_element
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel
from tinsmith.ops.along_axis import AlongAxis
from tinsmith.ops.softmax import Hardmax, LogSoftmax, Softmax

BLOCK = 64
_KINDS: dict[type[Op], str] = {
    Softmax: "TIN_SOFTMAX", LogSoftmax: "TIN_LOG_SOFTMAX", Hardmax: "TIN_HARDMAX"}


def around(site: Site) -> tuple[int, int, int]:
    """The elements before, on and after the axis."""
    op, shape = site.op, site.input(0).shape
    assert isinstance(op, AlongAxis)
    return math.prod(shape[:op.axis]), shape[op.axis], math.prod(shape[op.axis + 1:])


class SoftmaxPlain(PlainKernel):
    """Up to 64 places after the axis at a time."""

    serves = (Softmax, LogSoftmax, Hardmax)

    def lower(self, site: Site, forms: Forms) -> Call:
        """The extents around the axis."""
        outer, size, inner = around(site)
        pieces = outer * -(-inner // BLOCK)
        chunks = split(pieces, site.request, max(1, 4096 // max(1, size * min(inner, BLOCK))))
        return Call(
            kernel="softmax_plain",
            operands=(0,),
            constants=(("outer", outer if size else 0), ("size", size), ("inner", inner),
                       ("chunks", chunks), ("kind", _KINDS[type(site.op)])),
            macros=float_element("T", site.input(0).dtype),
            chunks=chunks,
        )


KERNEL = SoftmaxPlain()
