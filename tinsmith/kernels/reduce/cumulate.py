"""CumSum and CumProd, plain."""

from __future__ import annotations

import math

from tinsmith.dtypes import DType
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.ops.cumulate import CumProd, CumSum, Cumulate

LANES = 16


def arithmetic(dtype: DType) -> str:
    """The short name of the type in which an element computes: halves are float32."""
    return "f32" if dtype in (DType.F16, DType.BF16) else dtype.short


class CumulatePlain(PlainKernel):
    """Elements of any number type; may work in place."""

    serves = (CumSum, CumProd)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are groups of sixteen neighbours."""
        op, x = site.op, site.input(0)
        assert isinstance(op, Cumulate)
        outer, inner = math.prod(x.shape[:op.axis]), math.prod(x.shape[op.axis + 1:])
        extent, groups = x.shape[op.axis], -(-inner // LANES)
        name = "add" if isinstance(op, CumSum) else "mul"
        chunks = split(outer * groups, site.request, -(-1024 // max(extent, 1)))
        return Call(
            kernel="cumulate",
            operands=(0,),
            constants=(("outer", outer), ("extent", extent), ("inner", inner),
                       ("exclusive", int(op.exclusive)), ("reverse", int(op.reverse)),
                       ("groups", groups), ("chunks", chunks)),
            macros=(*element("T", x.dtype),
                    ("JOIN(a, b)", f"tin_{name}_{arithmetic(x.dtype)}((a), (b))"),
                    ("START", "0" if name == "add" else "1")),
            chunks=chunks,
            in_place=((0, 0),),
        )


KERNEL = CumulatePlain()
