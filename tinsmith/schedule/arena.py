"""Offsets for buffers with life-times in one arena.

Placing them optimally is NP-hard (dynamic storage allocation). Several orders are tried, each
placing every buffer at the lowest gap that fits (or the tightest); an order that meets the lower
bound ends the search, else a seeded local search improves the best one. The same input gives the
same offsets.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array

MANY = 500  # spans
TRIES_LIMIT = 60_000  # placements of one span that the local search may make


@dataclass(frozen=True, slots=True)
class Span:
    """A buffer's size and the first and last step at which it must be there."""

    size_bytes: int
    first: int
    last: int

    def meets(self, other: Span) -> bool:
        """Whether both must be there at once."""
        return self.first <= other.last and other.first <= self.last


def lower_bound(spans: Sequence[Span]) -> int:
    """The largest sum of sizes alive at one step."""
    change: dict[int, int] = {}
    for span in spans:
        change[span.first] = change.get(span.first, 0) + span.size_bytes
        change[span.last + 1] = change.get(span.last + 1, 0) - span.size_bytes
    level = peak = 0
    for step in sorted(change):
        level += change[step]
        peak = max(peak, level)
    return peak


def offsets_of(spans: Sequence[Span], tries: int = 400) -> tuple[int, ...]:
    """An offset for each span, such that no two that meet overlap.

    A network of many hundred buffers gets fewer than ``tries`` improvements.
    """
    if not spans:
        return ()
    bound = lower_bound(spans)
    place = _placer(spans)
    keys: tuple[Callable[[int], tuple[int, ...]], ...] = (
        lambda i: (-spans[i].size_bytes, spans[i].first),
        lambda i: (-spans[i].size_bytes * (spans[i].last - spans[i].first + 1), spans[i].first),
        lambda i: (spans[i].first, -spans[i].size_bytes),
        lambda i: (spans[i].first - spans[i].last, -spans[i].size_bytes),
        lambda i: (spans[i].last, -spans[i].size_bytes),
    )
    best: tuple[int, list[int], list[int]] | None = None
    for key in keys:
        if best is None or best[0] > bound:
            order = sorted(range(len(spans)), key=key)
            offsets, height = place(order)
            if best is None or height < best[0]:
                best = (height, order, offsets)
    assert best is not None
    rng = random.Random(0)
    for _ in range(min(tries, TRIES_LIMIT // len(spans))):
        if best[0] <= bound:
            break
        order = list(best[1])
        for _ in range(rng.randint(1, 3)):
            order.insert(rng.randrange(len(order)), order.pop(rng.randrange(len(order))))
        offsets, height = place(order)
        if height <= best[0]:
            best = (height, order, offsets)
    return tuple(best[2])


def _placer(spans: Sequence[Span]) -> Callable[[Sequence[int]], tuple[list[int], int]]:
    """The function that puts spans, in an order, each at the lowest gap that fits.

    It gives the offsets and the height. Who meets whom is listed beforehand for few spans; for
    many it would be too long a list, and numpy finds them anew each time.
    """
    if len(spans) < MANY:
        meets = [[j for j, other in enumerate(spans) if j != i and span.meets(other)]
                 for i, span in enumerate(spans)]
        return lambda order: _place(spans, meets, order)
    table = np.array([(s.first, s.last, s.size_bytes) for s in spans], np.int64).T
    return lambda order: _place_many(table, order)


def _place(
    spans: Sequence[Span], meets: Sequence[Sequence[int]], order: Sequence[int]
) -> tuple[list[int], int]:
    """Each span of ``order`` at the lowest gap between those that it meets."""
    offsets = [-1] * len(spans)
    height = 0
    for i in order:
        taken = sorted((offsets[j], offsets[j] + spans[j].size_bytes)
                       for j in meets[i] if offsets[j] >= 0)
        at = 0
        for low, high in taken:
            if low - at >= spans[i].size_bytes:
                break
            at = max(at, high)
        offsets[i] = at
        height = max(height, at + spans[i].size_bytes)
    return offsets, height


def _place_many(table: Array, order: Sequence[int]) -> tuple[list[int], int]:
    """The same for rows of first steps, last steps and sizes."""
    firsts, lasts, sizes = table
    offsets = np.full(len(firsts), -1, np.int64)
    for i in order:
        there = np.flatnonzero((offsets >= 0) & (firsts <= lasts[i]) & (lasts >= firsts[i]))
        there = there[np.argsort(offsets[there])]
        low = offsets[there]
        below = np.maximum.accumulate(np.concatenate([[0], low + sizes[there]]))
        fits = np.flatnonzero(low - below[:-1] >= sizes[i])
        offsets[i] = below[fits[0]] if fits.size else below[-1]
    return offsets.tolist(), int((offsets + sizes).max())
