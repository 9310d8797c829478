"""LRN, plain: any float type."""

from __future__ import annotations

import math

from tinsmith.kernels.float_element import float_element
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel
from tinsmith.ops.lrn import LRN

BLOCK = 256


class LRNPlain(PlainKernel):
    """Up to 256 places of a channel at a time."""

    serves = (LRN,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Images, channels, what comes after them, and how many neighbours count."""
        op, x = site.op, site.input(0)
        assert isinstance(op, LRN)
        inner = math.prod(x.shape[2:])
        pieces = x.shape[0] * x.shape[1] * -(-inner // BLOCK)
        chunks = split(pieces, site.request, 8)
        return Call(
            kernel="lrn_plain",
            operands=(0,),
            constants=(
                ("n", x.shape[0]), ("c", x.shape[1]), ("inner", inner),
                ("before", (op.size - 1) // 2), ("after", op.size // 2), ("chunks", chunks),
                ("alpha", op.alpha / op.size), ("beta", op.beta), ("bias", op.bias)),
            macros=float_element("T", x.dtype),
            chunks=chunks,
        )


KERNEL = LRNPlain()
