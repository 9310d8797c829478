"""``tinsmith bench``: the same networks on several engines, measured side by side."""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tinsmith.bench import linux, machine, registry
from tinsmith.bench.check import ALLOWED
from tinsmith.bench.harness import Case, Method, entrants, run_case
from tinsmith.bench.presets import PRESETS, Preset
from tinsmith.bench.report import at, data, markdown
from tinsmith.bench.results import Entrant, Report, Row, row_of
from tinsmith.bench.rounds import Wanted
from tinsmith.cli.files import write_text
from tinsmith.cli.output import Output, plain
from tinsmith.cli.pages.bench_page import bench_page
from tinsmith.cli.pages.bench_tables import gist, shown
from tinsmith.cli.parser import Commands, command, count, shape
from tinsmith.errors import DataError, UsageError
from tinsmith.targets import find, instructions

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
PAUSE_S = 0.03


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = command(
        commands, "bench", run, "measure networks on several engines, side by side",
        """tinsmith bench squeezenet1.1 --engines tinsmith,onnxruntime
        tinsmith bench model.onnx --threads 1,2,4 --batch 1,4 --html bench.html
        tinsmith bench --zoo --threads 1 --seconds 0.5 --md bench.md
        tinsmith bench --preset squeezenet-arm""")
    parser.add_argument("models", nargs="*", metavar="MODEL",
                        help="an ONNX file, or the name of a zoo network")
    parser.add_argument("--zoo", action="store_true", help="all networks of the zoo")
    parser.add_argument("--preset", choices=PRESETS, help="a published set-up: "
                        + "; ".join(f"{name}: {each.about}" for name, each in PRESETS.items()))
    parser.add_argument("--engines", type=words, metavar="A,B", help="all by default: "
                        + ", ".join(registry.names()))
    parser.add_argument("--threads", type=counts, metavar="1,2,4",
                        help="numbers of threads; one and all cores by default")
    parser.add_argument("--batch", type=counts, metavar="1,2,4", help="samples in a run; default 1")
    group = parser.add_argument_group("measuring")
    group.add_argument("--runs", type=count, metavar="N", help="timed runs of each engine")
    group.add_argument("--seconds", type=seconds, metavar="S",
                       help="of timed runs of each engine, where --runs is not given; default 1")
    group.add_argument("--pause", type=seconds, metavar="S",
                       help=f"before each block of runs, to cool down; default {PAUSE_S}")
    group.add_argument("--memory", type=memory, metavar="512MB",
                       help="an engine that takes more, beyond Python itself, is a dash")
    group.add_argument("--precision", choices=tuple(ALLOWED), default="f32",
                       help="how engines that can store weights and activations")
    group.add_argument("--affinity", type=processors, metavar="0,1",
                       help="the only processors that engines may use")
    group.add_argument("--groups", action="store_true", help="time groups of layers, too")
    group.add_argument("--shape", type=shape, action="append", default=[],
                       metavar="NAME=1x3x224x224", help="of an input, whatever the model declares")
    group.add_argument("--keep", type=Path, metavar="DIR", help="keep what is measured there, and "
                       "do not measure again what is kept and has not changed")
    parser.add_argument("--md", type=Path, metavar="FILE", help="write a report in Markdown")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots")


def words(text: str) -> tuple[str, ...]:
    """``a,b,c``."""
    found = tuple(word.strip() for word in text.split(",") if word.strip())
    if not found:
        raise argparse.ArgumentTypeError("expected names with commas between, got none")
    return found


def counts(text: str) -> tuple[int, ...]:
    """``1,2,4``."""
    return tuple(dict.fromkeys(count(word) for word in text.split(",")))


def processors(text: str) -> tuple[int, ...]:
    """``0,1``: processors of this machine."""
    known = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if known is None:
        raise argparse.ArgumentTypeError("this system cannot bind processes to processors")
    found = text.split(",")
    if not all(word.isdecimal() and int(word) in known for word in found):
        raise argparse.ArgumentTypeError(
            f"expected some of {','.join(map(str, sorted(known)))}, got '{text}'")
    return tuple(sorted({int(word) for word in found}))


def seconds(text: str) -> float:
    """A number of seconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"expected seconds from 0 to 3600, got '{text}'")
    return value


def memory(text: str) -> int:
    """``512MB``, ``2G``: bytes."""
    plain = text.strip().upper().removesuffix("B").removesuffix("I")
    number, unit = (plain[:-1], plain[-1]) if plain[-1:] in ("K", "M", "G") else (plain, "")
    if not number.isdecimal() or not int(number):
        raise argparse.ArgumentTypeError(f"expected a size such as 512MB, got '{text}'")
    return int(number) * UNITS[unit]


@dataclass(frozen=True, slots=True)
class Task:
    """All that one call has to do."""

    names: tuple[str, ...]
    engines: tuple[str, ...]
    threads: tuple[int, ...]
    batches: tuple[int, ...]
    method: Method


def task_of(args: argparse.Namespace) -> Task:
    """What the command line says, over those of the preset, over the defaults.

    Raises:
        UsageError: no network was named, or an engine that nobody knows.
    """
    from tinsmith import zoo

    preset = PRESETS[args.preset] if args.preset else Preset("", (), ())
    names = (*(zoo.names() if args.zoo else ()), *args.models) or preset.networks
    if not names:
        raise UsageError("bench: model '': expected ONNX files or names of zoo networks, got none; "
                         "name some, or add --zoo")
    engines = args.engines or registry.names()
    for name in engines:
        registry.module_name(name)
    wanted = Wanted(args.runs or (None if args.seconds is not None else preset.runs),
                    1.0 if args.seconds is None else args.seconds)
    pause = next(p for p in (args.pause, preset.pause_s, PAUSE_S) if p is not None)
    cpus = args.affinity or ()
    cores = len(cpus) or len(linux.cpus())
    method = Method(wanted, pause, args.memory or preset.memory_bytes, args.precision, cpus,
                      args.groups or preset.groups, dict(args.shape))
    return Task(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(engines)),
                args.threads or preset.threads or tuple(sorted({1, cores})),
                args.batch or preset.batches, method)


def run(args: argparse.Namespace) -> int:
    """Measures everything, then shows and writes it."""
    out = Output(args)
    task = task_of(args)
    for name in task.names:
        check_model(name)
    with out.progress("looking for engines") as say, tempfile.TemporaryDirectory() as folder:
        taking_part = entrants(task.engines, task.method.precision, say)
        for each in taking_part:
            if each.missing:
                out.say(f"{each.title}: {each.missing}")
        rows = tuple(measured(task, taking_part, Path(folder), args.keep, out, say))
    report = Report(
        shlex.join(["tinsmith", *sys.argv[1:]]), time.strftime("%Y-%m-%d %H:%M %Z"),
        machine.facts(), settings(task), taking_part, rows, tuple(notes(task, rows)))
    if args.md:
        write_text(args.md, markdown(report))
    if args.html:
        write_text(args.html, bench_page(report))
    out.result(data(report), *shown(report))
    for path in (args.md, args.html):
        if path:
            out.say(f"wrote {path}")
    return 0


def measured(task: Task, engines: Sequence[Entrant], folder: Path, keep: Path | None, out: Output,
             say: Callable[[str], None]) -> Iterator[Row]:
    """The rows of all comparisons, as they come; a line is said of each."""
    total = len(task.names) * len(task.batches) * len(task.threads)
    number = 0
    for name in task.names:
        say(f"reading {name}")
        path = model_file(name, folder)
        for batch in task.batches:
            for threads in task.threads:
                number += 1
                case = Case(path.stem, path, batch, threads)
                where = f"{case.network}, {at(batch, threads)} ({number} of {total})"
                rows = kept(case, engines, task.method, keep, prefixed(say, where))
                out.say(f"{where}: {gist(rows, engines)}")
                yield from rows
        if path.parent == folder:
            path.unlink()


def prefixed(say: Callable[[str], None], where: str) -> Callable[[str], None]:
    """Says what is done, and for which comparison."""
    return lambda what: say(f"{where}: {what}")


def model_file(name: str, folder: Path) -> Path:
    """An ONNX file as it is; a network of the zoo, written to ``folder``."""
    from tinsmith import zoo

    path = Path(name)
    if not path.is_file():
        path = folder / f"{name}.onnx"
        path.write_bytes(zoo.build(name).SerializeToString())
    return path


def check_model(name: str) -> None:
    """Before anything is measured: is there such a model, and can it be read?

    Raises:
        UserError: it is neither a network of the zoo nor a sound ONNX file.
    """
    from tinsmith import zoo
    from tinsmith.importers.onnx.read import read

    if Path(name).is_file():
        read(Path(name))
    elif name not in zoo.names():
        advice = difflib.get_close_matches(name, zoo.names(), n=1)
        raise DataError(f"bench: model '{name}': expected an ONNX file or a zoo network, got "
                        "neither; " + (f"did you mean '{advice[0]}'?" if advice else
                                       "tinsmith zoo lists the networks"))


def kept(case: Case, engines: Sequence[Entrant], method: Method, keep: Path | None,
         say: Callable[[str], None]) -> list[Row]:
    """The rows of a comparison: out of ``keep`` if nothing they depend on changed, else new."""
    if keep is None:
        return run_case(case, engines, method, say)
    model = hashlib.sha256(case.model.read_bytes()).hexdigest()
    sources = [registry.source_digest(each.name) for each in engines if not each.missing]
    native = find("native")
    key = plain({"model": model, "engines": list(map(asdict, engines)), "sources": sources,
                 "native": instructions(native.isa, native.features),
                 "method": asdict(method), "machine": machine.facts()})
    path = keep / f"{case.network}-batch{case.batch}-threads{case.threads}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(path.read_bytes())
        if found["key"] == key:
            return [row_of(row) for row in found["rows"]]
    rows = run_case(case, engines, method, say)
    write_text(path, json.dumps({"key": key, "rows": plain([asdict(row) for row in rows])}))
    return rows


def settings(task: Task) -> dict[str, str]:
    """The settings for people."""
    method = task.method
    wanted = method.wanted
    found = {
        "measured": f"{wanted.runs} runs of each engine" if wanted.runs else
                    f"{wanted.seconds:g} s of runs of each engine",
        "block": f"at least {wanted.block_s:g} s and 3 runs, after 0.03 s and 1 run to warm up",
        "pause": f"{method.pause_s:g} s before each block",
        "priority": "the highest, for every engine alike" if linux.can_be_urgent() else
                    "as the bench was started with",
        "precision": f"{method.precision}: outputs within {ALLOWED[method.precision]:.1e} of "
                     "the largest; of networks of halves within their own",
        "memory": f"at most {method.memory_bytes / 2**20:.0f} MiB beyond Python" if
                  method.memory_bytes else "",
        "processors": ", ".join(map(str, method.cpus)),
    }
    return {name: text for name, text in found.items() if text}


def notes(task: Task, rows: Sequence[Row]) -> Iterator[str]:
    """What a reader should know besides."""
    cores = len(task.method.cpus) or len(linux.cpus())
    if too_many := [str(n) for n in task.threads if n > cores]:
        yield (f"{' and '.join(too_many)} threads share {cores} cores here: they show what happens "
               "with more threads than cores, not what as many cores could do.")
    if any(row.disturbed for row in rows):
        yield ("Rows marked ≈ are upper bounds: too few of their blocks were clean, and the least "
               "disturbed ones stand in.")
    if rows and all(row.peak_bytes is None for row in rows if row.times):
        yield "This system does not tell how much memory a process took."
    if not linux.counts(task.method.cpus or linux.cpus()):
        yield "This system does not tell what else used the cores: no sample was discarded."
