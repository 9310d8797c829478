"""``tinsmith targets``: what it can compile for."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from tinsmith.cli.output import Output, size, table
from tinsmith.cli.parser import Commands, command
from tinsmith.targets import Target, find, instructions, names


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = command(
        commands, "targets", run, "list the machines that Tinsmith compiles for",
        """tinsmith targets
        tinsmith targets cortex-a53 x86-64-v4+avx512vnni
        tinsmith targets --json""")
    parser.add_argument("name", nargs="*", help="only these; all by default")


def run(args: argparse.Namespace) -> int:
    """Prints a table of targets, this machine first."""
    targets = [find(name) for name in args.name or names()]
    rows = [(t.name, clusters(t), instructions(t.isa, t.features), t.vector_bits,
             caches(t), memories(t),
             f"{t.gpu.name}, {t.gpu.api} {t.gpu.version}" if t.gpu else "") for t in targets]
    columns = ("target", "cores", "?instructions", "?>vector", "?caches L1d, L2, L3", "?memory",
               "?GPU")
    Output(args).result({"targets": [facts(t) for t in targets]}, table(columns, rows))
    return 0


def clusters(target: Target) -> str:
    """Its cores: '4 x cortex-a53 1.54 GHz'."""
    return " + ".join(f"{c.count} x {c.core} {c.model.clock_ghz:g} GHz" for c in target.cores)


def caches(target: Target) -> str:
    """Its caches, and how many cores share each; '-' where there is none."""
    found = (target.model.l1d, target.model.l2, target.model.l3)
    return ", ".join(
        f"{each.size_bytes // 1024} K{f' of {each.cores} cores' if each.cores > 1 else ''}"
        if each.size_bytes else "-" for each in found)


def memories(target: Target) -> str:
    """Its memories."""
    return ", ".join(f"{m.name} {size(m.bytes)}" for m in target.memories)


def facts(target: Target) -> dict[str, object]:
    """A target as plain data."""
    return {
        "name": target.name, "isa": target.isa, "features": target.features,
        "vector_bits": target.vector_bits, "lanes": target.lanes,
        "vector_registers": target.vector_registers, "os": target.os,
        "cores": [asdict(c) for c in target.cores],
        "memories": [{"name": m.name, "bytes": m.bytes} for m in target.memories],
        "gpu": {"name": target.gpu.name, "api": target.gpu.api, "version": target.gpu.version}
        if target.gpu else None,
    }
