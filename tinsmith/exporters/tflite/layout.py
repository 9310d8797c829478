"""In which order a tensor holds a value's axes.

``order[i]`` is the axis of the value that is axis i of its tensor: (0, 2, 3, 1) holds [N, C, H, W]
as [N, H, W, C]. Transposing a value then moves no data: only what its axes are called changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

Order: TypeAlias = tuple[int, ...]


def plain(rank: int) -> Order:
    """Axes in the value's own order."""
    return tuple(range(rank))


def channels_last(rank: int) -> Order:
    """The second axis at the end."""
    return (0, *range(2, rank), 1) if rank > 2 else plain(rank)


def held(shape: Sequence[int], order: Order) -> tuple[int, ...]:
    """The tensor's shape."""
    return tuple(shape[axis] for axis in order)


def same_bytes(shape: Sequence[int], a: Order, b: Order) -> bool:
    """Whether tensors in both orders hold the same bytes: axes of one element may lie anywhere."""
    return wide(shape, a) == wide(shape, b)


def wide(shape: Sequence[int], order: Order) -> Order:
    """The axes of more than one element, in the tensor's order."""
    return tuple(axis for axis in order if shape[axis] != 1)


def transposed(order: Order, perm: Sequence[int]) -> Order:
    """The order in which the same tensor holds the value after a transpose by ``perm``."""
    return tuple(list(perm).index(axis) for axis in order)


def reshaped(shape: Sequence[int], order: Order, wanted: Sequence[int]) -> Order | None:
    """The order in which the same bytes hold the value in another shape; None if none does.

    Axes that are merged must lie beside each other in the value's order.
    """
    old, new = wide(shape, plain(len(shape))), wide(wanted, plain(len(wanted)))
    lying = list(wide(shape, order))
    result: dict[int, list[int]] = {}
    for before, after in blocks([shape[i] for i in old], [wanted[i] for i in new]):
        axes = [old[i] for i in before]
        at = lying.index(axes[0])
        if lying[at:at + len(axes)] != axes:
            return None
        result[at] = [new[i] for i in after]
    found = tuple(axis for at in sorted(result) for axis in result[at])
    for known in (plain(len(wanted)), channels_last(len(wanted))):
        if wide(wanted, known) == found:
            return known
    return (*(i for i, n in enumerate(wanted) if n == 1), *found)


def blocks(a: Sequence[int], b: Sequence[int]) -> list[tuple[range, range]]:
    """Both shapes cut into the smallest pieces of equal size; no axis has one element."""
    result, i, j = [], 0, 0
    while i < len(a):
        m, n = i + 1, j + 1
        while math.prod(a[i:m]) != math.prod(b[j:n]):
            if math.prod(a[i:m]) < math.prod(b[j:n]):
                m += 1
            else:
                n += 1
        result.append((range(i, m), range(j, n)))
        i, j = m, n
    return result
