"""Axes in memory: row-major strides, and neighbouring axes joined where one loop can do both."""

from __future__ import annotations

from collections.abc import Sequence

MAX_RANK = 8


def row_major(shape: Sequence[int]) -> tuple[int, ...]:
    """The stride of every axis, in elements."""
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    return tuple(strides)


def joined(extents: Sequence[int], *strides: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Extents and strides of a walk over the same elements in the same order, with fewer axes.

    Axes of extent 1 go; two neighbours become one where in all strides the outer one steps just
    past the inner one.
    """
    axes: list[tuple[int, ...]] = []
    for extent, *steps in zip(extents, *strides, strict=True):
        if extent == 1:
            continue
        if axes and all(outer == inner * extent
                        for outer, inner in zip(axes[-1][1:], steps, strict=True)):
            axes[-1] = (axes[-1][0] * extent, *steps)
        else:
            axes.append((extent, *steps))
    return tuple(zip(*axes, strict=True)) if axes else ((),) * (1 + len(strides))


def filled(values: Sequence[int], filler: int, rank: int = MAX_RANK) -> tuple[int, ...]:
    """``values`` at the end of ``rank`` places."""
    return (filler,) * (rank - len(values)) + tuple(values)
