"""What the bench found, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tinsmith.bench.report import (
    COLUMNS,
    GROUP_NAMES,
    at,
    cases,
    duels,
    gaps,
    means,
    milliseconds,
    networks,
    times_more,
    title,
)
from tinsmith.bench.results import Entrant, Report, Row
from tinsmith.cli.output import Shown, table, text

OPTIONAL = ("min", "p99", "max", "samples/s", "speed-up", "CPU", "load ms", "first ms", "peak MiB",
            "model MiB", "binary MiB", "error", "samples")


def shown(report: Report) -> Iterator[Shown]:
    """The report for people at a terminal."""
    for network in networks(report):
        for batch, threads, rows in cases(report, network):
            yield f"[bold]{text(network)}[/bold], {at(batch, threads)}"
            timed = [row for row in rows if row.times]
            if timed:
                yield table(("engine", *heads()), [
                    (title(report, row.engine), *(c.cell(row, report).text for c in COLUMNS))
                    for row in timed])
            if any(row.groups for row in rows):
                yield ""
                yield table(("ms by group of layers", *(f">{name}" for name in GROUP_NAMES)), [
                    (title(report, row.engine),
                     *(milliseconds(row.groups.get(name)).text for name in GROUP_NAMES))
                    for row in timed if row.groups])
            yield ""
        for gap in gaps(report, network):
            yield text(f"{gap.engine}: {gap}")
        yield ""
    yield from summary(report)
    for note in report.notes:
        yield text(note)


def heads() -> tuple[str, ...]:
    """The heads of the table of engines; '?' where a narrow terminal may do without."""
    return tuple(f"{'?' if each.head in OPTIONAL else ''}>{each.head}" for each in COLUMNS)


def summary(report: Report) -> Iterator[Shown]:
    """Tinsmith against the best of the others, if both took part."""
    found = [duel for duel in duels(report) if duel.ours and duel.best]
    if not found:
        return
    yield table(("network", ">batch", ">threads", ">Tinsmith ms", "best peer", ">its p50 ms",
                 ">ratio"), [
        (d.network, d.batch, d.threads, milliseconds(d.ours.times.p50).text,
         title(report, d.best.engine), milliseconds(d.best.times.p50).text,
         times_more(d.ratio).text + d.mark)
        for d in found if d.ours and d.ours.times and d.best and d.best.times])
    for (batch, threads), (mean, number) in means(report).items():
        if number > 1:
            yield f"geometric mean of the ratio, {at(batch, threads)}: {mean:.2f} over {number}"


def gist(rows: Sequence[Row], engines: Sequence[Entrant]) -> str:
    """The times of all engines on one line, the fastest first."""
    titles = {each.name: each.title for each in engines}
    timed = sorted(((row.times.p50, row) for row in rows if row.times), key=lambda each: each[0])
    words = [f"{titles[row.engine]} {milliseconds(p50).text}{' ≈' if row.disturbed else ''}"
             for p50, row in timed]
    others = len(rows) - len(timed)
    return ", ".join(words) + (" ms" if words else "") + (
        f"{'; ' if words else ''}{others} without a time" if others else "")
