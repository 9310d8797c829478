"""Transpose, plain: walks the output in order and gathers from the input."""

from __future__ import annotations

import numpy as np

from tinsmith.kernels.kernel import Call, Layouts, Site, split
from tinsmith.kernels.plain import PlainKernel, bits
from tinsmith.ops.transpose import Transpose

MAX_RANK = 8


class TransposePlain(PlainKernel):
    """Any permutation of up to eight axes, of elements of any type."""

    serves = (Transpose,)

    def accepts(self, site: Site) -> bool:
        """Up to eight axes."""
        return site.input(0).rank <= MAX_RANK

    def lower(self, site: Site, layouts: Layouts) -> Call:
        """Extents of the output and, for each of its axes, the stride in the input."""
        assert isinstance(site.op, Transpose)
        x, y = site.input(0), site.output()
        strides = [int(np.prod(x.shape[axis + 1:], dtype=np.int64)) for axis in site.op.perm]
        fill = MAX_RANK - y.rank
        chunks = split(y.size, site.options, 4096)
        return Call(
            kernel="transpose",
            operands=(0,),
            constants=(("extent", (1,) * fill + y.shape), ("stride", (0,) * fill + tuple(strides)),
                       ("size", y.size), ("chunks", chunks)),
            macros=bits("T", x.dtype),
            chunks=chunks,
        )


KERNEL = TransposePlain()
