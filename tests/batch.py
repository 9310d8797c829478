"""Many networks in one library: several to a C file, so that headers are read once for all."""

from __future__ import annotations

from collections.abc import Mapping

from tinsmith.emit.binding import binding
from tinsmith.emit.c import c_name, emit
from tinsmith.schedule.plan import Plan

PER_FILE = 24


def batch_sources(plans: Mapping[str, Plan]) -> dict[str, str]:
    """The sources of all plans, by C file; names are the keys made C names."""
    sources: dict[str, str] = {}
    units: list[list[str]] = []
    for i, (name, plan) in enumerate(plans.items()):
        if i % PER_FILE == 0:
            units.append([])
        c = c_name(name)
        for file, text in (emit(plan, c) | {f"{c}_binding.c": binding(c)}).items():
            stored = f"{file}.h" if file.endswith(".c") else file
            sources[stored] = text
            if stored != file:
                units[-1].append(stored)
    for i, unit in enumerate(units):
        lines = ["#define _POSIX_C_SOURCE 199309L", *(f'#include "{file}"' for file in unit)]
        sources[f"unit_{i}.c"] = "\n".join(lines) + "\n"
    return sources
