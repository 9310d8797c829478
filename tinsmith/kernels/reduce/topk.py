"""TopK, plain."""

from __future__ import annotations

import math

from tinsmith.dtypes import DType
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.ops.topk import TopK

RANKED_BYTES = 16


def key(dtype: DType) -> str:
    """The function of rank.h that gives the order of elements."""
    if dtype.is_float:
        return "tin_key_f64" if dtype is DType.F64 else "tin_key_f32"
    return "tin_key_signed" if dtype.is_signed_integer else "tin_key_unsigned"


class TopKPlain(PlainKernel):
    """Elements of any type."""

    serves = (TopK,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are lines along the axis; scratch holds the heap."""
        op, x = site.op, site.input(0)
        assert isinstance(op, TopK)
        outer, inner = math.prod(x.shape[:op.axis]), math.prod(x.shape[op.axis + 1:])
        extent = x.shape[op.axis]
        chunks = split(outer * inner, site.request, -(-256 // max(extent, 1)))
        wanted = tuple(i for i in range(2) if site.has_output(i))
        return Call(
            kernel="topk",
            operands=(0,),
            results=wanted,
            constants=(("outer", outer), ("extent", extent), ("inner", inner), ("k", op.k),
                       ("largest", int(op.largest)), ("chunks", chunks)),
            macros=(*element("T", x.dtype), ("KEY", key(x.dtype)),
                    ("VALUES", str(int(0 in wanted))), ("PLACES", str(int(1 in wanted)))),
            scratch_bytes=max(op.k, 1) * RANKED_BYTES,
            chunks=chunks,
        )


KERNEL = TopKPlain()
