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


WORK_LIMIT = 1_000_000  # pairs of spans that the search for a better order may look at


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


def neighbours(spans: Sequence[Span]) -> list[list[int]]:
    """For each span those that it meets: one walk by first step, with the spans still there."""
    found: list[list[int]] = [[] for _ in spans]
    there: list[int] = []
    for i in sorted(range(len(spans)), key=lambda i: spans[i].first):
        there = [j for j in there if spans[j].last >= spans[i].first]
        for j in there:
            found[i].append(j)
            found[j].append(i)
        there.append(i)
    return found


def pack(spans: Sequence[Span], tries: int = 400) -> tuple[int, ...]:
    """An offset for each span, such that no two that meet overlap.

    A network of many thousand buffers gets fewer than ``tries`` improvements.
    """
    if not spans:
        return ()
    bound = lower_bound(spans)
    meets = neighbours(spans)
    tries = min(tries, WORK_LIMIT // sum(1 + len(others) for others in meets))
    keys: tuple[Callable[[int], tuple[int, ...]], ...] = (
        lambda i: (-spans[i].size_bytes, spans[i].first),
        lambda i: (-spans[i].size_bytes * (spans[i].last - spans[i].first + 1), spans[i].first),
        lambda i: (spans[i].first, -spans[i].size_bytes),
        lambda i: (spans[i].first - spans[i].last, -spans[i].size_bytes),
        lambda i: (spans[i].last, -spans[i].size_bytes),
    )
    best: tuple[int, list[int], list[int]] | None = None
    for key in keys:
        order = sorted(range(len(spans)), key=key)
        offsets, height = _place(spans, meets, order)
        if best is None or height < best[0]:
            best = (height, order, offsets)
    assert best is not None
    rng = random.Random(0)
    for _ in range(tries):
        if best[0] <= bound:
            break
        order = list(best[1])
        for _ in range(rng.randint(1, 3)):
            order.insert(rng.randrange(len(order)), order.pop(rng.randrange(len(order))))
        offsets, height = _place(spans, meets, order)
        if height <= best[0]:
            best = (height, order, offsets)
    return tuple(best[2])


def _place(
    spans: Sequence[Span], meets: Sequence[Sequence[int]], order: Sequence[int]
) -> tuple[list[int], int]:
    """Each span of ``order`` at the lowest gap that fits; the offsets and the height."""
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
