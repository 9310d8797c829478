"""Whether something else used the cores during a block of runs: one rule for all engines.

A block is thrown away when others took more than ``LIMIT`` of the core time that the engine
needed: as many cores as it has threads, or all, where it has more. Others are everything but the
engine's own process. They took what they used beyond the spare cores; or, where more, the time for
which the engine's threads waited to run, so far as others can have caused that; and what a
hypervisor kept back. Both readings are taken while the engine is stopped, so they are complete.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from tinsmith.bench import linux

LIMIT = 0.03
RESTS = 3  # pauses before a block, at most


@dataclass(frozen=True, slots=True)
class Reading:
    """Counters at one moment, in seconds; None where the system has none."""

    clock: float
    busy: float | None
    own: float | None
    delay: float | None
    stolen: float


def read(pid: int, cpus: tuple[int, ...]) -> Reading:
    """The counters for a process now."""
    return Reading(time.perf_counter(), linux.busy_seconds(cpus), linux.cpu_seconds(pid),
                   linux.delay_seconds(pid), linux.stolen_seconds(cpus))


def taken(before: Reading, after: Reading, threads: int, cpus: int,
          resolution: float = 0.0) -> float | None:
    """The share of the core time that an engine needed and others took; None if unknown."""
    if before.busy is None or after.busy is None or before.own is None or after.own is None:
        return None
    wall = after.clock - before.clock
    if after.clock <= before.clock:
        return 0.0
    needed = min(threads, cpus)
    others = max(0.0, after.busy - before.busy - (after.own - before.own) - resolution)
    waited = (after.delay or 0.0) - (before.delay or 0.0)
    most = max(others - (cpus - needed) * wall, min(waited, others))
    return (most + after.stolen - before.stolen) / (needed * wall)


def rest(seconds: float, threads: int, cpus: tuple[int, ...]) -> None:
    """Sleeps, and goes on sleeping for a while where others use the cores that a block needs."""
    for _ in range(RESTS):
        before = alone(cpus)
        time.sleep(seconds)
        share = taken(before, alone(cpus), threads, len(cpus), linux.busy_resolution(cpus))
        if share is None or share <= LIMIT:
            return


def alone(cpus: tuple[int, ...]) -> Reading:
    """The counters while no engine runs."""
    return Reading(time.perf_counter(), linux.busy_seconds(cpus), 0.0, 0.0,
                   linux.stolen_seconds(cpus))
