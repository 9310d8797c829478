"""``tinsmith profile``: time per layer, and how near it comes to what the machine can do."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinsmith.cli.files import write_text
from tinsmith.cli.models import load_network
from tinsmith.cli.output import Output, Shown, amount, span, table, text
from tinsmith.cli.pages.profile_page import profile_page
from tinsmith.cli.parser import Commands, add_build_options, add_model_options, command, count
from tinsmith.runtime.network import Network
from tinsmith.runtime.peak import Peak, measure
from tinsmith.runtime.profile import Group, Profile, Row, profile
from tinsmith.runtime.seeded import seeded_feeds
from tinsmith.targets import find


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = command(
        commands, "profile", run, "time each layer and set it against the machine's peak",
        """tinsmith profile squeezenet.onnx --threads 1
        tinsmith profile build/squeezenet --runs 100
        tinsmith profile model.onnx --html profile.html""")
    parser.add_argument("model", metavar="MODEL_OR_BUNDLE", help="an ONNX file or a bundle")
    parser.add_argument("--runs", type=count, default=30, metavar="N",
                        help="times are medians of so many runs")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page, too")
    add_model_options(parser)
    add_build_options(parser, target=False)


def run(args: argparse.Namespace) -> int:
    """Measures the machine, then the network."""
    out = Output(args)
    with out.progress("loading") as say:
        network = load_network(args, say)
        say("measuring this machine")
        peak = measure(find(network.interface.target), network.threads, args.cc)
        say(f"running {args.runs} times")
        result = profile(network.profile(seeded_feeds(network.inputs), args.runs), peak)
    if args.html:
        write_text(args.html, profile_page(network.interface, result, args.runs))
    out.result(data(args, network, result), *shown(network, result))
    if args.html:
        out.say(f"wrote {args.html}")
    return 0


def data(args: argparse.Namespace, network: Network, result: Profile) -> dict[str, object]:
    """The profile as plain data."""
    return {
        "model": args.model, "threads": network.threads, "runs": args.runs,
        "milliseconds": result.seconds * 1e3, "macs": result.macs, "of_peak": result.of_peak,
        "peak": peak_data(result.peak),
        "steps": [row_data(row) for row in result.rows],
        "operators": [{"op": g.op, "count": g.count, "milliseconds": g.seconds * 1e3,
                       "share": g.share, "macs": g.macs, "gmacs_per_s": g.gmacs_per_s}
                      for g in result.groups],
    }


def peak_data(peak: Peak) -> dict[str, object]:
    """The machine's limits as plain data."""
    return {"gmacs_per_s": peak.macs_per_s * 1e-9,
            **{f"{level.name}_gb_per_s": level.bytes_per_s * 1e-9 for level in peak.levels}}


def row_data(row: Row) -> dict[str, object]:
    """One step as plain data."""
    facts = row.facts
    return {"name": facts.name, "op": facts.op, "origin": facts.origin, "kernel": facts.kernel,
            "tile": facts.tile, "macs": facts.macs, "traffic_bytes": facts.traffic_bytes,
            "milliseconds": row.seconds * 1e3, "share": row.share,
            "gmacs_per_s": row.gmacs_per_s, "of_peak": row.of_peak,
            "of_bound": row.of_bound, "bound": row.bound}


def shown(network: Network, result: Profile) -> tuple[Shown, ...]:
    """The profile for people."""
    peak = result.peak
    return (
        table((">", "operator", "node", "?kernel", "?tile", ">time", ">share", "?>GMAC/s",
               ">peak", "?>roofline", "?bound"),
              [step_cells(i, row) for i, row in enumerate(result.rows)]),
        "",
        table(("operator", ">steps", ">time", ">share", ">MACs", ">GMAC/s"),
              [group_cells(group) for group in result.groups]),
        "",
        text(f"{span(result.seconds)} for {amount(result.macs)} multiply-accumulates on "
             f"{network.threads} threads: {result.macs / result.seconds * 1e-9:.1f} GMAC/s, "
             f"{result.of_peak:.0%} of the peak"),
        text(f"this machine: {peak.macs_per_s * 1e-9:.1f} GMAC/s; reads " + ", ".join(
            f"{level.bytes_per_s * 1e-9:.0f} GB/s from {level.name}" for level in peak.levels)),
    )


def step_cells(i: int, row: Row) -> tuple[object, ...]:
    """One line of the table of steps."""
    facts = row.facts
    macs = facts.macs > 0
    return (i, facts.op, (facts.origin or (facts.name,))[0], facts.kernel, facts.tile,
            span(row.seconds), f"{row.share:.1%}", f"{row.gmacs_per_s:.1f}" if macs else "",
            f"{row.of_peak:.0%}" if macs else "", f"{row.of_bound:.0%}", row.bound)


def group_cells(group: Group) -> tuple[object, ...]:
    """One line of the table of operators."""
    return (group.op, group.count, span(group.seconds), f"{group.share:.1%}",
            amount(group.macs) if group.macs else "",
            f"{group.gmacs_per_s:.1f}" if group.macs else "")
