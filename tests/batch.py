"""Many networks in one library: several to a C file, so that headers are read once for all."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tinsmith.emit.binding import binding
from tinsmith.emit.host import emit
from tinsmith.emit.names import c_name
from tinsmith.schedule.plan import Plan

PER_FILE = 24


# A plan's later layers may define the kernels of its first ones again.
OWN_FILE = re.compile(r"_layers_[1-9]\d*\.c$")


def batch_sources(plans: Mapping[str, Plan]) -> dict[str, str]:
    """The sources of all plans, by C file; names are the keys made C names."""
    sources: dict[str, str] = {}
    units: dict[tuple[int, str], list[str]] = {}
    for i, (name, plan) in enumerate(plans.items()):
        c = c_name(name)
        for file, text in (emit(plan, c) | {f"{c}_binding.c": binding(c)}).items():
            if not file.endswith(".c"):
                sources[file] = text
                continue
            # two layer files of one network may define the same kernel: they cannot meet
            part = file.removeprefix(c) if "_layers_" in file else ""
            sources[f"{file}.h"] = text
            units.setdefault((i // PER_FILE, part), []).append(f"{file}.h")
    for i, unit in enumerate(units.values()):
        lines = ["#define _POSIX_C_SOURCE 199309L", *(f'#include "{file}"' for file in unit)]
        sources[f"unit_{i}.c"] = "\n".join(lines) + "\n"
    return sources
