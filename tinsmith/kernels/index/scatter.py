"""ScatterElements, ScatterND, TensorScatter, plain: in one piece, because updates may collide."""

from __future__ import annotations

import math

from tinsmith.dtypes import DType
from tinsmith.kernels.index.gather import element_walk
from tinsmith.kernels.kernel import Call, Forms, Site
from tinsmith.kernels.plain import PlainKernel, bits, element
from tinsmith.kernels.strides import MAX_RANK
from tinsmith.ops.scatter import ScatterElements, ScatterND, TensorScatter


def join_macros(site: Site, reduction: str) -> tuple[tuple[str, str], ...]:
    """Element type, index type, and how an update joins what is there."""
    dtype = site.input(0).dtype
    index = ("I", site.input(1).dtype.c)
    if reduction == "none":
        return (*bits("T", dtype), ("T_LOAD", ""), ("T_STORE", ""), index, ("JOIN(a, b)", "(b)"))
    short = {DType.F16: "f32", DType.BF16: "f32", DType.BOOL: "u8"}.get(dtype, dtype.short)
    if dtype is DType.BOOL:
        reduction = {"add": "max", "mul": "min"}.get(reduction, reduction)
    return (*element("T", dtype), index, ("JOIN(a, b)", f"tin_{reduction}_{short}((a), (b))"))


class ScatterElementsPlain(PlainKernel):
    """Up to eight axes."""

    serves = (ScatterElements,)

    def accepts(self, site: Site) -> bool:
        """Up to eight axes."""
        return site.input(0).rank <= MAX_RANK

    def lower(self, site: Site, forms: Forms) -> Call:
        """One chunk."""
        assert isinstance(site.op, ScatterElements)
        constants, rows, _ = element_walk(site, site.op.axis)
        return Call(
            kernel="scatter_elements",
            operands=(0, 1, 2),
            constants=(("size", site.input(0).size), *constants, ("rows", rows)),
            macros=join_macros(site, site.op.reduction),
            in_place=((0, 0),),
        )


class ScatterNDPlain(PlainKernel):
    """Up to eight coordinates."""

    serves = (ScatterND,)

    def accepts(self, site: Site) -> bool:
        """Up to eight coordinates."""
        return site.input(1).shape[-1] <= MAX_RANK

    def lower(self, site: Site, forms: Forms) -> Call:
        """One chunk."""
        assert isinstance(site.op, ScatterND)
        x, indices = site.input(0), site.input(1)
        depth = indices.shape[-1]
        return Call(
            kernel="scatter_nd",
            operands=(0, 1, 2),
            constants=(("size", x.size), ("tuples", math.prod(indices.shape[:-1])),
                       ("depth", depth), ("extent", x.shape[:depth]),
                       ("slice", math.prod(x.shape[depth:]))),
            macros=join_macros(site, site.op.reduction),
            in_place=((0, 0),),
        )


class TensorScatterPlain(PlainKernel):
    """Elements of any type."""

    serves = (TensorScatter,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """One chunk."""
        assert isinstance(site.op, TensorScatter)
        x, axis = site.input(0), site.op.axis
        given = site.has_input(2)
        start = f"const {site.input(2).dtype.c} *restrict start," if given else ""
        return Call(
            kernel="tensor_scatter",
            operands=(0, 1, 2) if given else (0, 1),
            constants=(("batches", x.shape[0]), ("outer", math.prod(x.shape[1:axis])),
                       ("extent", x.shape[axis]), ("updates", site.input(1).shape[axis]),
                       ("inner", math.prod(x.shape[axis + 1:])),
                       ("circular", int(site.op.circular))),
            macros=(*bits("T", x.dtype), ("START", start),
                    ("FROM(batch)", "start[batch]" if given else "0")),
            in_place=((0, 0),),
        )


KERNELS = (ScatterElementsPlain(), ScatterNDPlain(), TensorScatterPlain())
