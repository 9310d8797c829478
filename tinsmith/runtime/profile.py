"""A profile: the time of each step beside what the machine could do at best."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tinsmith.emit.interface import StepFacts
from tinsmith.runtime.network import StepTime
from tinsmith.runtime.peak import Peak


@dataclass(frozen=True, slots=True)
class Row:
    """One step of a profile.

    Attributes:
        seconds: the median of all runs.
        share: of the time of all steps.
        gmacs_per_s: thousand millions of multiply-accumulates a second, as the operator is
            defined: a fast algorithm can have more than the machine.
        of_peak: share of the machine's peak that its own multiply-accumulates reach.
        of_bound: share of the roofline: the least possible time over the time taken.
        bound: what sets that least time: compute, or a level of memory.
    """

    facts: StepFacts
    seconds: float
    share: float
    gmacs_per_s: float
    of_peak: float
    of_bound: float
    bound: str


@dataclass(frozen=True, slots=True)
class Group:
    """All steps of one operator together."""

    op: str
    count: int
    seconds: float
    share: float
    macs: int
    gmacs_per_s: float


@dataclass(frozen=True, slots=True)
class Profile:
    """A network's profile: steps in order, operators by time."""

    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    seconds: float
    macs: int
    peak: Peak

    @property
    def of_peak(self) -> float:
        """Share of the machine's multiply-accumulate peak, over the whole run."""
        done = sum(row.facts.products for row in self.rows)
        return done / self.seconds / self.peak.macs_per_s if self.seconds else 0.0


def profile(times: Sequence[StepTime], peak: Peak) -> Profile:
    """Sets times against the peak."""
    medians = [statistics.median(t.seconds) for t in times]
    total = sum(medians)
    rows = tuple(_row(t.facts, s, total, peak) for t, s in zip(times, medians, strict=True))
    return Profile(rows, groups(rows, total), total, sum(r.facts.macs for r in rows), peak)


def _row(facts: StepFacts, seconds: float, total: float, peak: Peak) -> Row:
    least, bound = peak.bound_s(facts.products, facts.traffic_bytes)
    rate, done = ((facts.macs / seconds, facts.products / seconds) if seconds else (0.0, 0.0))
    return Row(facts, seconds, seconds / total if total else 0.0, rate * 1e-9,
               done / peak.macs_per_s, least / seconds if seconds else 0.0, bound)


def groups(rows: Sequence[Row], total: float) -> tuple[Group, ...]:
    """Totals by operator, the slowest first."""
    found: list[Group] = []
    for op in dict.fromkeys(row.facts.op for row in rows):
        mine = [row for row in rows if row.facts.op == op]
        seconds, macs = sum(r.seconds for r in mine), sum(r.facts.macs for r in mine)
        found.append(Group(op, len(mine), seconds, seconds / total if total else 0.0, macs,
                           macs / seconds * 1e-9 if seconds else 0.0))
    return tuple(sorted(found, key=lambda g: -g.seconds))
