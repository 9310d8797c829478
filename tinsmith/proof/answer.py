"""What counts as right, number by number, for one result of a changed region."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tinsmith.dtypes import Array, DType

SPREAD = 8.0  # times the spread of its own place
TYPICAL = 4.0  # times the spread of all places on average
ROUNDINGS = 8.0  # of the result itself
MEANT = 1 / 128  # of the results: a spread so wide, where inputs are about 1, is meant


@dataclass(frozen=True, eq=False)
class Answer:
    """One result of the form before the change: as it was, in truth, and disturbed.

    ``others`` are as right: results where the zeros that something is divided by have the other
    sign.
    """

    old: Array
    truth: Array
    disturbed: list[Array]
    unit: float
    dtype: DType
    others: list[Array] = field(default_factory=list)

    @cached_property
    def spread(self) -> Array:
        """How far the disturbed results lie from the truth."""
        true = np.asarray(self.truth, np.float64)
        return np.asarray(np.max([_distance(np.asarray(d, np.float64), true)
                                  for d in self.disturbed], axis=0, initial=0.0))

    @property
    def typical(self) -> float:
        """The spread on average, where it is finite."""
        known = self.spread[np.isfinite(self.spread)]
        return float(np.mean(known)) if known.size else 0.0

    @property
    def is_meant(self) -> bool:
        """Whether rounding decides what comes out, so that it must have been meant to."""
        size = np.abs(np.asarray(self.truth, np.float64))
        size = size[np.isfinite(size)]
        return bool(size.size) and self.typical > MEANT * float(np.mean(size))

    def jump(self, new: Array) -> tuple[tuple[int, ...], float] | None:
        """The first place where ``new`` is another integer although nothing is near a jump."""
        unsure = self.old != self.truth
        for other in (*self.disturbed, *self.others):
            unsure = unsure | (other != self.truth)
        wrong = (new != self.old) & ~unsure
        return (first(wrong), 0.0) if wrong.any() else None

    def same(self, new: Array) -> tuple[tuple[int, ...], float] | None:
        """The first place where ``new`` is not what it was before, but for its own rounding."""
        n, o = np.asarray(new, np.float64), np.asarray(self.old, np.float64)
        allowed = ROUNDINGS * self.unit * np.abs(o)
        wrong = ~((n == o) | (np.abs(n - o) <= allowed) | (np.isnan(n) & np.isnan(o)))
        return (first(wrong), float(allowed[first(wrong)])) if wrong.any() else None

    def far(self, new: Array) -> tuple[tuple[int, ...], float] | None:
        """The first place where ``new`` is too far from the truth, and how far it may be."""
        most, least, _ = self.dtype.ends
        n, o, t = (np.asarray(a, np.float64) for a in (new, self.old, self.truth))
        with np.errstate(all="ignore"):
            allowed = (SPREAD * (self.spread + _distance(o, t)) + TYPICAL * self.typical
                       + ROUNDINGS * self.unit * np.abs(t) + least * self.unit)
            beyond = (np.abs(t) > most * (1 - 64 * self.unit)) & (np.abs(n) > most / 2) & (
                np.sign(n) == np.sign(t))
            lost = ~np.isfinite(n) & np.isfinite(t) & ~np.isfinite(o)
            near = np.isfinite(t) & (np.abs(n - t) <= allowed)
            right = (n == t) | (n == o) | near | beyond | lost
            for other in self.others:
                right |= (_distance(n, np.asarray(other, np.float64))
                          <= np.where(np.isfinite(n), ROUNDINGS * self.unit * np.abs(n), 0))
            right |= np.isnan(n) & (np.isnan(t) | np.isnan(o))
            right |= (~np.isfinite(allowed) & np.isfinite(t)) | np.isinf(self.spread)
        return None if right.all() else (first(~right), float(allowed[first(~right)]))


def _distance(a: Array, b: Array) -> Array:
    """How far apart; 0 where both are the same infinity or no number, infinite where one is."""
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(all="ignore"):
        apart = np.where(np.isfinite(a) & np.isfinite(b), np.abs(a - b), np.inf)
    return np.where(same, 0.0, apart)


def first(wrong: Array) -> tuple[int, ...]:
    """The first place that is wrong."""
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), wrong.shape))
