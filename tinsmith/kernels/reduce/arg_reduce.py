"""ArgMax and ArgMin, plain."""

from __future__ import annotations

import math

from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.kernels.work import instructions
from tinsmith.ops.topk import ArgMax, ArgMin, ArgReduce

INSTRUCTIONS = 8  # for each element
LANES = 32


class ArgReducePlain(PlainKernel):
    """Elements of any type."""

    serves = (ArgMax, ArgMin)

    def accepts(self, site: Site) -> bool:
        """Places are counted in 32 bits."""
        assert isinstance(site.op, ArgReduce)
        return site.input(0).shape[site.op.axis] < 1 << 31

    def cycles(self, site: Site, forms: Forms) -> float:
        """Compares element by element."""
        return instructions(site.target, INSTRUCTIONS * site.input(0).size)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are groups of neighbours."""
        op, x = site.op, site.input(0)
        assert isinstance(op, ArgReduce)
        outer, inner = math.prod(x.shape[:op.axis]), math.prod(x.shape[op.axis + 1:])
        extent, groups = x.shape[op.axis], -(-inner // LANES)
        chunks = split(outer * groups, site.request, -(-1024 // extent))
        return Call(
            kernel="arg_reduce",
            operands=(0,),
            constants=(("outer", outer), ("extent", extent), ("inner", inner),
                       ("groups", groups), ("chunks", chunks)),
            macros=(*element("T", x.dtype), ("BETTER(v, best)", _better(op, x.dtype.is_float))),
            chunks=chunks,
        )


def _better(op: ArgReduce, is_float: bool) -> str:
    """The comparison in C. The first NaN wins, or the last."""
    sign = (">" if isinstance(op, ArgMax) else "<") + ("=" if op.last else "")
    plain = f"(v) {sign} (best)"
    if not is_float:
        return f"({plain})"
    if op.last:
        return f"({plain} || (v) != (v))"
    return f"({plain} || ((v) != (v) && (best) == (best)))"


KERNEL = ArgReducePlain()
