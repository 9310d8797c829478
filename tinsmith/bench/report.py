"""What the rows mean: ratios, speed-ups, summaries; and the report as Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from tinsmith.bench.groups import GROUPS, REST
from tinsmith.bench.registry import OURS
from tinsmith.bench.results import Report, Row, Status

GROUP_NAMES = (*(name for name, _ in GROUPS), REST)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text, and the number by which it is sorted, if it has one."""

    text: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table of engines: its head, what the head means, and a row's cell."""

    head: str
    meaning: str
    cell: Callable[[Row, Report], Cell]


@dataclass(frozen=True, slots=True)
class Duel:
    """Tinsmith and its best rival on one network. ``ratio``: the rival's p50 over Tinsmith's."""

    network: str
    batch: int
    threads: int
    ours: Row | None
    best: Row | None

    @property
    def ratio(self) -> float | None:
        """Above 1 Tinsmith is the faster one."""
        if self.ours is None or self.best is None or not (self.ours.times and self.best.times):
            return None
        return self.best.times.p50 / self.ours.times.p50

    @property
    def mark(self) -> str:
        """Says that one of both was disturbed all the time, so that the ratio is a rough one."""
        rows = [row for row in (self.ours, self.best) if row]
        return " ≈" if any(row.disturbed for row in rows) else ""


def title(report: Report, engine: str) -> str:
    """An engine's name for people."""
    return next((each.title for each in report.engines if each.name == engine), engine)


def networks(report: Report) -> tuple[str, ...]:
    """The networks in the order of measuring."""
    return tuple(dict.fromkeys(row.network for row in report.rows))


def cases(report: Report, network: str) -> list[tuple[int, int, list[Row]]]:
    """Batch, threads and rows of each comparison on a network."""
    found: dict[tuple[int, int], list[Row]] = {}
    for row in report.rows:
        if row.network == network:
            found.setdefault((row.batch, row.threads), []).append(row)
    return [(batch, threads, rows) for (batch, threads), rows in found.items()]


def twin(report: Report, row: Row, engine: str | None = None,
         threads: int | None = None) -> Row | None:
    """The row of another engine, or of another number of threads, on the same network."""
    want = (row.network, row.batch, threads or row.threads, engine or row.engine)
    return next((each for each in report.rows if want == (
        each.network, each.batch, each.threads, each.engine)), None)


def ratio(report: Report, row: Row) -> float | None:
    """A row's p50 over Tinsmith's: how much longer it takes."""
    ours = twin(report, row, engine=OURS)
    return row.times.p50 / ours.times.p50 if row.times and ours and ours.times else None


def speed_up(report: Report, row: Row) -> float | None:
    """How much faster than with one thread."""
    alone = twin(report, row, threads=1)
    return alone.times.p50 / row.times.p50 if row.times and alone and alone.times else None


def duels(report: Report) -> list[Duel]:
    """One for each comparison in which Tinsmith and others took part."""
    found = []
    for network in networks(report):
        for batch, threads, rows in cases(report, network):
            timed = [row for row in rows if row.times]
            ours = next((row for row in timed if row.engine == OURS), None)
            best = min((row for row in timed if row.engine != OURS),
                       key=lambda row: row.times.p50 if row.times else math.inf, default=None)
            found.append(Duel(network, batch, threads, ours, best))
    return found


def geometric_mean(values: Sequence[float]) -> float | None:
    """None of nothing."""
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def means(report: Report) -> dict[tuple[int, int], tuple[float, int]]:
    """Geometric mean of the ratios, and of how many, by batch and threads."""
    found: dict[tuple[int, int], list[float]] = {}
    for duel in duels(report):
        if duel.ratio is not None:
            found.setdefault((duel.batch, duel.threads), []).append(duel.ratio)
    return {key: (geometric_mean(values) or 1.0, len(values)) for key, values in found.items()}


def of(row: Row, figure: str) -> float | None:
    """One figure of a row's times."""
    return getattr(row.times, figure) if row.times else None


def milliseconds(seconds: float | None) -> Cell:
    """A time with three digits that count."""
    if seconds is None:
        return Cell("")
    value = seconds * 1e3
    return Cell(f"{value:.3f}" if value < 10 else f"{value:.2f}" if value < 100 else
                f"{value:.1f}", seconds)


def megabytes(count: int | None) -> Cell:
    """A size in MiB."""
    if count is None:
        return Cell("")
    value = count / 2**20
    return Cell(f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else
                f"{value:.0f}", count)


def times_more(value: float | None) -> Cell:
    """A ratio."""
    return Cell("", None) if value is None else Cell(f"{value:.2f}", value)


def samples(row: Row) -> Cell:
    """How many samples count, and how many were thrown away."""
    if row.times is None:
        return Cell("")
    total = row.times.samples + row.discarded
    mark = " ≈" if row.disturbed else ""
    return Cell(f"{row.times.samples}, {row.discarded} of {total} discarded{mark}",
                row.times.samples)


def error(row: Row) -> Cell:
    """The error against the reference."""
    return Cell("" if row.error is None else f"{row.error:.0e}", row.error)


COLUMNS = (
    Column("p50 ms", "median time of a run", lambda row, _: milliseconds(of(row, "p50"))),
    Column("ratio", "p50 over Tinsmith's", lambda row, report: times_more(ratio(report, row))),
    Column("min", "shortest run, ms", lambda row, _: milliseconds(of(row, "least"))),
    Column("p90", "nine of ten runs are not longer, ms", lambda row, _: milliseconds(
        of(row, "p90"))),
    Column("p99", "99 of 100 runs are not longer, ms", lambda row, _: milliseconds(
        of(row, "p99"))),
    Column("max", "longest run, ms", lambda row, _: milliseconds(of(row, "most"))),
    Column("samples/s", "samples of the batch over p50", lambda row, _: Cell(
        "" if row.throughput is None else f"{row.throughput:.1f}", row.throughput)),
    Column("speed-up", "p50 with one thread over p50", lambda row, report: times_more(
        speed_up(report, row))),
    Column("CPU", "processor seconds for each second of running", lambda row, _: times_more(
        row.cpu_use)),
    Column("load ms", "time to load the network, without imports of Python packages",
           lambda row, _: milliseconds(row.load_s)),
    Column("first ms", "time of the first run after that", lambda row, _: milliseconds(
        row.first_s)),
    Column("over MiB", "peak resident memory beyond that of a Python with the same inputs and "
           "no engine", lambda row, _: megabytes(row.over_bytes)),
    Column("peak MiB", "peak resident memory of the whole process", lambda row, _: megabytes(
        row.peak_bytes)),
    Column("model MiB", "model, weights and generated code on disk", lambda row, _: megabytes(
        row.model_bytes)),
    Column("binary MiB", "the engine's libraries on disk; of Tinsmith, the code of the network",
           lambda row, _: megabytes(row.binary_bytes)),
    Column("samples", "runs that count, and those discarded because something else used the "
           "cores", lambda row, _: samples(row)),
    Column("error", "largest difference from the reference, as a share of the largest value",
           lambda row, _: error(row)),
)


def reason(row: Row) -> str:
    """What stands in place of the times of a row without any."""
    return f"{'wrong' if row.status is Status.WRONG else '—'} {row.reason.removeprefix('wrong: ')}"


@dataclass(frozen=True, slots=True)
class Gap:
    """An engine without a time: why, and in which comparisons; "" if in all of the network."""

    engine: str
    reason: str
    where: str

    def __str__(self) -> str:
        return f"{self.reason}{f' ({self.where})' if self.where else ''}"


def gaps(report: Report, network: str) -> list[Gap]:
    """The engines that have no time on a network."""
    found: dict[tuple[str, str], list[str]] = {}
    all_cases = cases(report, network)
    for batch, threads, rows in all_cases:
        for row in rows:
            if not row.times:
                found.setdefault((title(report, row.engine), reason(row)), []).append(
                    at(batch, threads))
    return [Gap(engine, why, "; ".join(where) if len(where) < len(all_cases) else "")
            for (engine, why), where in found.items()]


def data(report: Report) -> dict[str, object]:
    """The report as plain data, with what follows from it."""
    found = [(duel, duel.ours, duel.best) for duel in duels(report)]
    return {
        **asdict(report),
        "rows": [{**asdict(row), "ratio": ratio(report, row), "throughput": row.throughput,
                  "speed_up": speed_up(report, row)} for row in report.rows],
        "summary": [{"network": duel.network, "batch": duel.batch, "threads": duel.threads,
                     "ours_s": ours.times.p50 if ours and ours.times else None,
                     "best_peer": best.engine if best else None,
                     "best_s": best.times.p50 if best and best.times else None,
                     "ratio": duel.ratio} for duel, ours, best in found],
        "geometric_means": [{"batch": batch, "threads": threads, "ratio": mean, "networks": count}
                            for (batch, threads), (mean, count) in means(report).items()],
    }


def at(batch: int, threads: int) -> str:
    """'batch 2, 1 thread'."""
    of = f"batch {batch}, " if batch != 1 else ""
    return f"{of}{threads} thread{'s' if threads != 1 else ''}"


def markdown(report: Report) -> str:
    """The whole report."""
    parts = [*_head(report), *_summary(report)]
    for network in networks(report):
        parts += ["", f"## {network}"]
        for batch, threads, rows in cases(report, network):
            parts += ["", f"### {network}, {at(batch, threads)}", "", *_engines(report, rows)]
            if any(row.groups for row in rows):
                parts += ["", *_groups(report, rows)]
        if found := gaps(report, network):
            parts += ["", *(f"- {gap.engine}: {gap}" for gap in found)]
    parts += ["", "## Columns", "", *(f"- **{c.head}**: {c.meaning}" for c in COLUMNS)]
    return "\n".join(parts) + "\n"


METHOD = """\
Each engine runs in a process of its own, started anew for each network, batch and number of
threads; its conversion ran in another process before. All get the same ONNX file and input. The
outputs are compared with a reference in numpy before any time counts; probabilities by the logits
behind them. Then rounds: each engine in turn runs a block (runs that warm it up, runs that are
timed) while the processes of all others are stopped. A block is discarded, by one rule for all,
when something else took more than 3% of the core time that the engine needed, and is repeated
later. Where that never came to enough clean runs, the least disturbed blocks stand in, marked ≈."""


def _head(report: Report) -> Iterator[str]:
    yield "# Benchmarks"
    yield ""
    yield f"Measured {report.when} by `{report.command}`."
    yield ""
    yield " ".join(METHOD.split())
    yield ""
    yield from (f"- {note}" for note in report.notes)
    if report.notes:
        yield ""
    yield from _table(("machine", ""), list(report.machine.items()))
    yield ""
    yield from _table(("setting", ""), list(report.settings.items()))
    yield ""
    yield from _table(("engine", "version", "package"), [
        (e.title, e.missing or e.version, e.requirement) for e in report.engines])


def _summary(report: Report) -> Iterator[str]:
    rows = [_duel(report, duel) for duel in duels(report)]
    yield ""
    yield "## Summary"
    yield ""
    yield "Times are medians in ms; the ratio is the best peer's over Tinsmith's."
    yield ""
    yield from _table(("network", "batch", "threads", ">Tinsmith", "best peer", ">its p50",
                       ">ratio"), rows)
    if found := means(report):
        yield ""
    for (batch, threads), (mean, count) in found.items():
        yield (f"Geometric mean of the ratio, {at(batch, threads)}: **{mean:.2f}** over "
               f"{count} network{'s' if count != 1 else ''}.  ")


def _duel(report: Report, duel: Duel) -> tuple[object, ...]:
    ours, best = duel.ours, duel.best
    return (duel.network, duel.batch, duel.threads,
            milliseconds(ours.times.p50).text if ours and ours.times else "—",
            title(report, best.engine) if best else "—",
            milliseconds(best.times.p50).text if best and best.times else "—",
            times_more(duel.ratio).text + duel.mark if duel.ratio else "—")


def _engines(report: Report, rows: Sequence[Row]) -> Iterator[str]:
    timed = [row for row in rows if row.times]
    yield from _table(("engine", *(f">{column.head}" for column in COLUMNS)), [
        (title(report, row.engine), *(c.cell(row, report).text for c in COLUMNS))
        for row in timed])


def _groups(report: Report, rows: Sequence[Row]) -> Iterator[str]:
    yield from _table(("ms by group of layers", *(f">{name}" for name in GROUP_NAMES)), [
        (title(report, row.engine), *(milliseconds(row.groups.get(name)).text
                                      for name in GROUP_NAMES))
        for row in rows if row.groups])


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """A table; a head that starts with '>' is set to the right."""
    yield "| " + " | ".join(head.removeprefix(">") for head in heads) + " |"
    yield "|" + "|".join("--:" if head.startswith(">") else "---" for head in heads) + "|"
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"
