"""Finds a target by name: a core, a board, 'native', or 'x86-64-v4+avx512vnni'."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from tinsmith.errors import TargetError
from tinsmith.targets.native import native_target, probe
from tinsmith.targets.table import Row, board_target, core_target, load, with_features
from tinsmith.targets.target import Target


def names() -> tuple[str, ...]:
    """Every name that `find` knows: native, then cores, then boards."""
    return ("native", *load("cores.toml")["cores"], *load("boards.toml")["boards"])


def find(name: str) -> Target:
    """The target of this name.

    An x86-64 name may add extensions: ``x86-64-v4+avx512vnni+avx512bf16``.

    Raises:
        TargetError: no such target or extension; the text names near ones.
    """
    table, boards = load("cores.toml"), load("boards.toml")["boards"]
    base, *extra = name.split("+")
    if base == "native":
        target = native_target(table, probe())
    elif base in table["cores"]:
        target = core_target(base, table)
        target = plain_c(target, table, probe().machine) if base == "c" else target
    elif base in boards:
        target = board_target(base, boards[base], core_target(boards[base]["core"], table))
    else:
        raise TargetError(unknown("target", name, base, names()))
    return with_features(target, checked(target, tuple(extra), table), table) if extra else target


def plain_c(target: Target, table: Row, machine: str) -> Target:
    """Target c for this machine: its row is x86-64's; on an ARM machine it borrows an ARM core."""
    if machine not in ("aarch64", "arm64"):
        return target
    core = core_target("cortex-a53", table)
    return replace(
        core,
        name="c",
        isa="c",
        features=(),
        flags=target.flags,
        zig_target="aarch64-linux-gnu",
        zig_cpu="generic",
        gcc_flags=(),
        clang_flags=(),
    )


def checked(target: Target, extra: tuple[str, ...], table: Row) -> tuple[str, ...]:
    """The extensions, when this target's compilers can switch them on."""
    legal = tuple(name for name, row in table["features"].items() if "flag" in row)
    for name in extra:
        if not target.isa.startswith("x86-64"):
            raise TargetError(
                f"targets: target '{target.name}': expected a plain name, got the extension "
                f"'{name}'; only x86-64 targets take extensions"
            )
        if name not in legal:
            raise TargetError(unknown("extension", name, name, legal))
    return extra


def unknown(what: str, name: str, wanted: str, known: tuple[str, ...]) -> str:
    """The text of an error about a name that is not in the list."""
    near = get_close_matches(wanted, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "tinsmith targets lists them all"
    return f"targets: {what} '{name}': expected one of {', '.join(known)}, got no such name; {hint}"
