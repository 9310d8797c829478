"""Probes this machine: instruction set, extensions, caches, and the cores this process may use."""

from __future__ import annotations

import math
import os
import platform
import re
from dataclasses import dataclass, replace
from pathlib import Path

from tinsmith.errors import TargetError
from tinsmith.targets.table import Row, core_target, with_features
from tinsmith.targets.target import Cluster, Memory, Target

LEVELS = (  # highest first; the names are those of /proc/cpuinfo
    ("x86-64-v4", "avx512f avx512bw avx512cd avx512dq avx512vl"),
    ("x86-64-v3", "avx avx2 bmi1 bmi2 f16c fma abm movbe"),
    ("x86-64-v2", "cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3"),
)
NEEDS = {"avx512": "x86-64-v4", "avxvnni": "x86-64-v3"}  # a feature's lowest level, by prefix
CORE_PARTS = {0xD03: "cortex-a53", 0xD07: "cortex-a57", 0xD08: "cortex-a72", 0xD0B: "cortex-a76"}


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


def native_target(table: Row, facts: Facts) -> Target:
    """The target that fits these facts; its name is 'native'.

    Raises:
        TargetError: neither x86-64 nor AArch64.
    """
    if facts.machine in ("x86_64", "AMD64"):
        target = x86_target(table, facts)
    elif facts.machine in ("aarch64", "arm64"):
        target = aarch64_target(table, facts)
    else:
        raise TargetError(
            f"targets: machine '{facts.machine}': expected x86_64 or aarch64 for target native, "
            f"got neither; name a target (tinsmith targets lists them)"
        )
    core = model_name(facts)
    caches = cache_bytes(facts.root)
    return replace(
        target,
        name="native",
        cores=(Cluster(core, facts.usable_cores, clock_ghz(facts)),),
        memories=(Memory("ram", memory_bytes(facts.root)),),
        l1d_bytes=caches.get(1, target.l1d_bytes),
        l2_bytes=caches.get(2, target.l2_bytes),
    )


def x86_target(table: Row, facts: Facts) -> Target:
    """The highest x86-64 level that the flags reach, with its extra extensions."""
    flags = facts.flags
    reached = [name for name, needs in LEVELS if flags.issuperset(needs.split())]
    if not reached:
        return core_target("c", table)
    extra = tuple(
        name
        for name, row in table["features"].items()
        if "flag" in row
        and row["cpuinfo"] in flags
        and any(name.startswith(p) and level in reached for p, level in NEEDS.items())
    )
    return with_features(core_target(reached[0], table), extra, table)


def aarch64_target(table: Row, facts: Facts) -> Target:
    """AArch64 with the extensions that the flags name."""
    base = core_target("cortex-a53", table)
    rows = {
        name: row
        for name, row in table["features"].items()
        if "extension" in row and row["cpuinfo"] in facts.flags
    }
    level = "armv8.2-a" if rows else "armv8-a"
    march = "-march=" + "+".join((level, *(row["extension"] for row in rows.values())))
    zig = ("generic", "v8_2a") if rows else ("generic",)
    return replace(
        base,
        features=("neon", *rows),
        zig_target="aarch64-linux-gnu",
        zig_cpu="+".join((*zig, *(row["zig"] for row in rows.values()))),
        gcc_flags=(march,),
        clang_flags=(march,),
        qemu_cpu="max",
    )


def model_name(facts: Facts) -> str:
    """The CPU's name as its maker gives it, or an ARM core's name."""
    named = re.search(r"^model name\s*:\s*(.+)$", facts.cpuinfo, re.MULTILINE)
    if named:
        return named.group(1).strip()
    part = re.search(r"^CPU part\s*:\s*(0x[0-9a-fA-F]+)", facts.cpuinfo, re.MULTILINE)
    return CORE_PARTS.get(int(part.group(1), 16), facts.machine) if part else facts.machine


def clock_ghz(facts: Facts) -> float:
    """The highest clock that is known, rounded to 0.001; 1.0 where nothing says."""
    top = facts.root / "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"
    if top.exists():
        return round(int(top.read_text()) / 1e6, 3)
    mhz = re.search(r"^cpu MHz\s*:\s*([0-9.]+)", facts.cpuinfo, re.MULTILINE)
    return round(float(mhz.group(1)) / 1e3, 3) if mhz else 1.0


def cache_bytes(root: Path) -> dict[int, int]:
    """Size of the first core's data (or unified) cache at each level."""
    sizes: dict[int, int] = {}
    for index in sorted((root / "sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            kind = (index / "type").read_text().strip()
            level = int((index / "level").read_text())
            size = (index / "size").read_text().strip()
        except (OSError, ValueError):
            continue
        found = re.fullmatch(r"(\d+)([KMG]?)", size)
        if kind != "Instruction" and found:
            sizes[level] = int(found.group(1)) << {"": 0, "K": 10, "M": 20, "G": 30}[found.group(2)]
    return sizes


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
