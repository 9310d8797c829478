"""Det, plain."""

from __future__ import annotations

import math

from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.ops.det import Det


class DetPlain(PlainKernel):
    """Floats of any type."""

    serves = (Det,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are matrices; scratch holds one in float64."""
        x = site.input(0)
        matrices, n = math.prod(x.shape[:-2]), x.shape[-1]
        chunks = split(matrices, site.request, -(-4096 // max(n ** 3, 1)))
        return Call(
            kernel="det",
            operands=(0,),
            constants=(("matrices", matrices), ("n", n), ("chunks", chunks)),
            macros=element("T", x.dtype),
            scratch_bytes=max(8 * n * n, 8),
            chunks=chunks,
        )


KERNEL = DetPlain()
