"""What the operating system says of this machine: processors, caches, clocks, cores, memory."""

from __future__ import annotations

import math
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from tinsmith.targets.table import Row, core_model, recognised

X86_64 = ("x86_64", "AMD64")
AARCH64 = ("aarch64", "arm64")
LEVEL_NAMES = {1: "l1d", 2: "l2", 3: "l3"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the operating system says about this machine."""

    machine: str
    cpuinfo: str
    root: Path  # holds proc/ and sys/
    usable_cores: int

    @property
    def flags(self) -> frozenset[str]:
        """The CPU's feature words."""
        found = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", self.cpuinfo, re.MULTILINE)
        return frozenset(found.group(1).split()) if found else frozenset()


def probe(root: Path = Path("/")) -> Facts:
    """Asks this machine."""
    info = root / "proc/cpuinfo"
    return Facts(
        machine=platform.machine(),
        cpuinfo=info.read_text("utf-8", "replace") if info.exists() else "",
        root=root,
        usable_cores=usable_cores(root),
    )


def usable_cores(root: Path = Path("/")) -> int:
    """Cores that this process may use: those of its cpuset, or what its cgroup's quota pays for."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(allowed or 1, quota_cores(root)))


def model_name(facts: Facts) -> str:
    """The CPU's name as its maker gives it; '' where it gives none."""
    named = re.search(r"^model name\s*:\s*(.+)$", facts.cpuinfo, re.MULTILINE)
    return named.group(1).strip() if named else ""


@dataclass(frozen=True, slots=True)
class Kind:
    """Equal processors: the core of ``cores/`` that they are ('': of none) and their numbers."""

    core: str
    cpus: tuple[int, ...]


def kinds(facts: Facts, table: Row) -> tuple[Kind, ...]:
    """The kinds of processors, the fastest first; one where the system tells none apart."""
    found: dict[str, list[int]] = {}
    for block in re.split(r"\n\s*\n", facts.cpuinfo):
        number = _said(block, "processor")
        if number.isdecimal():
            found.setdefault(core_name(block, facts.machine, table), []).append(int(number))
    small = set(cpus(facts.root / "sys/devices/cpu_atom/cpus"))  # of hybrid x86
    if "alder-lake-p" in found and small:
        numbers = found.pop("alder-lake-p")
        found["alder-lake-p"] = [n for n in numbers if n not in small]
        found["alder-lake-e"] = [n for n in numbers if n in small]
    known = [Kind(core, tuple(numbers)) for core, numbers in found.items() if numbers]
    return tuple(sorted(known, key=lambda kind: -_speed(kind.core, table))) or (
        Kind(core_name(facts.cpuinfo, facts.machine, table), (0,)),)


def _speed(core: str, table: Row) -> float:
    """Multiply-adds of 128 bits in a nanosecond; 0 of a core that is not known."""
    model = core_model(core, table) if core else None
    return model.f32.rate(128) * model.clock_ghz if model else 0.0


def core_name(cpuinfo: str, machine: str, table: Row) -> str:
    """The core of ``cores/`` that the text of a processor says it is; '' where there is none."""
    if machine in AARCH64:
        implementer, part = (int(_said(cpuinfo, field) or "0", 16)
                             for field in ("CPU implementer", "CPU part"))
        return recognised("midr", (implementer, part), table)
    family, model = (int(_said(cpuinfo, field) or -1) for field in ("cpu family", "model"))
    return recognised("cpuid", (_said(cpuinfo, "vendor_id"), family, model), table)


def _said(cpuinfo: str, field: str) -> str:
    found = re.search(rf"^{field}\s*:\s*(\S+)", cpuinfo, re.MULTILINE)
    return found.group(1) if found else ""


def clock_ghz(facts: Facts, cpu: int = 0) -> float:
    """The highest clock of a processor, rounded to 0.001; 0.0 where nothing says."""
    top = facts.root / f"sys/devices/system/cpu/cpu{cpu}/cpufreq/cpuinfo_max_freq"
    if top.exists():
        return round(int(top.read_text()) / 1e6, 3)
    mhz = re.search(r"^cpu MHz\s*:\s*([0-9.]+)", facts.cpuinfo, re.MULTILINE)
    return round(float(mhz.group(1)) / 1e3, 3) if mhz else 0.0


def caches(root: Path, cpu: int = 0) -> dict[str, tuple[int, int]]:
    """A processor's data (or unified) caches: {'l2': (bytes, cores that share it)}."""
    here = root / f"sys/devices/system/cpu/cpu{cpu}"
    siblings = max(1, len(cpus(here / "topology/thread_siblings_list")))
    found: dict[str, tuple[int, int]] = {}
    for index in sorted((here / "cache").glob("index*")):
        try:
            kind = (index / "type").read_text().strip()
            level = int((index / "level").read_text())
            size = (index / "size").read_text().strip()
        except (OSError, ValueError):
            continue
        sized = re.fullmatch(r"(\d+)([KMG]?)", size)
        if kind != "Instruction" and sized and level in LEVEL_NAMES:
            found[LEVEL_NAMES[level]] = (
                int(sized.group(1)) << {"": 0, "K": 10, "M": 20, "G": 30}[sized.group(2)],
                max(1, len(cpus(index / "shared_cpu_list")) // siblings))
    return found


def cpus(path: Path) -> tuple[int, ...]:
    """The processors in a list ('0-3,8'); none where there is no such file."""
    try:
        ends = [part.split("-") for part in path.read_text().strip().split(",")]
        return tuple(n for each in ends for n in range(int(each[0]), int(each[-1]) + 1))
    except (OSError, ValueError):
        return ()


def quota_cores(root: Path) -> int:
    """Cores that the cgroup's CPU quota pays for, rounded up; a large number without a quota."""
    group = root / "sys/fs/cgroup"
    try:
        if (group / "cpu.max").exists():
            quota, period = (group / "cpu.max").read_text().split()
        else:
            quota = (group / "cpu/cpu.cfs_quota_us").read_text().strip()
            period = (group / "cpu/cpu.cfs_period_us").read_text().strip()
        return math.ceil(int(quota) / int(period)) if int(quota) > 0 else 1 << 20
    except (OSError, ValueError):  # no cgroup, or the word 'max'
        return 1 << 20


def memory_bytes(root: Path) -> int:
    """RAM this process may use: the smaller of the machine's and the cgroup's."""
    sizes = [1 << 62]
    info = root / "proc/meminfo"
    total = (
        re.search(r"^MemTotal:\s*(\d+) kB", info.read_text(), re.MULTILINE)
        if info.exists()
        else None
    )
    if total:
        sizes.append(int(total.group(1)) * 1024)
    for limit in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            sizes.append(int((root / "sys/fs/cgroup" / limit).read_text()))
        except (OSError, ValueError):
            continue
    return min(sizes) if min(sizes) < 1 << 62 else 1 << 30
