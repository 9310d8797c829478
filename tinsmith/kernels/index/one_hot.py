"""OneHot, plain: everything off, then one place of each vector on."""

from __future__ import annotations

import math

from tinsmith.dtypes import DType
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, bits, element
from tinsmith.ops.onehot import OneHot

CASTS = {
    DType.F32: "tin_cast_f32_i64",
    DType.F16: "tin_cast_f32_i64",
    DType.BF16: "tin_cast_f32_i64",
    DType.F64: "tin_cast_f64_i64",
    DType.U64: "tin_index_u64",
}


class OneHotPlain(PlainKernel):
    """Indices of any number type, values of any type."""

    serves = (OneHot,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are what lies before the new axis."""
        assert isinstance(site.op, OneHot)
        indices, op = site.input(0), site.op
        outer, inner = math.prod(indices.shape[:op.axis]), math.prod(indices.shape[op.axis:])
        chunks = split(outer, site.request, -(-4096 // max(inner * op.depth, 1)))
        return Call(
            kernel="one_hot",
            operands=(0, 1),
            constants=(("outer", outer), ("depth", op.depth), ("inner", inner),
                       ("chunks", chunks)),
            macros=(*bits("T", site.input(1).dtype), *element("I", indices.dtype),
                    ("TO_I64", CASTS.get(indices.dtype, "(int64_t)"))),
            chunks=chunks,
        )


KERNEL = OneHotPlain()
