"""``tinsmith compile``: a model in, a bundle out."""

from __future__ import annotations

import argparse
import shlex
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tinsmith.cli.feeds import add_image_options, check_files, given_feeds
from tinsmith.cli.models import asked, load_model, shapes_data
from tinsmith.cli.output import Output, Shown, amount, size, span, table, text, weights
from tinsmith.cli.parser import (
    Commands,
    add_build_options,
    add_model_options,
    add_paranoid_option,
    command,
    word,
)
from tinsmith.emit.bundle import amended
from tinsmith.emit.names import c_name
from tinsmith.errors import SelftestError, UsageError
from tinsmith.importers.inputs import Imported
from tinsmith.passes.manager import Optimised
from tinsmith.pipeline import (
    bundle_files,
    check_folder,
    golden,
    optimise,
    plan,
    write_folder,
)
from tinsmith.runtime.bundle import build_library, is_network
from tinsmith.runtime.program import Program, build_program, selftest
from tinsmith.runtime.runner import runs_here
from tinsmith.runtime.stack import stack_bytes
from tinsmith.runtime.tunings import timings_for
from tinsmith.schedule.explain import precisions
from tinsmith.schedule.plan import Plan
from tinsmith.targets import titled
from tinsmith.toolchain import find_compiler

Say = Callable[[str], None]


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = command(
        commands, "compile", run, "compile a model to a bundle of plain C and weights",
        """tinsmith compile squeezenet.onnx -o build/squeezenet
        tinsmith compile model.onnx -o build/a53 --target cortex-a53 --on qemu
        tinsmith compile ds-cnn.onnx -o build/m4 --target cortex-m4 --on qemu
        tinsmith compile crnn.onnx -o build/crnn --shape x=1x3x48x320 --threads 2 --explain
        tinsmith compile model.onnx -o build/model --input photo.jpg --mean 0 --std 255""")
    parser.add_argument("model", metavar="MODEL", help="an ONNX file")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR",
                        help="the bundle's folder; an earlier bundle there is replaced")
    parser.add_argument("--name", type=word, help="what the network is called, in C tin_NAME; the "
                                                  "name of the file otherwise")
    parser.add_argument("--explain", action="store_true",
                        help="say what each pass did, why it left things alone, and "
                             "why layers have their precision")
    parser.add_argument("--dump", type=Path, metavar="DIR",
                        help="write the graph's text there, after every change")
    parser.add_argument("--no-build", action="store_true",
                        help="only write the bundle: build and test nothing")
    parser.add_argument("--library", action="store_true",
                        help="build the library for Python too, which needs no compiler then: "
                             "tinsmith.Bundle(DIR, library=...)")
    parser.add_argument("--on", default="auto", metavar="auto|here|qemu|ssh://USER@HOST",
                        help="where the self-test runs; auto: here, if this machine can")
    parser.add_argument("--input", nargs="+", default=[], metavar="FILE", dest="inputs",
                        help="what the self-test runs on: an image, .npy or .npz; numbers that "
                             "look like the network's own otherwise")
    add_image_options(parser)
    add_model_options(parser)
    add_build_options(parser)
    add_paranoid_option(parser)


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a compilation made."""

    model: Imported
    optimised: Optimised
    plan: Plan
    files: Mapping[str, bytes]
    program: Program | None
    test: tuple[str, ...] | None
    library: bytes | None = None
    stack_bytes: int | None = None


def run(args: argparse.Namespace) -> int:
    """Compiles, builds, tests, writes."""
    start = time.perf_counter()
    if args.library and args.no_build:
        raise UsageError("compile: option '--library': expected it without --no-build, got both; "
                         "leave one out")
    check_folder(args.output)
    check_folder(failed_folder(args.output))
    check_files(args.inputs)
    out = Output(args)
    with out.progress("reading the model") as say:
        made = compile_bundle(args, out, say)
        name = c_name(args.name or made.plan.name)
        write_bundle(args.output, made, name)
        shutil.rmtree(failed_folder(args.output), ignore_errors=True)
    answer = facts(args, made, name, time.perf_counter() - start)
    explanation = explained(made) if args.explain else []
    out.result(answer, *map(text, explanation), *shown(args, made, name, answer))
    return 0


def write_bundle(folder: Path, made: Compiled, name: str) -> None:
    """Writes the files, and the program and the library where they were built."""
    programs: dict[str, bytes] = {}
    if made.program is not None:
        suffix = ".elf" if made.plan.target.bare_metal else ""
        programs = {f"{name}{suffix}": made.program.path.read_bytes()}
    if made.library is not None:
        programs |= {f"lib{name}.so": made.library}
    write_folder(folder, {**made.files, **programs}, tuple(programs))


def failed_folder(folder: Path) -> Path:
    """Where a bundle that failed its self-test is kept for looking into it."""
    return folder.with_name(f"{folder.name}.failed")


def compile_bundle(args: argparse.Namespace, out: Output, say: Say) -> Compiled:
    """The bundle's files, after its program was built and tested."""
    model = load_model(args)
    graph = model.graph
    say("optimising")
    request = asked(args, graph)
    optimised = optimise(graph, request, dump=args.dump, paranoid=args.paranoid or None)
    if not args.no_build:
        find_compiler(args.cc, request.target)  # before the long work
    say("computing golden vectors")
    answers = golden(graph, request.numerics.policy, given_feeds(args, graph, out))
    for value in answers.doubtful:
        out.say(f"output '{value}' is not checked: rounding alone decides it on these inputs "
                f"({answers.source}); --input FILE gives others")
    say("scheduling")
    made = plan(optimised.graph, request, answers.inputs)
    files = bundle_files(graph, made, c_name(args.name or made.name), answers)
    if args.no_build:
        return Compiled(model, optimised, made, files, None, None)
    say(f"building {len(made.steps)} steps with {args.cc}")
    program = build_program(files, made.target, args.cc, say)
    facts: dict[str, object] = {"code_bytes": program.code_bytes, "compiler": args.cc}
    stack = None
    if made.target.bare_metal:
        say("asking the compiler for the stack")
        stack = stack_bytes(files, made.target, args.cc, c_name(args.name or made.name))
        facts["stack_bytes"] = stack
    library = None
    if args.library:
        say("building the library")
        library = build_library(sources_of(files), made.target, args.cc).read_bytes()
    done = Compiled(model, optimised, made, amended(files, facts), program, None, library, stack)
    if args.on == "auto" and not runs_here(made.target):
        return done
    say("running the self-test")
    try:
        return replace(done, test=tuple(selftest(program, made.target, files, args.on)))
    except SelftestError as error:
        raise kept(error, args, out, done) from error


def sources_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Those of a bundle's files that are the network itself."""
    return {file: data.decode() for file, data in files.items() if is_network(file)}


def kept(error: SelftestError, args: argparse.Namespace, out: Output,
         made: Compiled) -> SelftestError:
    """The same error, after the bundle was written beside the folder that was asked for."""
    for line in error.lines:
        if line not in str(error):
            out.say(line)
    folder = failed_folder(args.output)
    write_bundle(folder, made, c_name(args.name or made.plan.name))
    return SelftestError(f"{error}; the bundle is kept in '{folder}'", error.lines)


def facts(args: argparse.Namespace, made: Compiled, name: str, seconds: float) -> dict[str, object]:
    """The result as plain data."""
    plan, program = made.plan, made.program
    answer: dict[str, object] = {
        "bundle": args.output, "name": name, "target": plan.target.name,
        "isa": plan.target.isa, "features": plan.target.features,
        "threads": plan.request.threads, "steps": len(plan.steps),
        "macs": sum(step.macs for step in plan.steps), "weights_bytes": plan.weight_bytes,
        "weights_kept_bytes": plan.kept_bytes, "weights_prepared_bytes": plan.prepared_bytes,
        "resident_bytes": plan.resident_bytes,
        "arena_bytes": plan.arena_bytes, "arena_bound_bytes": plan.bound_bytes,
        "code_bytes": program.code_bytes if program else None,
        "stack_bytes": made.stack_bytes,
        "input_shapes": shapes_data(made.model), "notes": list(made.model.notes),
        "selftest": made.test, "seconds": round(seconds, 3),
    }
    if args.explain:
        answer["explanation"] = explained(made)
    return answer


def explained(made: Compiled) -> list[str]:
    """What passes did and left alone, and why layers have the precision that they have."""
    return [*made.optimised.explanation().splitlines(),
            *precisions(made.optimised.graph, made.plan, timings_for(made.plan.request))]


def shown(args: argparse.Namespace, made: Compiled, name: str,
          answer: Mapping[str, object]) -> list[Shown]:
    """The result for people."""
    plan, target = made.plan, made.plan.target
    bound = plan.arena_bytes / plan.bound_bytes if plan.bound_bytes else 1.0
    rows = [
        *(("input", str(each)) for each in made.model.inputs),
        *(("note", note) for note in made.model.notes),
        ("network", f"{name}: {len(plan.steps)} steps, {amount(sum(s.macs for s in plan.steps))} "
                    f"multiply-accumulates"),
        ("target", f"{titled(target.name, target.isa, target.features)}, "
                   f"{plan.request.threads} thread{'s' if plan.request.threads > 1 else ''}"),
        ("weights", weights(plan.weight_bytes, plan.kept_bytes, plan.prepared_bytes)),
        ("arena", f"{size(plan.arena_bytes)} ({bound:.2f} x the lower bound of "
                  f"{size(plan.bound_bytes)})"),
        ("resident", f"{size(plan.resident_bytes)} once loaded, and the code"),
        *([("stack", f"at most {size(made.stack_bytes)}")] if made.stack_bytes else []),
        ("code", size(made.program.code_bytes) + " stripped" if made.program else "not built"),
        ("self-test", "; ".join(made.test) if made.test else "not run"),
        ("bundle", f"{args.output} (written in {span(float(str(answer['seconds'])))})"),
        ("by hand", f"cd {shlex.quote(str(args.output))} && make && "
                    + ("make test" if plan.target.bare_metal else f"./{name} --selftest")),
    ]
    return [table(("", ""), rows)]
