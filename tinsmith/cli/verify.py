"""``tinsmith verify``: compiled code against a reference, node by node."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinsmith.cli.feeds import add_image_options, check_files, given_feeds
from tinsmith.cli.models import asked, check_bundle_options, load_graph
from tinsmith.cli.output import Output, table, text
from tinsmith.cli.parser import (
    Commands,
    add_build_options,
    add_model_options,
    add_paranoid_option,
    command,
    seed,
    share,
)
from tinsmith.cli.run import is_scores
from tinsmith.dtypes import Array, DType
from tinsmith.emit.interface import Interface, describe
from tinsmith.errors import UsageError
from tinsmith.ir.graph import Graph
from tinsmith.pipeline import optimise, plan
from tinsmith.request import Request
from tinsmith.runtime.bundle import Bundle, read_golden, read_manifest, target_of
from tinsmith.runtime.compare import (
    Difference,
    allowed_distance,
    compare_steps,
    reference_values,
)
from tinsmith.runtime.golden import answers
from tinsmith.runtime.ort import run_with_ort
from tinsmith.runtime.program import build_program, selftest
from tinsmith.runtime.remote import trace_remotely
from tinsmith.runtime.runner import runs_here
from tinsmith.runtime.seeded import seeded_feeds
from tinsmith.runtime.session import load
from tinsmith.schedule.plan import Port
from tinsmith.tolerance import UNLIKE, Distance, distance

DIFFERS = 3  # the exit code: compiled code that is wrong is a defect of ours
WORST = 10
Say = Callable[[str], None]
Traced = tuple[Interface, list[dict[str, Array]], dict[str, Array]]


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = command(
        commands, "verify", run, "compare compiled code with a reference, node by node",
        """tinsmith verify model.onnx
        tinsmith verify model.onnx --target cortex-a7 --on qemu
        tinsmith verify model.onnx --against ort --input photo.jpg
        tinsmith verify build/squeezenet
        tinsmith verify build/squeezenet --model squeezenet.onnx""")
    parser.add_argument("model", metavar="MODEL_OR_BUNDLE", help="an ONNX file or a bundle")
    parser.add_argument("--against", choices=("interpret", "ort"), default="interpret",
                        help="interpret: every node, in numpy; ort: the outputs, by ONNX Runtime")
    parser.add_argument("--on", default="auto", metavar="auto|here|qemu|ssh://USER@HOST",
                        help="where the compiled code runs")
    parser.add_argument("--input", nargs="+", default=[], metavar="FILE", dest="inputs",
                        help="an image, .npy or .npz; seeded numbers otherwise")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of the inputs")
    parser.add_argument("--tolerance", type=share, metavar="SHARE",
                        help="allowed error as a share of the largest magnitude (float32: 1e-4)")
    parser.add_argument("--model", dest="source", metavar="FILE",
                        help="the model that a bundle was made of, to compare node by node")
    add_image_options(parser)
    add_model_options(parser)
    add_build_options(parser)
    add_paranoid_option(parser)


def run(args: argparse.Namespace) -> int:
    """Runs both, compares, says where they part."""
    out = Output(args)
    check_files(args.inputs)
    is_bundle = Path(args.model).is_dir()
    if args.source and not is_bundle:
        raise UsageError(f"verify: --model '{args.source}': expected it with a bundle only, got "
                         f"the model '{args.model}'; leave it out")
    with out.progress("reading the model") as say:
        if is_bundle and not args.source:
            check_bundle_options(args)
            return verify_golden(args, out, say)
        bundle, args.model = (Path(args.model) if is_bundle else None), args.source or args.model
        graph = load_graph(args)
        feeds = given_feeds(args, graph, out) or seeded_feeds(
            [Port(value, graph.types[value]) for value in graph.inputs], args.seed)
        request = asked(args, graph)
        optimised = optimise(graph, request, paranoid=args.paranoid or None).graph
        interface, traced, outputs = trace(args, optimised, request, feeds, bundle, say)
        say(f"running {'ONNX Runtime' if args.against == 'ort' else 'the interpreter'}")
        if args.against == "ort":
            wanted = run_with_ort(Path(args.model), feeds, graph.outputs)
            return report_outputs(args, out, outputs, wanted,
                                  allowances(args, wanted, interface, {}))
        wanted, allowed = references(optimised, request, feeds)
        found = compare_steps(interface, traced, wanted,
                              allowances(args, wanted, interface, allowed))
    return report_steps(out, found, interface)


def references(optimised: Graph, request: Request,
               feeds: Mapping[str, Array]) -> tuple[dict[str, Array], Mapping[str, Distance]]:
    """Every value of the optimised graph, and how far each may be off.

    In a lower precision values are rounded where the graph says, so that its own interpreter is
    the reference, and the precision says what is allowed.
    """
    policy = request.numerics.policy
    if policy != "f32":
        return reference_values(optimised, feeds), {}
    values = tuple(value for node in optimised.nodes for value in node.outputs if value)
    found = answers(optimised.replace(outputs=values), feeds, policy, "")
    return dict(found.outputs), found.allowed


def allowances(args: argparse.Namespace, wanted: Mapping[str, Array], interface: Interface,
               measured: Mapping[str, Distance]) -> dict[str, Distance]:
    """How far each value may be off: as asked for, as was measured, or as its type says."""
    known = measured if args.tolerance is None else {}
    return {name: known.get(name) or allowed_distance(
        DType.of(want), args.tolerance, interface.precision) for name, want in wanted.items()}


def trace(args: argparse.Namespace, optimised: Graph, request: Request,
          feeds: dict[str, Array], bundle: Path | None, say: Say) -> Traced:
    """Every result of the compiled code, and its outputs: here, or where ``--on`` says."""
    if bundle is not None:
        network = Bundle(bundle, compiler=args.cc, threads=args.threads)
        return network.interface, network.trace(feeds), network.run(feeds)
    made = plan(optimised, request)
    say(f"building {len(made.steps)} steps")
    if args.on == "here" or (args.on == "auto" and runs_here(made.target)):
        session = load(made, args.cc)
        return session.interface, session.trace(feeds), session.run(feeds)
    traced, outputs = trace_remotely(made, feeds, args.cc, args.on)
    return describe(made, "network"), traced, outputs


def verify_golden(args: argparse.Namespace, out: Output, say: Say) -> int:
    """Runs a bundle on its golden vectors."""
    folder = Path(args.model)
    say("checking the files")
    manifest = read_manifest(folder)
    interface, target = manifest.interface, target_of(manifest.interface, folder)
    if args.on == "here" or (args.on == "auto" and runs_here(target) and not target.bare_metal):
        say("building the bundle")
        network = Bundle(folder, compiler=args.cc, threads=args.threads)
        feeds, wanted = read_golden(folder, interface)
        return report_outputs(args, out, network.run(feeds), wanted,
                              allowances(args, wanted, interface, interface.allowed))
    say(f"building the program for {target.name}")
    files = {name: (folder / name).read_bytes() for name in manifest.files
             if name.endswith((".c", ".h", ".bin", ".ld"))}
    lines = selftest(build_program(files, target, args.cc, say), target, files, args.on)
    out.result({"bundle": folder, "target": target.name, "passed": True, "selftest": lines},
               *(text(line) for line in lines))
    return 0


def report_steps(out: Output, found: Sequence[Difference], interface: Interface) -> int:
    """Names the first node that differs, and shows the worst."""
    first = next((d for d in found if not d.ok), None)
    worst = sorted(found, key=lambda d: -d.distance.largest)[:WORST]
    if first is None:
        verdict = (f"[green]all {len(found)} results agree[/green]: worst error "
                   f"{worst[0].distance.largest:.2e} of the largest" if worst
                   else "no result to compare")
    else:
        origin = ", ".join(first.origin) or first.node
        verdict = (f"[red]first difference[/red]: step {first.step}, {text(first.op)} "
                   f"'{text(origin)}' ({first.kernel}), value '{text(first.value)}': error "
                   f"{first.distance.largest:.2e} of the largest, allowed "
                   f"{most_shown(first.allowed)}")
    rows = [(d.step, d.op, ", ".join(d.origin) or d.node, d.kernel, list(d.shape),
             f"{d.distance.largest:.2e}", "" if d.ok else "differs") for d in worst]
    out.result(
        {"passed": first is None, "compared": len(found), "steps": len(interface.steps),
         "first": difference_data(first) if first else None,
         "results": [difference_data(d) for d in found]},
        verdict,
        table((">step", "operator", "node", "?kernel", "?shape", ">error", ""), rows))
    return 0 if first is None else DIFFERS


def difference_data(d: Difference) -> dict[str, object]:
    """One comparison as plain data."""
    return {"step": d.step, "node": d.node, "op": d.op, "kernel": d.kernel, "origin": d.origin,
            "value": d.value, "shape": d.shape, **distance_data(d.distance, d.allowed),
            "ok": d.ok}


def distance_data(found: Distance, allowed: Distance) -> dict[str, object]:
    """A distance and what is allowed, as plain data; None for what is not checked."""
    return {"error": found.largest, "mean_error": found.mean,
            "allowed": None if allowed == UNLIKE else allowed.largest,
            "mean_allowed": None if allowed == UNLIKE else allowed.mean}


def most_shown(allowed: Distance) -> str:
    """What is allowed, for people."""
    return "not checked" if allowed == UNLIKE else f"{allowed.largest:.1e}"


@dataclass(frozen=True, slots=True)
class Checked:
    """One compared output; ``same_best_class`` is None where there are no classes."""

    name: str
    shape: tuple[int, ...]
    distance: Distance
    allowed: Distance
    same_best_class: bool | None

    @property
    def ok(self) -> bool:
        """Whether the distance is within what is allowed."""
        return self.distance.within(self.allowed)


def checked(name: str, got: Array, want: Array, allowed: Distance) -> Checked:
    """Compares one output."""
    same = (bool(np.array_equal(got.argmax(1), want.argmax(1)))
            if is_scores(want.shape) and want.dtype.kind == "f" else None)
    return Checked(name, want.shape, distance(got, want), allowed, same)


def report_outputs(args: argparse.Namespace, out: Output, outputs: Mapping[str, Array],
                   wanted: Mapping[str, Array], allowed: Mapping[str, Distance]) -> int:
    """The error of each output, and whether the best class is the same."""
    rows = [checked(name, outputs[name], want, allowed[name]) for name, want in wanted.items()]
    passed = all(row.ok for row in rows)
    answer = {None: "", True: "same", False: "another"}
    against = "ONNX Runtime" if args.against == "ort" else "golden vectors"
    out.result(
        {"against": args.against if not Path(args.model).is_dir() else "golden", "passed": passed,
         "outputs": [{"output": r.name, "shape": r.shape, **distance_data(r.distance, r.allowed),
                      "same_best_class": r.same_best_class, "ok": r.ok} for r in rows]},
        f"[green]agrees with {against}[/green]" if passed
        else f"[red]differs from {against}[/red]",
        table(("output", "shape", ">error", ">allowed", "best class", ""), [
            (r.name, list(r.shape), f"{r.distance.largest:.2e}", most_shown(r.allowed),
             answer[r.same_best_class], "" if r.ok else "differs") for r in rows]))
    return 0 if passed else DIFFERS
