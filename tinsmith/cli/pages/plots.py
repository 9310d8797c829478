"""Plots as SVG: bars with whiskers, stacked bars, lines. They know nothing of what they show."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LABEL, NUMBERS, ROW, AXIS = 580, 122, 142, 24, 26
LINE_HEIGHT, LINE_LEFT, LINE_RIGHT, TOP = 250, 52, 118, 12
GAP = 13.0  # between the words at the ends of lines


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its length, and marks beyond it, the last of which ends the whisker."""

    label: str
    value: float
    words: str
    title: str
    style: str
    marks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """Parts of one bar: (value, style, title) each."""

    label: str
    parts: tuple[tuple[float, str, str], ...]
    words: str
    style: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line through (place, value); places count from 0."""

    label: str
    points: tuple[tuple[int, float], ...]
    style: str


def bars(rows: Sequence[Bar], name: str, cut: float | None = None,
         line: float | None = None) -> str:
    """Horizontal bars.

    Args:
        rows: from top to bottom.
        name: of the drawing, for those who do not see it.
        cut: no longer than so many times the shortest one; a longer one has an open end.
        line: a value that a line marks.
    """
    whole = max([m for row in rows for m in (row.value, *row.marks)] + [line or 0.0])
    if cut is not None:
        whole = min(whole, longest([row.value for row in rows], cut))
    ticks, end, x = scale(whole)
    height = TOP + ROW * len(rows) + AXIS
    parts = [grid(ticks, x, height)]
    parts += [bar(row, TOP + ROW * i, x, end) for i, row in enumerate(rows)]
    if line is not None:
        parts.append(f'<path class="ideal" d="M{x(line):.1f} {TOP}V{height - AXIS + 4}"/>')
    return svg(parts, height, name)


def longest(values: Sequence[float], cut: float) -> float:
    """Where bars are cut: at ``cut`` times the shortest, but not where half of them are longer."""
    return max(cut * min(values), 1.6 * sorted(values)[len(values) // 2])


def scale(whole: float) -> tuple[Sequence[float], float, Callable[[float], float]]:
    """Ticks, the end of the scale, and where a value of a bar lies, for values up to ``whole``."""
    ticks = steps(whole)
    end = max(whole, ticks[-1])

    def x(value: float) -> float:
        return LABEL + (WIDTH - LABEL - NUMBERS) * min(value, end) / end

    return ticks, end, x


def bar(row: Bar, y: float, x: Callable[[float], float], end: float) -> str:
    """One row: label, bar, whisker, words."""
    ours = " ours" if "ours" in row.style else ""
    middle, right = y + ROW / 2 - 1, x(row.value)
    parts = [f'<text class="{ours.strip()}" x="{LABEL - 8}" y="{middle + 4:.1f}" '
             f'text-anchor="end">{escape(row.label)}</text>',
             f'<rect class="mark-bar{ours}" x="{LABEL}" y="{y + 3:.1f}" rx="2" '
             f'width="{max(1.0, right - LABEL):.1f}" height="{ROW - 8}"/>']
    shown = [mark for mark in row.marks if mark <= end]
    if row.value > end:
        parts.append(open_end(right, y))
    elif row.marks:
        tail = x(row.marks[-1])
        parts.append(f'<path class="whisker" d="M{right:.1f} {middle:.1f}H{tail:.1f}'
                     + "".join(f"M{x(mark):.1f} {middle - 4:.1f}v8" for mark in shown)
                     + (f"M{tail - 4:.1f} {middle - 4:.1f}l4 4l-4 4"
                        if len(shown) < len(row.marks) else "") + '"/>')
    parts.append(f'<text class="faint{ours}" x="{WIDTH - NUMBERS + 10}" y="{middle + 4:.1f}">'
                 f"{escape(row.words)}</text>")
    return f'<g class="{row.style}"><title>{escape(row.title)}</title>{"".join(parts)}</g>'


def open_end(right: float, y: float) -> str:
    """Two strokes across the end of a bar that is longer than drawn."""
    return (f'<path class="whisker" d="M{right - 9:.1f} {y + 2:.1f}l-5 {ROW - 6}'
            f'm5 0l5 -{ROW - 6}"/>')


def stacks(rows: Sequence[Stack], name: str, cut: float) -> str:
    """Horizontal bars made of parts; see ``bars`` for ``cut``."""
    totals = [sum(part[0] for part in row.parts) for row in rows]
    whole = min(max(totals), longest(totals, cut))
    ticks, end, x = scale(whole)
    height = TOP + ROW * len(rows) + AXIS
    parts = [grid(ticks, x, height)]
    for i, row in enumerate(rows):
        y, at = TOP + ROW * i, 0.0
        ours = "ours" if "ours" in row.style else ""
        parts.append(f'<text class="{ours}" x="{LABEL - 8}" y="{y + ROW / 2 + 3:.1f}" '
                     f'text-anchor="end">{escape(row.label)}</text>')
        for value, style, title in row.parts:
            width = x(at + value) - x(at)
            parts.append(f'<g class="{style}"><rect class="mark-bar ours" x="{x(at):.1f}" '
                         f'y="{y + 3}" width="{width:.1f}" height="{ROW - 8}">'
                         f"<title>{escape(title)}</title></rect></g>")
            at += value
        if at > end:
            parts.append(open_end(x(end), y))
        parts.append(f'<text class="faint {ours}" x="{WIDTH - NUMBERS + 10}" '
                     f'y="{y + ROW / 2 + 3:.1f}">{escape(row.words)}</text>')
    return svg(parts, height, name)


def lines(rows: Sequence[Line], places: Sequence[str], name: str, below: str) -> str:
    """Lines over named places, their labels at their ends; the vertical axis starts at 0."""
    ticks = steps(max(value for row in rows for _, value in row.points))
    end = max(ticks[-1], max(value for row in rows for _, value in row.points))
    bottom = LINE_HEIGHT - AXIS - 12

    def x(place: float) -> float:
        span = max(1, len(places) - 1)
        return LINE_LEFT + 10 + (WIDTH - LINE_LEFT - LINE_RIGHT - 20) * place / span

    def y(value: float) -> float:
        return bottom - (bottom - TOP) * value / end

    parts = [f'<path class="grid" d="M{LINE_LEFT} {y(t):.1f}H{WIDTH - LINE_RIGHT}"/>'
             f'<text class="faint" x="{LINE_LEFT - 8}" y="{y(t) + 4:.1f}" text-anchor="end">'
             f"{t:g}</text>" for t in ticks]
    parts += [f'<text class="faint" x="{x(i):.1f}" y="{bottom + 17:.1f}" text-anchor="middle">'
              f"{escape(place)}</text>" for i, place in enumerate(places)]
    parts.append(f'<text class="faint" x="{(LINE_LEFT + WIDTH - LINE_RIGHT) / 2}" '
                 f'y="{LINE_HEIGHT - 4}" text-anchor="middle">{escape(below)}</text>')
    ends = apart([y(row.points[-1][1]) for row in rows], TOP, LINE_HEIGHT - 6)
    for row, at in zip(rows, ends, strict=True):
        ours = " ours" if "ours" in row.style else ""
        path = "L".join(f"{x(place):.1f} {y(value):.1f}" for place, value in row.points)
        dots = "".join(f'<circle class="mark" cx="{x(p):.1f}" cy="{y(v):.1f}" r="3.2"><title>'
                       f"{escape(row.label)}, {escape(places[p])}: {v:.3g}</title></circle>"
                       for p, v in row.points)
        parts.append(f'<g class="{row.style}"><path class="line{ours}" d="M{path}"/>{dots}'
                     f'<text class="tinted{ours}" x="{WIDTH - LINE_RIGHT + 8}" '
                     f'y="{at + 4:.1f}">{escape(row.label)}</text></g>')
    return svg(parts, LINE_HEIGHT, name)


def apart(places: Sequence[float], low: float, high: float) -> list[float]:
    """Places moved as little as keeps ``GAP`` between them, from ``low`` to ``high``."""
    order = sorted(range(len(places)), key=places.__getitem__)
    found = [0.0] * len(places)
    least = low
    for i in order:
        found[i] = least = max(places[i], least)
        least += GAP
    most = high
    for i in reversed(order):
        found[i] = most = min(found[i], most)
        most -= GAP
    return found


def steps(most: float) -> list[float]:
    """Round values from 0 that span ``most`` in three to six steps."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
    return [round(step * i, 12) for i in range(math.floor(most / step + 1e-9) + 1)] or [0.0]


def grid(ticks: Sequence[float], x: Callable[[float], float], height: float) -> str:
    """Vertical lines with their values below."""
    return "".join(f'<path class="grid" d="M{x(t):.1f} {TOP - 4}V{height - AXIS + 4}"/>'
                   f'<text class="faint" x="{x(t):.1f}" y="{height - 6}" text-anchor="middle">'
                   f"{t:g}</text>" for t in ticks)


def svg(parts: Sequence[str], height: float, name: str) -> str:
    """A drawing as wide as its place."""
    return (f'<svg viewBox="0 0 {WIDTH} {height:.0f}" width="100%" role="img" '
            f'aria-label="{escape(name)}">{"".join(parts)}</svg>')
