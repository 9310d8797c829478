"""Runs the comparison: for every network, batch and number of threads, all engines side by side."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tinsmith.bench import check, convert, disturbance, linux, registry
from tinsmith.bench.engine import Converted, Settings
from tinsmith.bench.groups import split
from tinsmith.bench.models import Prepared, Shapes, prepare
from tinsmith.bench.protocol import (
    MANY,
    AskBlock,
    AskFirst,
    AskLayers,
    AskLoad,
    AskVersion,
    Block,
    First,
    Layers,
    Loaded,
    Version,
)
from tinsmith.bench.results import Entrant, Row, Status, Times
from tinsmith.bench.rounds import Judged, Measured, Wanted, measure
from tinsmith.bench.worker import Worker, WorkerError
from tinsmith.errors import InternalError, TinsmithError

VERSION_LIMIT_S, LOAD_LIMIT_S, RUN_LIMIT_S = 120.0, 900.0, 300.0
LAYER_RUNS = 20
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Method:
    """How the bench measures.

    Attributes:
        wanted: how much of each engine.
        pause_s: before each block; idle threads of the engine before stop spinning meanwhile.
        memory_bytes: an engine with more resident memory, beyond Python's own, is a dash.
        cpus: the only processors that engines may use; all if there are none.
        groups: time groups of layers, too.
    """

    wanted: Wanted = field(default_factory=Wanted)
    pause_s: float = 0.03
    memory_bytes: int | None = None
    precision: str = "f32"
    cpus: tuple[int, ...] = ()
    groups: bool = False
    shapes: Shapes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One comparison: a network at one batch size with so many threads."""

    network: str
    model: Path
    batch: int
    threads: int


def entrants(names: Sequence[str], precision: str, say: Say) -> tuple[Entrant, ...]:
    """The engines of these names, with what keeps each from taking part."""
    return tuple(entrant(name, precision, say) for name in names)


def entrant(name: str, precision: str, say: Say) -> Entrant:
    """An engine: is its package there, and does it know the precision?"""
    try:
        engine = registry.find(name)
    except (ImportError, AttributeError, SyntaxError) as error:
        return Entrant(name, name, "", "", f"{type(error).__name__}: {error}")
    say(f"looking for {engine.name}")
    try:
        with Worker(name) as worker:
            version = worker.ask(AskVersion(), Version, VERSION_LIMIT_S).text
    except WorkerError as error:
        gone = "NotFoundError: " in str(error) or "No module named" in str(error)
        why = f"not installed: pip install {engine.requirement}" if gone else str(error)
        return Entrant(name, engine.name, "", engine.requirement, why)
    missing = "" if precision in engine.precisions else f"has no {precision}"
    return Entrant(name, engine.name, version, engine.requirement, missing)


def run_case(case: Case, engines: Sequence[Entrant], method: Method, say: Say) -> list[Row]:
    """One row for each engine."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            say("preparing the network and its reference")
            prepared = prepare(case.model, case.batch, method.shapes, Path(folder),
                               method.precision)
        except InternalError:
            raise
        except TinsmithError as error:
            return [dash(case, each, each.missing or str(error)) for each in engines]
        settings = Settings(case.threads, method.precision)
        bare = bare_bytes(prepared, settings)
        with ExitStack() as stack:
            seats = [seat(case, each, prepared, settings, method, bare, stack, say)
                     for each in engines]
            running = [each for each in seats if isinstance(each, Seat)]
            with linux.prompt():  # else others run between a block and the reading after it
                found = measure(running, method.wanted, say)
            by_seat = dict(zip(map(id, running), found, strict=True))
            return [each if isinstance(each, Row) else each.row(by_seat[id(each)], say)
                    for each in seats]


def dash(case: Case, each: Entrant, reason: str, status: Status = Status.DASH,
         error: float | None = None) -> Row:
    """A row without a time."""
    return Row(case.network, case.batch, case.threads, each.name, status,
               " ".join(reason.split()), error)


def bare_bytes(prepared: Prepared, settings: Settings) -> int | None:
    """The most memory of a Python that has the inputs and no engine."""
    with Worker("") as worker:
        worker.ask(AskLoad(prepared.model, None, settings, prepared.feeds), Loaded, LOAD_LIMIT_S)
        return worker.ask(AskFirst(), First, RUN_LIMIT_S).peak_bytes


def seat(case: Case, each: Entrant, prepared: Prepared, settings: Settings, method: Method,
         bare: int | None, stack: ExitStack, say: Say) -> Seat | Row:
    """An engine that is loaded, right and stopped; or the row that says why it is not."""
    if each.missing:
        return dash(case, each, each.missing)
    try:
        say(f"converting for {each.title}")
        converted = convert.convert(each, prepared, settings)
        say(f"loading {each.title}")
        limit = method.memory_bytes + (bare or 0) if method.memory_bytes else None
        with linux.urgent():
            worker = stack.enter_context(Worker(each.name, method.cpus, limit))
        loaded = worker.ask(AskLoad(prepared.model, converted, settings, prepared.feeds), Loaded,
                            LOAD_LIMIT_S)
        first = worker.ask(AskFirst(), First, RUN_LIMIT_S)
    except TinsmithError as error:
        return dash(case, each, str(error))
    found = check.verdict(first.outputs, prepared.wanted, prepared.softmax, prepared.precision)
    if not found.ok:
        worker.close()
        return dash(case, each, f"wrong: output '{found.output}' is off by {found.error:.1e} of "
                    f"the largest, allowed {found.allowed:.1e}", Status.WRONG, found.error)
    worker.stop()
    return Seat(case, each, worker, method, converted, loaded, first, bare, found.error)


@dataclass(frozen=True, slots=True)
class Seat:
    """An engine that takes turns: its process, and what is known of it so far."""

    case: Case
    entrant: Entrant
    worker: Worker
    method: Method
    converted: Converted
    loaded: Loaded
    first: First
    bare: int | None
    error: float

    @property
    def cpus(self) -> tuple[int, ...]:
        """The processors that it may use."""
        return self.method.cpus or linux.cpus()

    def turn(self, wanted: Wanted) -> Judged:
        """One block, with the counters before and after it."""
        disturbance.rest(self.method.pause_s, self.case.threads, self.cpus)
        before = self.worker.read(self.cpus)
        asked = AskBlock(seconds=wanted.block_s, most=wanted.runs or MANY)
        block = self.worker.ask(asked, Block, RUN_LIMIT_S)
        self.worker.stop()
        after = self.worker.read(self.cpus)
        return Judged(block, disturbance.taken(before, after, self.case.threads, len(self.cpus),
                                               linux.busy_resolution(self.cpus)))

    def row(self, found: Measured, say: Say) -> Row:
        """The row of what was found; the engine's groups of layers are timed now."""
        if found.failure is not None:
            return dash(self.case, self.entrant, str(found.failure))
        peak = self.first.peak_bytes
        return Row(
            self.case.network, self.case.batch, self.case.threads, self.entrant.name, Status.OK,
            error=self.error, times=Times.of(found.times), discarded=found.discarded,
            disturbed=found.disturbed, load_s=self.loaded.seconds, first_s=self.first.seconds,
            peak_bytes=peak,
            over_bytes=max(0, peak - self.bare) if peak is not None and self.bare else None,
            cpu_use=found.cpu_use, model_bytes=convert.total_bytes(self.converted.files),
            binary_bytes=convert.total_bytes(self.converted.binary),
            groups=self.groups(say) if self.method.groups else None)

    def groups(self, say: Say) -> dict[str, float] | None:
        """Seconds of a run by group of layers; None if the engine cannot tell."""
        say(f"layers of {self.entrant.title}")
        try:
            layers = self.worker.ask(AskLayers(LAYER_RUNS), Layers, RUN_LIMIT_S).layers
        except WorkerError:
            return None
        finally:
            self.worker.stop()
        return None if not layers else split(layers)
