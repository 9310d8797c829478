"""Pad, plain: row by row."""

from __future__ import annotations

import math

from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, bits
from tinsmith.kernels.strides import MAX_RANK, filled, row_major
from tinsmith.kernels.work import moved
from tinsmith.ops.pad import MODES, Pad

INSTRUCTIONS = 4  # for each element


class PadPlain(PlainKernel):
    """Up to eight axes once unpadded ones are joined, of elements of any type."""

    serves = (Pad,)

    def accepts(self, site: Site) -> bool:
        """Up to eight axes."""
        return len(_axes(site)) <= MAX_RANK

    def cycles(self, site: Site, forms: Forms) -> float:
        """Moves element by element."""
        y = site.output()
        return moved(site.target, y.size_bytes, INSTRUCTIONS * y.size, site.request.threads)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are rows."""
        assert isinstance(site.op, Pad)
        axes = _axes(site)
        before, inside = (tuple(axis[k] for axis in axes) for k in range(2))
        extents = tuple(sum(axis) for axis in axes)
        rows = math.prod(extents[:-1])
        chunks = split(rows, site.request, -(-4096 // max(extents[-1] if extents else 1, 1)))
        given = site.has_input(1)
        return Call(
            kernel="pad",
            operands=(0, 1) if given else (0,),
            constants=(("extent", filled(extents, 1)), ("inside", filled(inside, 1)),
                       ("before", filled(before, 0)),
                       ("stride", filled(row_major(inside), 0)), ("rows", rows),
                       ("mode", f"TIN_PAD_{site.op.mode.upper()}"), ("chunks", chunks)),
            macros=(*bits("T", site.input(0).dtype),
                    ("VALUE", "const T *restrict value," if given else ""),
                    ("FILL", "*value" if given else "0")),
            chunks=chunks,
        )


def _axes(site: Site) -> list[tuple[int, int, int]]:
    """(before, inside, after) of every axis; an unpadded one joins the one before it.

    In the modes that look elements up, that one must be unpadded too.
    """
    op, x = site.op, site.input(0)
    assert isinstance(op, Pad) and op.mode in MODES
    axes: list[tuple[int, int, int]] = []
    for before, inside, after in zip(op.before, x.shape, op.after, strict=True):
        joins = axes and before == after == 0 and (
            op.mode == "constant" or axes[-1][0] == axes[-1][2] == 0)
        if joins:
            b, i, a = axes.pop()
            before, inside, after = b * inside, i * inside, a * inside
        axes.append((before, inside, after))
    return axes


KERNEL = PadPlain()
