"""``tinsmith inspect``: layers, multiply-accumulates, weights, and memory over time."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinsmith.cli.files import write_text
from tinsmith.cli.models import asked, load_model, shapes_data
from tinsmith.cli.output import Output, Shown, amount, size, table, text, weights
from tinsmith.cli.pages.inspect_page import inspect_page
from tinsmith.cli.pages.layers import Inspection, report
from tinsmith.cli.parser import Commands, add_build_options, add_model_options, command
from tinsmith.importers.inputs import Imported
from tinsmith.pipeline import optimise, plan

BLOCKS = " ▁▂▃▄▅▆▇█"


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = command(
        commands, "inspect", run, "show a model's layers, weights, work and memory over time",
        """tinsmith inspect squeezenet.onnx
        tinsmith inspect squeezenet.onnx --html squeezenet.html
        tinsmith inspect model.onnx --target cortex-m4 --json""")
    parser.add_argument("model", metavar="MODEL", help="an ONNX file")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page, too")
    add_model_options(parser)
    add_build_options(parser)


def run(args: argparse.Namespace) -> int:
    """Schedules the model; builds nothing."""
    out = Output(args)
    with out.progress("reading the model") as say:
        model = load_model(args)
        graph = model.graph
        say("optimising")
        request = asked(args, graph)
        optimised = optimise(graph, request).graph
        say("scheduling")
        found = report(graph, optimised, plan(optimised, request))
        if args.html:
            say("drawing")
            write_text(args.html, inspect_page(found))
    out.result(data(args, found, model), *shown(found, model))
    if args.html:
        out.say(f"wrote {args.html}")
    return 0


def data(args: argparse.Namespace, found: Inspection, model: Imported) -> dict[str, object]:
    """The report as plain data."""
    interface = found.interface
    return {
        "model": args.model, "nodes": found.nodes_before, "parameters": found.parameters,
        **{key: value for key, value in interface.data().items() if key != "steps"},
        "input_shapes": shapes_data(model), "notes": list(model.notes),
        "layers": [
            {"step": layer.step, "op": layer.op, "origin": layer.origin, "output": layer.output,
             "shape": layer.shape, "dtype": layer.dtype, "macs": layer.macs,
             "weights_bytes": layer.weights_bytes, "kernel": layer.kernel, "tile": layer.tile,
             "layout": layer.layout, "live_bytes": layer.live_bytes}
            for layer in found.layers],
        "buffers": [
            {"values": slab.values, "offset": slab.offset, "bytes": slab.size_bytes,
             "first_step": slab.first, "last_step": slab.last} for slab in found.slabs],
    }


def shown(found: Inspection, model: Imported) -> tuple[Shown, ...]:
    """The report for people."""
    interface = found.interface
    rows = [(layer.step, layer.op, layer.title, f"{layer.dtype}{list(layer.shape)}",
             amount(layer.macs) if layer.macs else "",
             size(layer.weights_bytes) if layer.weights_bytes else "", layer.kernel, layer.layout,
             size(layer.live_bytes), bar(layer.live_bytes, interface.arena_bytes))
            for layer in found.layers]
    why = {each.name: each.why for each in model.inputs}
    ports = [f"input  {p.name}: {p.type} ({why.get(p.name, 'declared')})"
             for p in interface.inputs]
    ports += [f"output {p.name}: {p.type}" for p in interface.outputs]
    bound = interface.arena_bytes / interface.bound_bytes if interface.bound_bytes else 1.0
    return (
        table((">", "operator", "node", "output", ">MACs", "?>weights", "?kernel", "?layout",
               "?>live", "?"), rows),
        "",
        *(text(port) for port in ports),
        *(text(f"note: {note}") for note in model.notes),
        text(f"{found.nodes_before} nodes in the file, {len(found.layers)} steps on "
             f"{interface.target}; {amount(interface.macs)} multiply-accumulates, "
             f"{amount(found.parameters)} parameters"),
        text("weights " + weights(interface.weights_bytes, interface.kept_bytes,
                                  interface.prepared_bytes)),
        text(f"arena {size(interface.arena_bytes)}, {bound:.2f} x its lower bound of "
             f"{size(interface.bound_bytes)}; resident {size(interface.resident_bytes)} once "
             "loaded, and the code"),
    )


def bar(part: int, whole: int) -> str:
    """A bar of eight cells."""
    eighths = round(64 * part / whole) if whole else 0
    return (BLOCKS[-1] * (eighths // 8) + BLOCKS[eighths % 8]).rstrip()
