"""The page of ``tinsmith profile --html``: time by operator, the roofline, time by layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from tinsmith.cli.output import amount, size, span
from tinsmith.cli.pages.page import (
    Cell,
    Column,
    bar,
    card,
    figures,
    kind_of,
    legend,
    page,
    sortable,
    tail,
)
from tinsmith.emit.interface import Interface
from tinsmith.runtime.peak import Peak
from tinsmith.runtime.profile import Group, Profile, Row

STEPS = (
    Column("step", number=True), Column("operator"), Column("node"), Column("kernel"),
    Column("tile"), Column("time", number=True), Column("MACs", number=True),
    Column("GMAC/s", number=True), Column("of the peak", number=True),
    Column("of the roofline", number=True), Column("bound"),
)
OPERATORS = (Column("operator"), Column("steps", number=True), Column("time", number=True),
             Column("MACs", number=True), Column("GMAC/s", number=True))
WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 760, 320, 64, 14, 40, 16


def profile_page(interface: Interface, result: Profile, runs: int) -> str:
    """A page that needs nothing but itself."""
    peak = result.peak
    kinds = [kind_of(row.facts.op) for row in result.rows]
    numbers = [
        (span(result.seconds), f"a run, sum of medians of {runs}"),
        (amount(result.macs), "multiply-accumulates"),
        (f"{result.macs / result.seconds * 1e-9:.1f}", "GMAC/s"),
        (f"{result.of_peak:.0%}", f"of this machine's {peak.macs_per_s * 1e-9:.0f} GMAC/s"),
        *((f"{level.bytes_per_s * 1e-9:.0f} GB/s", f"read from {level.name}")
          for level in peak.levels),
    ]
    roof = card("Roofline", "each layer: work for each byte it moves, and its speed; the line is "
                "what this machine can do at best", roofline(result) + legend(kinds))
    operators = card("Operators", "all layers of one kind together",
                     sortable(OPERATORS, [group_row(g) for g in result.groups]), body_class="tall")
    layers = card("Layers", "click a head to sort",
                  sortable(STEPS, [step_row(i, row) for i, row in enumerate(result.rows)]),
                  body_class="tall")
    body = (figures(numbers) + '<div class="stack"><div class="halves">'
            f"{roof}{operators}</div>{layers}</div>")
    return page(f"{interface.network}: profile", f"{escape(interface.target)}, {peak.threads} "
                f"threads, weights {size(interface.weights_bytes)}", body)


def group_row(group: Group) -> tuple[str, tuple[Cell, ...]]:
    """One operator."""
    return f'class="{kind_of(group.op)}"', (
        Cell(f'<span class="dot"></span>{escape(group.op)}', group.op),
        Cell(str(group.count), group.count),
        Cell(f"{span(group.seconds)}{bar(group.share)}", group.seconds),
        Cell(amount(group.macs) if group.macs else "", group.macs),
        Cell(f"{group.gmacs_per_s:.1f}" if group.macs else "", group.gmacs_per_s),
    )


def step_row(i: int, row: Row) -> tuple[str, tuple[Cell, ...]]:
    """One layer."""
    facts = row.facts
    title = facts.origin[0] if facts.origin else facts.name
    names = ", ".join(facts.origin) or facts.name
    return f'class="{kind_of(facts.op)}" data-step="{i}"', (
        Cell(str(i), i),
        Cell(f'<span class="dot"></span>{escape(facts.op)}', facts.op),
        Cell(f'<span title="{escape(names)}">{escape(tail(title))}</span>', title),
        Cell(f'<span class="mono">{escape(facts.kernel)}</span>', facts.kernel),
        Cell(f'<span class="mono">{escape(facts.tile)}</span>', facts.tile),
        Cell(f"{span(row.seconds)}{bar(row.share)}", row.seconds),
        Cell(amount(facts.macs) if facts.macs else "", facts.macs),
        Cell(f"{row.gmacs_per_s:.1f}" if facts.macs else "", row.gmacs_per_s),
        Cell(f"{row.of_peak:.0%}{bar(row.of_peak)}" if facts.macs else "", row.of_peak),
        Cell(f"{row.of_bound:.0%}{bar(row.of_bound)}", row.of_bound),
        Cell(escape(row.bound), row.bound),
    )


def roofline(result: Profile) -> str:
    """Layers with multiply-accumulates over the machine's roof, both axes logarithmic."""
    rows = [(i, r) for i, r in enumerate(result.rows)
            if r.facts.macs and r.facts.traffic_bytes and r.seconds]
    if not rows:
        return '<p class="note">No layer of this network multiplies.</p>'
    peak = result.peak
    work = [r.facts.macs / r.facts.traffic_bytes for _, r in rows]
    steepest = peak.macs_per_s / max(level.bytes_per_s for level in peak.levels)
    x_range = (10 ** math.floor(math.log10(min(*work, steepest / 2))),
               10 ** math.ceil(math.log10(max(work) * 2)))
    speeds = [r.gmacs_per_s * 1e9 for _, r in rows]  # of Winograd, beyond the peak
    y_range = (10 ** math.floor(math.log10(min(*speeds, peak.macs_per_s / 10))),
               10 ** math.ceil(math.log10(max(*speeds, peak.macs_per_s) * 1.1)))

    def x(value: float) -> float:
        return _place(value, x_range, LEFT, WIDTH - RIGHT)

    def y(value: float) -> float:
        return _place(value, y_range, HEIGHT - BOTTOM, TOP)

    parts = [_grid(x_range, y_range)]
    for level in peak.levels:
        parts.append(_roof(level.name, level.bytes_per_s, peak, x_range, y_range))
    largest = max(row.share for _, row in rows)
    for (i, row), intensity in zip(rows, work, strict=True):
        radius = 3 + 9 * math.sqrt(row.share / largest)
        title = (f"{i} {', '.join(row.facts.origin) or row.facts.name}\n{span(row.seconds)}, "
                 f"{row.gmacs_per_s:.1f} GMAC/s, {row.of_bound:.0%} of the bound ({row.bound})")
        parts.append(f'<g class="{kind_of(row.facts.op)}"><circle class="mark" data-step="{i}" '
                     f'cx="{x(intensity):.1f}" cy="{y(row.gmacs_per_s * 1e9):.1f}" '
                     f'r="{radius:.1f}"><title>{escape(title)}</title></circle></g>')
    return (f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img" '
            f'aria-label="roofline">{"".join(parts)}</svg>')


def _place(value: float, limits: tuple[float, float], start: float, end: float) -> float:
    low, high = math.log10(limits[0]), math.log10(limits[1])
    return start + (end - start) * (math.log10(value) - low) / (high - low)


def _grid(x_range: tuple[float, float], y_range: tuple[float, float]) -> str:
    parts = []
    for power in _powers(x_range):
        at = _place(power, x_range, LEFT, WIDTH - RIGHT)
        parts.append(f'<path class="grid" d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
                     f'<text class="faint" x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" '
                     f'text-anchor="middle">{power:g}</text>')
    for power in _powers(y_range):
        at = _place(power, y_range, HEIGHT - BOTTOM, TOP)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>'
                     f'<text class="faint" x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">'
                     f"{power * 1e-9:g} G</text>")
    parts.append(f'<text class="faint" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" '
                 'text-anchor="middle">multiply-accumulates for each byte</text>')
    return "".join(parts)


def _powers(limits: tuple[float, float]) -> Sequence[float]:
    low, high = round(math.log10(limits[0])), round(math.log10(limits[1]))
    return [10.0 ** i for i in range(low, high + 1)]


def _roof(name: str, bytes_per_s: float, peak: Peak, x_range: tuple[float, float],
          y_range: tuple[float, float]) -> str:
    """One memory level's slope up to the flat peak."""
    def at(intensity: float) -> tuple[float, float]:
        return intensity, min(peak.macs_per_s, intensity * bytes_per_s)

    start = max(x_range[0], y_range[0] / bytes_per_s)
    corner = min(max(peak.macs_per_s / bytes_per_s, start), x_range[1])
    points = [at(start), at(corner), at(x_range[1])]
    places = [(_place(a, x_range, LEFT, WIDTH - RIGHT), _place(b, y_range, HEIGHT - BOTTOM, TOP))
              for a, b in points]
    path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
    (ax, ay), (bx, by) = places[0], places[1]
    label = (f'<text class="faint" x="{(ax + bx) / 2 + 8:.1f}" y="{(ay + by) / 2 + 10:.1f}">'
             f"{escape(name)}</text>") if bx - ax > 8 else ""
    return f'<path class="roof" d="{path}"/>{label}'
