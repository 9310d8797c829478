"""Finds a target by name: a core, a board, 'native', or 'x86-64-v4+avx512vnni'."""

from __future__ import annotations

import os
from collections.abc import Sequence
from difflib import get_close_matches

from tinsmith.errors import TargetError
from tinsmith.targets.native import CHOICE, native_target, plain_c
from tinsmith.targets.probe import probe
from tinsmith.targets.table import (
    Row,
    board_target,
    completed,
    core_target,
    tables,
    with_features,
)
from tinsmith.targets.target import Target


def names() -> tuple[str, ...]:
    """Every name that `find` knows: native, then cores, then boards."""
    return ("native", *tables()["cores"], *tables()["boards"])


def find(name: str) -> Target:
    """The target of this name.

    An x86-64 name may add extensions: ``x86-64-v4+avx512vnni+avx512bf16``.

    Raises:
        TargetError: no such target or extension; the text names near ones. Or 'native' is to be
            what this machine is not (TINSMITH_NATIVE).
    """
    rows = tables()
    base, *extra = name.split("+")
    if base == "native":
        target = this_machine(os.environ.get(CHOICE, ""))
    elif base == "c":
        target = plain_c(rows, probe().machine)
    elif base in rows["cores"]:
        target = core_target(base, rows)
    elif base in rows["boards"]:
        target = board_target(base, rows)
    else:
        raise TargetError(unknown("target", name, base, names()))
    return with_features(target, checked(target, tuple(extra), rows), rows) if extra else target


def this_machine(choice: str = "") -> Target:
    """This machine, with the instructions that ``choice`` names, or all; see ``native_target``."""
    return native_target(tables(), probe(), choice)


def instructions(isa: str, features: Sequence[str]) -> str:
    """An instruction set in words: 'x86-64-v4 + avx512vnni'."""
    row = completed(tables()["isas"].get(isa, {}), tables()["isas"])
    implied = row.get("features", ())
    return " + ".join((isa, *(name for name in features if name not in implied)))


def titled(name: str, isa: str, features: Sequence[str]) -> str:
    """A target's name; for 'native' with what that was: 'native (x86-64-v4 + avx512vnni)'."""
    return f"native ({instructions(isa, features)})" if name == "native" else name


def checked(target: Target, extra: tuple[str, ...], rows: Row) -> tuple[str, ...]:
    """The extensions, when this target's compilers can switch them on."""
    legal = tuple(name for name, row in rows["features"].items() if "flag" in row)
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
