"""``tinsmith targets``: what it can compile for."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from tinsmith.cli.output import Output, size, table, text
from tinsmith.cli.parser import Commands, add_compiler_option, command
from tinsmith.errors import UsageError
from tinsmith.runtime.core import core_key, known, measure
from tinsmith.runtime.tunings import default_path, keep_figures
from tinsmith.targets import Target, find, instructions, names
from tinsmith.targets.measured import findings


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = command(
        commands, "targets", run, "list the machines that Tinsmith compiles for",
        """tinsmith targets
        tinsmith targets cortex-a53 x86-64-v4+avx512vnni
        tinsmith targets --json
        tinsmith targets --measure""")
    parser.add_argument("name", nargs="*", help="only these; all by default")
    parser.add_argument("--measure", action="store_true",
                        help="measure this machine's core for a second or two, and keep what is "
                             "found for later compiles")
    add_compiler_option(parser)


def run(args: argparse.Namespace) -> int:
    """Prints a table of targets, this machine first; or measures this machine."""
    if args.measure:
        measure_native(args)
        return 0
    targets = [known(find(name)) for name in args.name or names()]
    rows = [(t.name, clusters(t), instructions(t.isa, t.features), t.vector_bits,
             caches(t), memories(t),
             f"{t.gpu.name}, {t.gpu.api} {t.gpu.version}" if t.gpu else "") for t in targets]
    columns = ("target", "cores", "?instructions", "?>vector", "?caches L1d, L2, L3", "?memory",
               "?GPU")
    Output(args).result({"targets": [facts(t) for t in targets]}, table(columns, rows))
    return 0


def measure_native(args: argparse.Namespace) -> None:
    """Measures this machine's core, says what of it counts, and keeps it."""
    if args.name not in ([], ["native"]):
        raise UsageError(f"targets: --measure: expected this machine (native), got "
                         f"'{' '.join(args.name)}'; leave the names out")
    out, target, path = Output(args), find("native"), default_path()
    with out.progress("measuring"):
        figures = measure(target, args.cc)
    found = findings(target, figures)
    keep_figures(path, core_key(target), figures)
    rows = [(each.figure.name, each.figure.unit, f"{each.documented:.3g}",
             "-" if each.measured is None else f"{each.measured:.3g}", f"{each.taken:.3g}",
             "out of bounds, the documented one stands" if each.refused else "") for each in found]
    out.result(
        {"core": target.model.core, "figures": [
            {"name": each.figure.name, "unit": each.figure.unit, "documented": each.documented,
             "measured": each.measured, "taken": each.taken} for each in found]},
        text(f"{target.cores[0].core}: {target.model.core}, "
             f"{instructions(target.isa, target.features)}"), "",
        table(("figure", "unit", ">documented", ">measured", ">counts", ""), rows))
    out.say(f"kept in {path}")


def clusters(target: Target) -> str:
    """Its cores: '4 x cortex-a53 1.54 GHz'."""
    return " + ".join(f"{c.count} x {c.core} {c.model.clock_ghz:.4g} GHz" for c in target.cores)


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
