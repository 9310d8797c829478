"""BatchNormalization, plain: any float types."""

from __future__ import annotations

import math

from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.ops.batch_normalization import BatchNormalization


class BatchNormalizationPlain(PlainKernel):
    """A channel of an image at a time. Statistics may come from anywhere."""

    serves = (BatchNormalization,)

    def accepts(self, site: Site) -> bool:
        """Scale and bias of one type, mean and variance of one type."""
        return (site.input(1).dtype is site.input(2).dtype
                and site.input(3).dtype is site.input(4).dtype)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Images, channels, and what comes after them."""
        assert isinstance(site.op, BatchNormalization)
        x = site.input(0)
        n, c = (x.shape[0], x.shape[1]) if x.rank > 1 else (x.size, 1)
        inner = math.prod(x.shape[2:])
        chunks = split(n * c, site.request, max(1, 16384 // max(1, inner)))
        return Call(
            kernel="batch_normalization_plain",
            operands=(0, 1, 2, 3, 4),
            constants=(("n", n), ("c", c), ("inner", inner), ("chunks", chunks),
                       ("epsilon", site.op.epsilon)),
            macros=(*element("T", x.dtype), *element("S", site.input(1).dtype),
                    *element("M", site.input(3).dtype)),
            chunks=chunks,
            in_place=((0, 0),),
        )


KERNEL = BatchNormalizationPlain()
