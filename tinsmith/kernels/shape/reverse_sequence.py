"""ReverseSequence, plain."""

from __future__ import annotations

import math

from tinsmith.kernels.index.gather import index_macros
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel
from tinsmith.ops.reverse import ReverseSequence


class ReverseSequencePlain(PlainKernel):
    """Elements of any type."""

    serves = (ReverseSequence,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are places in time."""
        assert isinstance(site.op, ReverseSequence)
        x, op = site.input(0), site.op
        inner = math.prod(x.shape[2:])
        strides = (x.shape[1] * inner, inner)
        batches, times = x.shape[op.batch_axis], x.shape[op.time_axis]
        chunks = split(batches * times, site.request, -(-4096 // max(inner, 1)))
        return Call(
            kernel="reverse_sequence",
            operands=(0, 1),
            constants=(("batches", batches), ("times", times),
                       ("batch_stride", strides[op.batch_axis]),
                       ("time_stride", strides[op.time_axis]), ("inner", inner),
                       ("chunks", chunks)),
            macros=index_macros(site),
            chunks=chunks,
        )


KERNEL = ReverseSequencePlain()
