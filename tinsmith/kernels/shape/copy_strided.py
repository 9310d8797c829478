"""Strided copies: Slice, Expand, Tile and Transpose walk their output and read by strides."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, bits
from tinsmith.kernels.strides import MAX_RANK, filled, joined, row_major
from tinsmith.kernels.work import moved
from tinsmith.ops.expand import Expand, Tile
from tinsmith.ops.slice import Slice
from tinsmith.ops.transpose import Transpose

IN_RUNS, STRIDED, RUN = 2, 8, 32  # instructions for an element, and for a run


class CopyStrided(PlainKernel):
    """Any of these whose walk has eight axes at most, of elements of any type."""

    serves = (Slice, Expand, Tile, Transpose)

    def accepts(self, site: Site) -> bool:
        """Eight axes at most, once they are joined."""
        extents, _ = joined(*walk(site)[:2])
        return len(extents) <= MAX_RANK

    def cycles(self, site: Site, forms: Forms) -> float:
        """Copies in runs, or element by element; a few instructions more for each run."""
        extents, strides = joined(*walk(site)[:2])
        in_line = not strides or strides[-1] == 1
        run = extents[-1] if extents else 1
        each = (IN_RUNS if in_line else STRIDED) + RUN / max(run, 1)
        y = site.output()
        return moved(site.target, y.size_bytes, y.size * each, site.request.threads)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Joined extents and strides; chunks are rows."""
        extents, strides, offset = walk(site)
        extents, strides = joined(extents, strides)
        extents, strides = filled(extents, 1), filled(strides, 0)
        rows = math.prod(extents[:-1])
        chunks = split(rows, site.request, -(-4096 // max(extents[-1], 1)))
        return Call(
            kernel="copy_strided",
            operands=(0,),
            constants=(("extent", extents), ("stride", strides), ("offset", offset),
                       ("rows", rows), ("chunks", chunks)),
            macros=bits("T", site.input(0).dtype),
            chunks=chunks,
        )


def walk(site: Site) -> tuple[Sequence[int], Sequence[int], int]:
    """Extents of the output, the stride in the input for each, and where the input starts."""
    op, x, y = site.op, site.input(0), site.output()
    strides = row_major(x.shape)
    if isinstance(op, Transpose):
        return y.shape, [strides[axis] for axis in op.perm], 0
    if isinstance(op, Slice):
        offset = sum(start * stride for start, stride in zip(op.starts, strides, strict=True))
        return y.shape, [a * b for a, b in zip(op.steps, strides, strict=True)], offset
    if isinstance(op, Expand):
        steps = [0 if d == 1 else s for d, s in zip(x.shape, strides, strict=True)]
        return y.shape, [0] * (y.rank - x.rank) + steps, 0
    assert isinstance(op, Tile)
    extents = [n for pair in zip(op.repeats, x.shape, strict=True) for n in pair]
    return extents, [n for stride in strides for n in (0, stride)], 0


KERNEL = CopyStrided()
