"""Gather, GatherElements, GatherND, plain."""

from __future__ import annotations

import math

from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, bits
from tinsmith.kernels.strides import MAX_RANK, filled, row_major
from tinsmith.kernels.work import moved
from tinsmith.ops.gather import Gather, GatherElements, GatherND

INSTRUCTIONS = 4  # for each element


def index_macros(site: Site) -> tuple[tuple[str, str], ...]:
    """The element of input 0 as bits, and the type of the indices in input 1."""
    return (*bits("T", site.input(0).dtype), ("I", site.input(1).dtype.c))


class GatherPlain(PlainKernel):
    """Runs of everything after the axis."""

    serves = (Gather,)

    def cycles(self, site: Site, forms: Forms) -> float:
        """Copies element by element."""
        y = site.output()
        return moved(site.target, y.size_bytes, INSTRUCTIONS * y.size, site.request.threads)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are runs."""
        assert isinstance(site.op, Gather)
        x, axis, count = site.input(0), site.op.axis, site.input(1).size
        outer, inner = math.prod(x.shape[:axis]), math.prod(x.shape[axis + 1:])
        chunks = split(outer * count, site.request, -(-4096 // max(inner, 1)))
        return Call(
            kernel="gather",
            operands=(0, 1),
            constants=(("outer", outer), ("extent", x.shape[axis]), ("inner", inner),
                       ("count", count), ("chunks", chunks)),
            macros=index_macros(site),
            chunks=chunks,
        )


class GatherElementsPlain(PlainKernel):
    """Up to eight axes."""

    serves = (GatherElements,)

    def accepts(self, site: Site) -> bool:
        """Up to eight axes."""
        return site.input(0).rank <= MAX_RANK

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are rows of the last axis."""
        assert isinstance(site.op, GatherElements)
        constants, rows, run = element_walk(site, site.op.axis)
        chunks = split(rows, site.request, -(-1024 // max(run, 1)))
        return Call(
            kernel="gather_elements",
            operands=(0, 1),
            constants=(*constants, ("rows", rows), ("chunks", chunks)),
            macros=index_macros(site),
            chunks=chunks,
        )


def element_walk(
    site: Site, axis: int
) -> tuple[tuple[tuple[str, int | tuple[int, ...]], ...], int, int]:
    """How an index tensor walks the data: constants, rows of the last axis, and their length."""
    x, indices = site.input(0), site.input(1)
    strides = list(row_major(x.shape))
    axis_stride, strides[axis] = strides[axis], 0
    extents = filled(indices.shape, 1)
    constants = (("extent", extents), ("stride", filled(strides, 0)),
                 ("axis_extent", x.shape[axis]), ("axis_stride", axis_stride))
    return constants, math.prod(extents[:-1]), extents[-1]


class GatherNDPlain(PlainKernel):
    """Runs of what the coordinates leave."""

    serves = (GatherND,)

    def accepts(self, site: Site) -> bool:
        """Up to eight coordinates."""
        return site.input(1).shape[-1] <= MAX_RANK

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are tuples of coordinates."""
        assert isinstance(site.op, GatherND)
        x, indices, batch = site.input(0), site.input(1), site.op.batch_dims
        depth = indices.shape[-1]
        batches, tuples = math.prod(x.shape[:batch]), math.prod(indices.shape[batch:-1])
        slice_size = math.prod(x.shape[batch + depth:])
        chunks = split(batches * tuples, site.request, -(-4096 // max(slice_size, 1)))
        return Call(
            kernel="gather_nd",
            operands=(0, 1),
            constants=(("batches", batches), ("tuples", tuples), ("depth", depth),
                       ("extent", x.shape[batch:batch + depth]),
                       ("slices", math.prod(x.shape[batch:batch + depth])),
                       ("slice", slice_size), ("chunks", chunks)),
            macros=index_macros(site),
            chunks=chunks,
        )


KERNELS = (GatherPlain(), GatherElementsPlain(), GatherNDPlain())
