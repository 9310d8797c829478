"""The page of ``tinsmith bench --html``: who is how fast, how it scales, memory, how measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from tinsmith.bench.groups import CONVOLUTION, POOLING, REST
from tinsmith.bench.registry import OURS
from tinsmith.bench.report import (
    COLUMNS,
    GROUP_NAMES,
    METHOD,
    Duel,
    at,
    cases,
    duels,
    gaps,
    means,
    megabytes,
    milliseconds,
    networks,
    ratio,
    times_more,
    title,
)
from tinsmith.bench.results import Report, Row
from tinsmith.cli.pages.page import Cell, Column, bar, card, figures, page, sortable
from tinsmith.cli.pages.plots import Bar, Line, Stack, bars, lines, stacks

GROUP_STYLES = {CONVOLUTION: "conv", POOLING: "pool", REST: "other"}
COLOURS = 12
CUT = 6.0  # a bar no longer than so many times the fastest one's


def bench_page(report: Report) -> str:
    """A page that needs nothing but itself."""
    parts = [figures(numbers(report)), '<div class="stack">', overview(report)]
    parts += [network_card(report, network) for network in networks(report)]
    parts += [how(report), "</div>"]
    return page("Benchmarks", f"{escape(report.machine.get('processor', ''))} · measured "
                f"{escape(report.when)}", "".join(parts))


def numbers(report: Report) -> list[tuple[str, str]]:
    """The large numbers."""
    found = [(f"{mean:.2f} \u00d7", f"the best peer's time over Tinsmith's, {at(batch, threads)}: "
              f"geometric mean over {count} network{'s' if count != 1 else ''}")
             for (batch, threads), (mean, count) in means(report).items()]
    fought = [duel.ratio for duel in duels(report) if duel.ratio is not None]
    if fought:
        found.append((f"{sum(r > 1 for r in fought)} of {len(fought)}",
                      "comparisons in which Tinsmith is the fastest"))
    counted = sum(row.times.samples for row in report.rows if row.times)
    gone = sum(row.discarded for row in report.rows)
    found.append((str(sum(not each.missing for each in report.engines)), "engines"))
    found.append((f"{gone / max(1, counted + gone):.0%}",
                  "of all samples discarded: something else used the cores"))
    return found


def overview(report: Report) -> str:
    """Ratios of all comparisons, and the table of them."""
    found = duels(report)
    by_case: dict[tuple[int, int], list[Duel]] = {}
    for duel in found:
        if duel.ratio is not None:
            by_case.setdefault((duel.batch, duel.threads), []).append(duel)
    drawn = [figure(at(*key), "the best peer's p50 over Tinsmith's; right of the line Tinsmith is "
                    "the faster one", bars([duel_bar(report, duel) for duel in group],
                                           f"ratios, {at(*key)}", line=1.0))
             for key, group in by_case.items()]
    columns = (Column("network"), Column("batch", True), Column("threads", True),
               Column("Tinsmith ms", True), Column("best peer"), Column("its p50 ms", True),
               Column("ratio", True))
    table = sortable(columns, [duel_row(report, duel) for duel in found])
    return card("Tinsmith and the best of the others", "medians; a name leads to its network",
                f'<div class="plots">{"".join(drawn)}</div>'
                f"<details{'' if drawn else ' open'}><summary>as a table</summary>"
                f'<div class="wide">{table}</div></details>')


def duel_bar(report: Report, duel: Duel) -> Bar:
    """One comparison as a bar."""
    assert duel.ratio is not None and duel.best is not None
    rival = title(report, duel.best.engine)
    return Bar(duel.network, duel.ratio, f"{duel.ratio:.2f}{duel.mark} {rival}",
               f"{duel.network}, {at(duel.batch, duel.threads)}: {duel.ratio:.2f} times as long "
               f"on {rival}", "e0 ours" if duel.ratio >= 1 else "e6")


def duel_row(report: Report, duel: Duel) -> tuple[str, tuple[Cell, ...]]:
    """One comparison as a line of the table."""
    ours = milliseconds(duel.ours.times.p50 if duel.ours and duel.ours.times else None)
    best = milliseconds(duel.best.times.p50 if duel.best and duel.best.times else None)
    share = duel.ratio
    style = "" if share is None else "better" if share >= 1 else "worse"
    words = "—" if share is None else times_more(share).text + duel.mark
    return "", (
        Cell(f'<a href="#{escape(duel.network)}">{escape(duel.network)}</a>', duel.network),
        Cell(str(duel.batch), duel.batch), Cell(str(duel.threads), duel.threads),
        Cell(ours.text or "—", ours.value or 0.0),
        Cell(escape(title(report, duel.best.engine)) if duel.best else "—"),
        Cell(best.text or "—", best.value or 0.0),
        Cell(f'<span class="{style}">{words}</span>', share or 0.0))


def network_card(report: Report, network: str) -> str:
    """All that was found on one network."""
    parts = [*latency_plots(report, network), *scaling_plots(report, network),
             *memory_plots(report, network), *group_plots(report, network)]
    body = f'<div class="plots">{"".join(parts)}</div>{dashes(report, network)}'
    for batch, threads, rows in cases(report, network):
        timed = [row for row in rows if row.times]
        if timed:
            body += (f"<details><summary>all figures, {at(batch, threads)}</summary>"
                     f'<div class="wide">{engine_table(report, timed)}</div></details>')
    return f'<div id="{escape(network)}">{card(network, "", body)}</div>'


def figure(name: str, note: str, drawing: str) -> str:
    """A drawing with its name."""
    return (f"<figure><figcaption>{escape(name)} <span>{escape(note)}</span></figcaption>"
            f"{drawing}</figure>")


def style(report: Report, engine: str) -> str:
    """The colour of an engine; Tinsmith's is always the same."""
    if engine == OURS:
        return "e0 ours"
    others = [each.name for each in report.engines if each.name != OURS]
    return f"e{1 + others.index(engine) % (COLOURS - 1)}" if engine in others else "other"


def latency_plots(report: Report, network: str) -> Iterator[str]:
    """A plot of times for each batch and number of threads, the fastest first."""
    for batch, threads, rows in cases(report, network):
        timed = [(row.times.p50, row) for row in rows if row.times]
        if timed:
            drawn = [latency_bar(report, row) for _, row in sorted(timed, key=lambda t: t[0])]
            yield figure(f"Time of a run, ms, {at(batch, threads)}",
                         "bar: median; ticks: p90 and p99",
                         bars(drawn, f"times, {network}, {at(batch, threads)}", CUT))


def latency_bar(report: Report, row: Row) -> Bar:
    """One engine's time."""
    assert row.times is not None
    t = row.times
    share = ratio(report, row)
    more = f"  \u00d7 {share:.2f}" if share and row.engine != OURS else ""
    words = milliseconds(t.p50).text + more
    told = ", ".join(f"{name} {milliseconds(value).text}" for name, value in (
        ("min", t.least), ("p50", t.p50), ("p90", t.p90), ("p99", t.p99), ("max", t.most)))
    name = title(report, row.engine)
    return Bar(name, t.p50 * 1e3, words + (" ≈" if row.disturbed else ""),
               f"{name}: {told} ms; {t.samples} samples, {row.discarded} discarded",
               style(report, row.engine), (t.p90 * 1e3, t.p99 * 1e3))


def scaling_plots(report: Report, network: str) -> Iterator[str]:
    """Throughput over threads for each batch, and over the batch where only that varies."""
    rows = [row for row in report.rows if row.network == network and row.throughput]
    threads = sorted({row.threads for row in rows})
    batches = sorted({row.batch for row in rows})
    if len(threads) > 1:
        for batch in batches:
            own = [row for row in rows if row.batch == batch]
            yield scaling(report, own, threads, "threads",
                          f"Samples a second over threads{f', batch {batch}' if batch > 1 else ''}")
    if len(batches) > 1:
        for count in threads:
            own = [row for row in rows if row.threads == count]
            yield scaling(report, own, batches, "batch",
                          f"Samples a second over the batch, {at(1, count)}")


def scaling(report: Report, rows: Sequence[Row], places: Sequence[int], over: str,
            name: str) -> str:
    """One plot of throughput."""
    drawn = []
    for engine in dict.fromkeys(row.engine for row in rows):
        points = sorted((places.index(getattr(row, over)), row.throughput or 0.0)
                        for row in rows if row.engine == engine)
        drawn.append(Line(title(report, engine), tuple(points), style(report, engine)))
    drawn.sort(key=lambda each: "ours" in each.style)
    return figure(name, "", lines(drawn, [str(place) for place in places], name, over))


def memory_plots(report: Report, network: str) -> Iterator[str]:
    """Peak memory beyond Python's own, at the largest batch and the most threads."""
    shown = [case for case in cases(report, network) if any(row.over_bytes for row in case[2])]
    for batch, threads, rows in shown[-1:]:
        known = sorted(((row.over_bytes, row) for row in rows if row.over_bytes is not None),
                       key=lambda each: each[0])
        drawn = [Bar(title(report, row.engine), over / 2**20, megabytes(over).text,
                     f"{title(report, row.engine)}: {megabytes(over).text} MiB beyond Python, "
                     f"{megabytes(row.peak_bytes).text} MiB in all", style(report, row.engine))
                 for over, row in known]
        yield figure(f"Peak memory, MiB, {at(batch, threads)}",
                     "beyond a Python with the same inputs",
                     bars(drawn, f"memory, {network}, {at(batch, threads)}", CUT))


def group_plots(report: Report, network: str) -> Iterator[str]:
    """Time by group of layers."""
    for batch, threads, rows in cases(report, network):
        grouped = [(sum(row.groups.values()), row.groups, row) for row in rows if row.groups]
        if grouped:
            drawn = [group_stack(report, row, groups)
                     for _, groups, row in sorted(grouped, key=lambda each: each[0])]
            legend = '<div class="legend">' + "".join(
                f'<span class="{GROUP_STYLES[name]}"><span class="dot"></span>{escape(name)}</span>'
                for name in GROUP_NAMES) + "</div>"
            yield figure(f"Time by group of layers, ms, {at(batch, threads)}",
                         "as each engine reports it", stacks(
                             drawn, f"groups, {network}, {at(batch, threads)}", CUT) + legend)


def group_stack(report: Report, row: Row, groups: Mapping[str, float]) -> Stack:
    """One engine's groups."""
    parts = tuple((groups.get(name, 0.0) * 1e3, GROUP_STYLES[name],
                   f"{name}: {milliseconds(groups.get(name)).text} ms") for name in GROUP_NAMES)
    return Stack(title(report, row.engine), parts,
                 milliseconds(sum(groups.values())).text, style(report, row.engine))


def dashes(report: Report, network: str) -> str:
    """Engines without a time, and why."""
    found = gaps(report, network)
    return '<ul class="dashes">' + "".join(
        f"<li><b>{escape(gap.engine)}</b> {escape(str(gap))}</li>"
        for gap in found) + "</ul>" if found else ""


def engine_table(report: Report, rows: Sequence[Row]) -> str:
    """All figures of one comparison."""
    slowest = max(row.times.p50 for row in rows if row.times)
    columns = (Column("engine"), *(Column(each.head, True) for each in COLUMNS))
    lines_ = []
    for row in rows:
        cells = [Cell(f'<span class="dot"></span>{escape(title(report, row.engine))}', row.engine)]
        for i, each in enumerate(COLUMNS):
            cell = each.cell(row, report)
            extra = bar(row.times.p50 / slowest) if i == 0 and row.times else ""
            cells.append(Cell(escape(cell.text) + extra,
                              "" if cell.value is None else cell.value))
        lines_.append((f'class="{style(report, row.engine)}"', tuple(cells)))
    return sortable(columns, lines_)


def how(report: Report) -> str:
    """Machine, versions, settings, command, and the meaning of columns."""
    engines = [(each.title, f"{each.version or '—'} "
                f"{f'({each.missing})' if each.missing else f'({each.requirement})'}")
               for each in report.engines]
    parts = [f"<p><code>{escape(report.command)}</code></p>",
             f"<p>{escape(' '.join(METHOD.split()))}</p>",
             *(f"<p>{escape(note)}</p>" for note in report.notes),
             '<div class="halves">', facts("machine", list(report.machine.items())),
             facts("engine", engines), facts("setting", list(report.settings.items())),
             facts("column", [(each.head, each.meaning) for each in COLUMNS]), "</div>"]
    return card("How this was measured", f"finished {escape(report.when)}", "".join(parts))


def facts(head: str, rows: Sequence[tuple[str, str]]) -> str:
    """A small table of names and texts."""
    body = "".join(f"<tr><td>{escape(name)}</td><td class=\"words\">{escape(text)}</td></tr>"
                   for name, text in rows)
    return (f'<div class="wide"><table><thead><tr><th>{escape(head)}</th><th></th></tr></thead>'
            f"<tbody>{body}</tbody></table></div>")
