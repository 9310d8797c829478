"""GlobalAveragePool, GlobalMaxPool, GlobalLpPool, plain: any float type."""

from __future__ import annotations

import math

from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.float_element import float_element
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel
from tinsmith.kernels.pool.pool_plain import average_macros, lowest, max_macros, norm_macros
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalLpPool, GlobalMaxPool, GlobalPool


class GlobalPoolPlain(PlainKernel):
    """A channel at a time."""

    serves = (GlobalAveragePool, GlobalMaxPool, GlobalLpPool)

    def accepts(self, site: Site) -> bool:
        """Results of the input's type."""
        return site.output().dtype is site.input(0).dtype

    def lower(self, site: Site, forms: Forms) -> Call:
        """How a channel folds."""
        op, x = site.op, site.input(0)
        assert isinstance(op, GlobalPool)
        start, fold, join = 0.0, average_macros(), "((a) + (b))"
        if isinstance(op, GlobalMaxPool):
            start, fold, join = lowest(x.dtype), max_macros(x.dtype), "ADD(a, b)"
        elif isinstance(op, GlobalLpPool):
            fold = norm_macros(op.p)
        size = math.prod(x.shape[2:])
        chunks = split(math.prod(x.shape[:2]), site.request, max(1, 16384 // size))
        return Call(
            kernel="global_pool_plain",
            operands=(0,),
            constants=(("rows", math.prod(x.shape[:2])), ("size", size), ("chunks", chunks),
                       ("start", start), *epilogue(op.activation)),
            macros=(*float_element("T", x.dtype), *fold, ("JOIN(a, b)", join)),
            chunks=chunks,
        )


KERNEL = GlobalPoolPlain()
