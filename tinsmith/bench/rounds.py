"""Rounds: each engine in turn runs a block while the others are stopped; disturbed ones again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tinsmith.bench.disturbance import LIMIT
from tinsmith.bench.protocol import Block

TRIES = 3  # blocks for each one that is wanted


@dataclass(frozen=True, slots=True)
class Judged:
    """A block, and the share of its core time that others took; None if that is unknown."""

    block: Block
    taken: float | None

    @property
    def clean(self) -> bool:
        """Whether it counts."""
        return self.taken is None or self.taken <= LIMIT


class Contestant(Protocol):
    """What takes turns."""

    def turn(self, wanted: Wanted) -> Judged:
        """One block. Raises ``WorkerError``."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is measured of each engine: so many runs, or else so many seconds of them.

    ``least``: runs, however long they take.
    """

    runs: int | None = None
    seconds: float = 1.0
    block_s: float = 0.1
    least: int = 10

    def enough(self, blocks: Sequence[Judged]) -> bool:
        """Whether these blocks are enough."""
        count = sum(len(each.block.times) for each in blocks)
        if self.runs is not None:
            return count >= self.runs
        return count >= self.least and sum(e.block.wall for e in blocks) >= self.seconds


@dataclass
class Tally:
    """The blocks of one engine so far."""

    blocks: list[Judged] = field(default_factory=list)
    failure: Exception | None = None

    @property
    def clean(self) -> list[Judged]:
        """Those that count."""
        return [each for each in self.blocks if each.clean]


@dataclass(frozen=True, slots=True)
class Measured:
    """What counts of one engine's blocks.

    Attributes:
        times: of the runs that count.
        cpu_use: processor seconds for each second.
        discarded: runs that do not count.
        disturbed: too few blocks were clean, so that the least disturbed ones stand in.
        failure: what ended it early.
    """

    times: tuple[float, ...]
    cpu_use: float
    discarded: int
    disturbed: bool
    failure: Exception | None = None


def measure(contestants: Sequence[Contestant], wanted: Wanted,
            say: Callable[[str], None]) -> list[Measured]:
    """Runs rounds until each contestant has enough clean blocks, or has had tries enough.

    The first of a round goes last in the next, so that nobody always follows the same one.
    """
    tallies = [Tally() for _ in contestants]
    order = list(range(len(contestants)))
    number = 0
    while waiting := [i for i in order if wants_more(tallies[i], wanted)]:
        number += 1
        say(f"round {number}")
        for i in waiting:
            try:
                tallies[i].blocks.append(contestants[i].turn(wanted))
            except Exception as error:  # the others go on
                tallies[i].failure = error
        order = [*order[1:], order[0]]
    return [judged(tally, wanted) for tally in tallies]


def wants_more(tally: Tally, wanted: Wanted) -> bool:
    """Whether an engine takes part in the next round."""
    if tally.failure is not None or wanted.enough(tally.clean):
        return False
    tries = len(tally.blocks)
    for i in range(tries):  # as many blocks as make enough, whether clean or not
        if wanted.enough(tally.blocks[:i + 1]):
            return tries < TRIES * (i + 1)
    return True


def judged(tally: Tally, wanted: Wanted) -> Measured:
    """What counts: the clean blocks; where those are too few, the least disturbed of all."""
    chosen, disturbed = tally.clean, False
    if not wanted.enough(chosen) and tally.failure is None:
        disturbed = True
        chosen = []
        for each in sorted(tally.blocks, key=lambda each: each.taken or 0.0):
            chosen.append(each)
            if wanted.enough(chosen):
                break
    times = tuple(t for each in chosen for t in each.block.times)
    wall = sum(each.block.wall for each in chosen)
    total = sum(len(each.block.times) for each in tally.blocks)
    return Measured(times, sum(each.block.cpu for each in chosen) / wall if wall else 0.0,
                    total - len(times), disturbed, tally.failure)
