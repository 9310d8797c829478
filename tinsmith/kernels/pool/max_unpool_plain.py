"""MaxUnpool, plain: elements of any type."""

from __future__ import annotations

from tinsmith.kernels.kernel import Call, Forms, Site
from tinsmith.kernels.plain import PlainKernel, bits
from tinsmith.ops.max_unpool import MaxUnpool

MAX_RANK = 8


class MaxUnpoolPlain(PlainKernel):
    """Zeros, then a scatter in order."""

    serves = (MaxUnpool,)

    def accepts(self, site: Site) -> bool:
        """Up to eight axes."""
        return site.input(0).rank <= MAX_RANK

    def lower(self, site: Site, forms: Forms) -> Call:
        """Both shapes."""
        op, x, y = site.op, site.input(0), site.output()
        assert isinstance(op, MaxUnpool)
        fill = (1,) * (MAX_RANK - y.rank)
        size = 0 if 0 in op.source else x.size
        return Call(
            kernel="max_unpool_plain",
            operands=(0, 1),
            constants=(("size", size), ("y_size", y.size),
                       ("source", fill + tuple(max(s, 1) for s in op.source)),
                       ("extent", fill + y.shape)),
            macros=bits("T", x.dtype),
        )


KERNEL = MaxUnpoolPlain()
