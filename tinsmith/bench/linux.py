"""What Linux tells about processes and processors; elsewhere None, or nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MOST_URGENT = -20
SCHEDULED = 2  # the kernel's number for the clock of all threads of a process
ACCOUNT = Path("/sys/fs/cgroup/cpuacct/cpuacct.usage_percpu")
TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def cpus() -> tuple[int, ...]:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def can_be_urgent() -> bool:
    """Whether this process may go before all others, and was not started to give way to them."""
    if not hasattr(os, "getpriority"):
        return False
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with urgent():
        return os.getpriority(os.PRIO_PROCESS, 0) == MOST_URGENT or before == MOST_URGENT


@contextmanager
def urgent() -> Iterator[None]:
    """Gives this thread, and the processes it starts, the highest priority if that is allowed."""
    before = os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else None
    if before is None or before > 0:
        yield
        return
    try:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, MOST_URGENT)
        yield
    finally:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, before)


@contextmanager
def prompt() -> Iterator[None]:
    """Lets this thread run as soon as it wants to, if that is allowed; it should want little."""
    try:
        policy, setting = os.sched_getscheduler(0), os.sched_getparam(0)
        if os.getpriority(os.PRIO_PROCESS, 0) <= 0:
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except (OSError, AttributeError):
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy & ~os.SCHED_RESET_ON_FORK, setting)


def urgent_session() -> None:
    """Gives this process's session what ``urgent`` gave the process, where Linux groups by it."""
    with suppress(OSError, AttributeError):
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        if nice < 0:
            Path("/proc/self/autogroup").write_text(str(nice))


def status_bytes(field: str, pid: int | str = "self") -> int | None:
    """A field of /proc/PID/status that is a size: VmHWM, VmRSS."""
    with suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) * 1024
    return None


def peak_bytes(pid: int | str = "self") -> int | None:
    """The most memory that was resident at once."""
    return status_bytes("VmHWM", pid)


def cpu_seconds(pid: int) -> float | None:
    """Processor time of all threads of another process, those that ended included."""
    try:
        return time.clock_gettime((~pid << 3) | SCHEDULED)
    except (OSError, AttributeError, OverflowError):
        return None


def delay_seconds(pid: int) -> float | None:
    """How long threads of a process were ready to run and did not."""
    try:
        return sum(int(path.read_text().split()[1])
                   for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) * 1e-9
    except (OSError, ValueError, IndexError):
        return None


def busy_seconds(of: tuple[int, ...]) -> float | None:
    """Time for which processors ran anything at all, by the finest clock there is.

    That is the account of the root group, in nanoseconds; else /proc/stat, in ticks.
    """
    with suppress(OSError, ValueError, IndexError):
        used = ACCOUNT.read_text().split()
        return sum(int(used[cpu]) for cpu in of) * 1e-9
    rows = stat_rows()
    if rows is None:
        return None
    return sum(sum(rows[cpu][:3]) + sum(rows[cpu][5:7]) for cpu in of) / TICKS_PER_S


def busy_resolution(of: tuple[int, ...]) -> float:
    """How far ``busy_seconds`` may be off."""
    return 1e-4 if ACCOUNT.exists() else len(of) / TICKS_PER_S


def stolen_seconds(of: tuple[int, ...]) -> float:
    """Time that a hypervisor kept processors from this machine."""
    rows = stat_rows()
    return sum(rows[cpu][7] for cpu in of) / TICKS_PER_S if rows else 0.0


def stat_rows() -> dict[int, list[int]] | None:
    """/proc/stat: user, nice, system, idle, iowait, irq, softirq, steal of each processor."""
    try:
        lines = Path("/proc/stat").read_text("ascii").splitlines()
        return {int(name[3:]): [int(word) for word in rest.split()]
                for name, _, rest in (line.partition(" ") for line in lines)
                if name.startswith("cpu") and name[3:].isdigit()}
    except (OSError, ValueError):
        return None


def counts(of: tuple[int, ...]) -> bool:
    """Whether this system tells what else uses processors."""
    return busy_seconds(of) is not None and cpu_seconds(os.getpid()) is not None
