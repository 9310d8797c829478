"""``tinsmith tune``: measures what could compute each layer; later compiles take the fastest."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from tinsmith import pipeline
from tinsmith.cli.files import write_text
from tinsmith.cli.models import asked, load_graph
from tinsmith.cli.output import Output, Shown, span, table, text
from tinsmith.cli.parser import Commands, add_build_options, add_model_options, command, count
from tinsmith.errors import UsageError
from tinsmith.runtime import tunings
from tinsmith.runtime.network import StepTime
from tinsmith.runtime.seeded import seeded_feeds
from tinsmith.runtime.session import load
from tinsmith.runtime.tune import Candidate, Progress, TunedLayer, tune
from tinsmith.schedule.plan import Plan
from tinsmith.schedule.timings import machine_key
from tinsmith.targets import find
from tinsmith.toolchain.compiler import find_compiler

SHOWN_VARIANT = 40


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = command(
        commands, "tune", run, "measure the kernels that could compute each layer",
        """tinsmith tune resnet50.onnx
        tinsmith tune resnet50.onnx --threads 1 --seconds 120
        tinsmith tune --export tunings.json
        tinsmith tune --import tunings.json""")
    parser.add_argument("model", metavar="MODEL", nargs="?", help="an ONNX file")
    parser.add_argument("--runs", type=count, default=20, metavar="N",
                        help="times are quartiles of so many runs")
    parser.add_argument("--seconds", type=count, default=600, metavar="N",
                        help="stop after so long; the next call goes on from there")
    parser.add_argument("--again", action="store_true", help="measure what is known, too")
    parser.add_argument("--db", type=Path, metavar="FILE", help="another database than the user's")
    parser.add_argument("--export", type=Path, metavar="FILE",
                        help="write all timings, to be shared")
    parser.add_argument("--import", type=Path, metavar="FILE", dest="merge",
                        help="add timings that --export wrote")
    add_model_options(parser)
    add_build_options(parser, target=False)


def run(args: argparse.Namespace) -> int:
    """Tunes a network, or moves timings."""
    if sum(map(bool, (args.model, args.export, args.merge))) != 1:
        raise UsageError("tune: what to do: expected a model, --export or --import, got "
                         "none or several; give one of them")
    out, path = Output(args), args.db or tunings.default_path()
    if args.export:
        write_text(args.export, tunings.export(path))
        out.say(f"wrote {args.export}")
    elif args.merge:
        added = tunings.merge(path, args.merge.read_bytes(), str(args.merge))
        out.say(f"added {added} timings to {path}")
    else:
        _tune(args, out, path)
    return 0


def _tune(args: argparse.Namespace, out: Output, path: Path) -> None:
    target = find("native")
    compiler = find_compiler(args.cc, target)
    machine = machine_key(target)
    known = () if args.again else tunings.load(path, machine, compiler.release)
    start = time.monotonic()
    with out.progress("reading the model") as say:
        imported = load_graph(args)
        request = asked(args, imported)
        graph = pipeline.optimise(imported, request).graph

        def measure(plan: Plan) -> Sequence[StepTime]:
            session = load(plan, args.cc)
            times = session.profile(seeded_feeds(session.inputs), args.runs)
            session.close()
            return times

        def told(progress: Progress) -> bool:
            spent = time.monotonic() - start
            done = progress.layers - progress.open
            say(f"round {progress.round + 1}: {progress.measured} timings, "
                f"{done} of {progress.layers} layers done, {spent:.0f} s")
            return bool(spent < args.seconds)

        layers = tune(graph, request, measure, known,
                      lambda new: tunings.save(path, machine, compiler.release, new), told)
    spent = time.monotonic() - start
    out.result(data(args, layers, request.threads, spent), *shown(layers, spent))
    out.say(f"timings are in {path}")


def data(args: argparse.Namespace, layers: Sequence[TunedLayer], threads: int,
         spent: float) -> dict[str, object]:
    """The tuning as plain data."""
    return {"model": args.model, "threads": threads, "seconds": spent, "layers": [
        {"layer": layer.key, "nodes": layer.names,
         "measured": [{"kernel": c.kernel.label, "variant": dict(c.variant),
                       "seconds": layer.time(c)} for c in layer.ranked()]}
        for layer in layers]}


def shown(layers: Sequence[TunedLayer], spent: float) -> tuple[Shown, ...]:
    """The tuning for people."""
    rows = []
    saved = 0.0
    for layer in layers:
        ranked = layer.ranked()
        if not ranked:
            continue
        best, first = ranked[0], next(iter(layer.seconds))
        gain = layer.time(first) / layer.time(best)
        saved += (layer.time(first) - layer.time(best)) * len(layer.names)
        rows.append((layer.names[0], len(layer.names), len(ranked), span(layer.time(best)),
                     f"{gain:.2f}", name_of(best)))
    return (
        table(("layer", ">times", ">tried", ">time", ">gain", "kernel"), rows), "",
        text(f"{sum(len(x.seconds) for x in layers)} timings of {len(layers)} layers in "
             f"{spent:.0f} s; {span(saved)} a run less than untuned"))


def name_of(candidate: Candidate) -> str:
    """Kernel and variant for people."""
    settled = " ".join(f"{name} {value}" for name, value in candidate.variant)
    return f"{candidate.kernel.label} {settled}"[:len(candidate.kernel.label) + SHOWN_VARIANT]
