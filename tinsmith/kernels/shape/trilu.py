"""Trilu, plain."""

from __future__ import annotations

import math

from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, bits
from tinsmith.ops.trilu import Trilu


class TriluPlain(PlainKernel):
    """Elements of any type; may work in place."""

    serves = (Trilu,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are rows."""
        assert isinstance(site.op, Trilu)
        x = site.input(0)
        rows, columns = x.shape[-2:]
        matrices = math.prod(x.shape[:-2])
        far = max(-rows - 1, min(site.op.k, columns + 1))
        chunks = split(matrices * rows, site.request, -(-4096 // max(columns, 1)))
        return Call(
            kernel="trilu",
            operands=(0,),
            constants=(("matrices", matrices), ("rows", rows), ("columns", columns), ("k", far),
                       ("upper", int(site.op.upper)), ("chunks", chunks)),
            macros=bits("T", x.dtype),
            chunks=chunks,
            in_place=((0, 0),),
        )


KERNEL = TriluPlain()
