"""The page of ``tinsmith inspect --html``: figures, network, memory over time, layers."""

from __future__ import annotations

from html import escape

from tinsmith.cli.output import amount, size
from tinsmith.cli.pages.drawings import memory_svg, network_svg
from tinsmith.cli.pages.layers import Inspection, LayerRow
from tinsmith.cli.pages.page import (
    Cell,
    Column,
    bar,
    card,
    figures,
    kind_of,
    legend,
    page,
    shape_text,
    sortable,
    tail,
)
from tinsmith.emit.interface import Interface

COLUMNS = (
    Column("step", number=True), Column("operator"), Column("node"), Column("output"),
    Column("MACs", number=True), Column("weights", number=True), Column("kernel"),
    Column("layout"), Column("in use", number=True),
)
ZOOM = ('<button data-zoom="out" title="smaller">&minus;</button>'
        '<button data-zoom="in" title="larger">+</button>'
        '<button data-zoom="fit" title="fit the width">fit</button>')


def inspect_page(report: Inspection) -> str:
    """A page that needs nothing but itself."""
    interface = report.interface
    ports = " → ".join(
        ", ".join(f"<code>{escape(p.name)}</code> {escape(str(p.type))}" for p in ports)
        for ports in (interface.inputs, interface.outputs))
    kinds = [kind_of(layer.op) for layer in report.layers]
    graph = card("Network", "drag to move",
                 network_svg(report), ZOOM, "sticky", "pane")
    memory = card("Memory over time",
                  "each rectangle is a buffer: the steps it must last, its place in the arena; "
                  "the line is what is in use", memory_svg(report) + legend(kinds))
    layers = card("Layers", "click a head to sort, a row to find it in the network",
                  sortable(COLUMNS, [row(layer, report) for layer in report.layers]),
                  body_class="tall")
    body = (figures(numbers(report)) + f'<div class="columns">{graph}'
            f'<div class="stack">{memory}{layers}</div></div>')
    return page(interface.network, f"{ports} · compiled for {escape(interface.target)}, "
                f"{interface.threads} threads", body)


def numbers(report: Inspection) -> list[tuple[str, str]]:
    """The large numbers."""
    interface = report.interface
    bound = interface.arena_bytes / interface.bound_bytes if interface.bound_bytes else 1.0
    return [
        (amount(interface.macs), "multiply-accumulates"),
        (amount(report.parameters), "parameters"),
        (size(interface.weights_bytes), "weights, as stored"),
        *loaded(interface),
        (size(interface.arena_bytes), "arena"),
        (f"{bound:.2f} \u00d7", f"the arena's lower bound of {size(interface.bound_bytes)}"),
        (size(interface.resident_bytes), "resident once loaded, and the code"),
        (f"{report.nodes_before} → {len(report.layers)}", "nodes in the file → steps"),
    ]


def loaded(interface: Interface) -> list[tuple[str, str]]:
    """What becomes of the weights; nothing where all stay as they are."""
    if not interface.prepared_bytes:
        return []
    return [(size(interface.kept_bytes), "of them kept after loading"),
            (size(interface.prepared_bytes), "weights transformed at load")]


def row(layer: LayerRow, report: Inspection) -> tuple[str, tuple[Cell, ...]]:
    """One line of the table of layers."""
    most_macs = max(each.macs for each in report.layers)
    most_weights = max(each.weights_bytes for each in report.layers)
    arena = report.interface.arena_bytes
    names = ", ".join(layer.origin) or layer.name
    return f'class="{kind_of(layer.op)}" data-step="{layer.step}"', (
        Cell(str(layer.step), layer.step),
        Cell(f'<span class="dot"></span>{escape(layer.op)}', layer.op),
        Cell(f'<span title="{escape(names)}">{escape(tail(layer.title))}</span>', layer.title),
        Cell(shape_text(layer.shape)),
        measured(amount(layer.macs) if layer.macs else "", layer.macs, most_macs),
        measured(size(layer.weights_bytes) if layer.weights_bytes else "", layer.weights_bytes,
                 most_weights),
        Cell(f'<span class="mono" title="{escape(layer.tile)}">{escape(layer.kernel)}</span>'),
        Cell(f'<span class="mono">{escape(layer.layout)}</span>'),
        measured(size(layer.live_bytes), layer.live_bytes, arena),
    )


def measured(text: str, value: int, most: int) -> Cell:
    """A number with a bar beside it."""
    return Cell(text + bar(value / most if most else 0.0), value)
