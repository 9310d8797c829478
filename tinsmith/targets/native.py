"""The target 'native': this machine, its instruction set and extensions, and its cores.

TINSMITH_NATIVE names fewer instructions than it has: x86-64-v3, x86-64-v4+avx512vnni, or c.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tinsmith.errors import TargetError
from tinsmith.targets.model import Model
from tinsmith.targets.probe import (
    AARCH64,
    X86_64,
    Facts,
    Kind,
    caches,
    clock_ghz,
    kinds,
    memory_bytes,
    model_name,
)
from tinsmith.targets.table import Row, core_model, core_target, with_features
from tinsmith.targets.target import Cluster, Memory, Target

LEVELS = (  # highest first; the names are those of /proc/cpuinfo
    ("x86-64-v4", "avx512f avx512bw avx512cd avx512dq avx512vl"),
    ("x86-64-v3", "avx avx2 bmi1 bmi2 f16c fma abm movbe"),
    ("x86-64-v2", "cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3"),
)
CHOICE = "TINSMITH_NATIVE"
NEEDS = {"avx512": "x86-64-v4", "avxvnni": "x86-64-v3"}  # a feature's lowest level, by prefix


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
    return replace(
        target,
        name="native",
        cores=tuple(clusters_here(target, table, facts)),
        memories=(Memory("ram", memory_bytes(facts.root)),),
    )


def clusters_here(target: Target, table: Row, facts: Facts) -> Iterator[Cluster]:
    """The cores that this process may use, the fastest first."""
    left, found = facts.usable_cores, kinds(facts, table)
    for kind in found:
        count = left if len(found) == 1 else min(left, len(kind.cpus))
        if count:
            core = core_here(kind, target, table, facts)
            yield Cluster(model_name(facts) or core.core, count, core)
        left -= count


def core_here(kind: Kind, target: Target, table: Row, facts: Facts) -> Model:
    """The documented model of a core of this machine, with the caches and the clock it has here.

    The target's own, typical one stands for a core that is in no document.
    """
    model = core_model(kind.core, table) if kind.core else target.model
    if facts.machine in X86_64 and not target.has("fma"):
        model = replace(model, f32=target.model.f32)
    cpu = kind.cpus[0]
    return replace(
        model,
        clock_ghz=clock_ghz(facts, cpu) or model.clock_ghz,
        **{name: replace(getattr(model, name), size_bytes=size, cores=cores)
           for name, (size, cores) in caches(facts.root, cpu).items()},
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
