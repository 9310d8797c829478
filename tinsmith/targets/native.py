"""Probes this machine: instruction set, extensions, caches, and the cores this process may use.

TINSMITH_NATIVE names fewer instructions than it has: x86-64-v3, x86-64-v4+avx512vnni, or c.
"""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tinsmith.errors import TargetError
from tinsmith.targets.model import Model
from tinsmith.targets.table import Row, core_model, core_target, recognised, with_features
from tinsmith.targets.target import Cluster, Memory, Target

LEVELS = (  # highest first; the names are those of /proc/cpuinfo
    ("x86-64-v4", "avx512f avx512bw avx512cd avx512dq avx512vl"),
    ("x86-64-v3", "avx avx2 bmi1 bmi2 f16c fma abm movbe"),
    ("x86-64-v2", "cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3"),
)
CHOICE = "TINSMITH_NATIVE"
NEEDS = {"avx512": "x86-64-v4", "avxvnni": "x86-64-v3"}  # a feature's lowest level, by prefix
LEVEL_NAMES = {1: "l1d", 2: "l2", 3: "l3"}
X86_64 = ("x86_64", "AMD64")
AARCH64 = ("aarch64", "arm64")


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


def native_target(table: Row, facts: Facts, choice: str = "") -> Target:
    """The target that fits these facts; its name is 'native'.

    Args:
        table: ``tables()``.
        facts: what the operating system says.
        choice: the instructions to make do with: a level and extensions; all by default.

    Raises:
        TargetError: neither x86-64 nor AArch64, or it lacks what was chosen.
    """
    if facts.machine not in (*X86_64, *AARCH64):
        raise TargetError(
            f"targets: machine '{facts.machine}': expected x86_64 or aarch64 for target native, "
            f"got neither; name a target (tinsmith targets lists them)"
        )
    level, *wanted = choice.split("+") if choice else (levels(facts)[0], *extensions(table, facts))
    check_choice(choice or level, level, wanted, table, facts)
    if level == "c":
        target = plain_c(table, facts.machine)
    elif level == "aarch64":
        target = aarch64_target(table, wanted)
    else:
        target = with_features(core_target(level, table), tuple(wanted), table)
    core = core_here(target, table, facts)
    return replace(
        target,
        name="native",
        cores=(Cluster(model_name(facts) or core.core, facts.usable_cores, core),),
        memories=(Memory("ram", memory_bytes(facts.root)),),
    )


def core_here(target: Target, table: Row, facts: Facts) -> Model:
    """The documented model of this machine's core, with the caches and the clock it has here.

    The target's own, typical one stands for a core that is in no document.
    """
    known = core_name(facts, table)
    model = core_model(known, table) if known else target.model
    if facts.machine in X86_64 and not target.has("fma"):
        model = replace(model, f32=target.model.f32)
    return replace(
        model,
        clock_ghz=clock_ghz(facts) or model.clock_ghz,
        **{name: replace(getattr(model, name), size_bytes=size, cores=cores)
           for name, (size, cores) in caches(facts.root).items()},
    )


def levels(facts: Facts) -> tuple[str, ...]:
    """The instruction sets that this machine has, the largest first; 'c' is the last."""
    if facts.machine in AARCH64:
        return ("aarch64", "c")
    reached = (name for name, needs in LEVELS if facts.flags.issuperset(needs.split()))
    return (*reached, "c")


def extensions(table: Row, facts: Facts, level: str = "") -> tuple[str, ...]:
    """What this machine has beyond an instruction set; its largest by default."""
    known, level = levels(facts), level or levels(facts)[0]
    at_least = known[known.index(level) :]  # the level, and those that it holds
    kind = "extension" if level == "aarch64" else "flag"
    return tuple(
        name
        for name, row in table["features"].items()
        if kind in row
        and level != "c"
        and row["cpuinfo"] in facts.flags
        and (kind == "extension" or any(name.startswith(p) and needed in at_least
                                        for p, needed in NEEDS.items()))
    )


def check_choice(
    choice: str, level: str, wanted: Sequence[str], table: Row, facts: Facts
) -> None:
    """Refuses instructions that this machine lacks.

    Raises:
        TargetError: it lacks them; the text says what it has.
    """
    if level not in levels(facts):
        raise TargetError(
            f"targets: {CHOICE} '{choice}': expected a level that this machine has "
            f"({', '.join(levels(facts))}), got '{level}'; choose one of them or unset it"
        )
    here = extensions(table, facts, level)
    for name in wanted:
        if name not in here:
            raise TargetError(
                f"targets: {CHOICE} '{choice}': expected extensions of {level} that this machine "
                f"has ({', '.join(here) or 'none'}), got '{name}'; leave it out"
            )


def plain_c(table: Row, machine: str) -> Target:
    """Target c for this machine: its row is x86-64's; on an ARM machine it borrows an ARM core."""
    target = core_target("c", table)
    if machine not in AARCH64:
        return target
    return replace(
        core_target("aarch64", table),
        name="c",
        isa="c",
        features=(),
        flags=target.flags,
        zig_target="aarch64-linux-gnu",
        zig_cpu="generic",
        gcc_flags=(),
        clang_flags=(),
        zig_baseline="generic",
        baseline_flags=(),
    )


def aarch64_target(table: Row, wanted: Sequence[str]) -> Target:
    """AArch64 with these extensions."""
    base = core_target("aarch64", table)
    rows = {name: table["features"][name] for name in wanted}
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
    """The CPU's name as its maker gives it; '' where it gives none."""
    named = re.search(r"^model name\s*:\s*(.+)$", facts.cpuinfo, re.MULTILINE)
    return named.group(1).strip() if named else ""


def core_name(facts: Facts, table: Row) -> str:
    """The core of ``cores/`` that this machine says it is; '' where there is none."""
    def said(field: str) -> str:
        found = re.search(rf"^{field}\s*:\s*(\S+)", facts.cpuinfo, re.MULTILINE)
        return found.group(1) if found else ""

    if facts.machine in AARCH64:
        implementer, part = said("CPU implementer") or "0", said("CPU part") or "0"
        return recognised("midr", (int(implementer, 16), int(part, 16)), table)
    key = (said("vendor_id"), int(said("cpu family") or -1), int(said("model") or -1))
    return recognised("cpuid", key, table)


def clock_ghz(facts: Facts) -> float:
    """The highest clock that is known, rounded to 0.001; 0.0 where nothing says."""
    top = facts.root / "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"
    if top.exists():
        return round(int(top.read_text()) / 1e6, 3)
    mhz = re.search(r"^cpu MHz\s*:\s*([0-9.]+)", facts.cpuinfo, re.MULTILINE)
    return round(float(mhz.group(1)) / 1e3, 3) if mhz else 0.0


def caches(root: Path) -> dict[str, tuple[int, int]]:
    """The first core's data (or unified) caches: {'l2': (bytes, cores that share it)}."""
    here = root / "sys/devices/system/cpu/cpu0"
    siblings = cpus(here / "topology/thread_siblings_list")
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
                max(1, cpus(index / "shared_cpu_list") // siblings))
    return found


def cpus(path: Path) -> int:
    """How many a list of processors ('0-3,8') names; 1 where there is none."""
    try:
        ends = [part.split("-") for part in path.read_text().strip().split(",")]
        return max(1, sum(int(each[-1]) - int(each[0]) + 1 for each in ends))
    except (OSError, ValueError):
        return 1


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
