"""Runs trials in processes of their own, a few at a time, and keeps what became of them."""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import multiprocessing
import multiprocessing.connection
import os
import pkgutil
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import onnx

from tests.sweep import kinds
from tests.sweep.build import Ready, built, prepare
from tests.sweep.chains import chain
from tests.sweep.draw import Draw
from tests.sweep.judge import DIFFERS, REFUSED, Outcome, judge
from tests.sweep.trial import Single, Trial
from tinsmith.dtypes import Array
from tinsmith.errors import UserError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "sweep"
CHAIN = "chain"
EVERYWHERE = ("native", "x86-64-v2", "c")
EVERY = 10  # of the single operators, on all targets
HALVES = frozenset({"conv", "conv_transpose", "pool", "reduce", "normalize", "matmul", "unary",
                    "broadcast", "move", "index"})
WHOLE = frozenset({"LpNormalization", "MeanVarianceNormalization"})  # nobody has their halves
UNIT = 24
PATIENCE_S = 240.0
OTHER_MODULES = ("windows",)

Job = tuple[str, int]  # kind, number


KINDS: Mapping[str, Callable[[Draw], Single]] = {
    info.name: importlib.import_module(f"{kinds.__name__}.{info.name}").draw
    for info in pkgutil.iter_modules(kinds.__path__) if info.name not in OTHER_MODULES}


def make(job: Job, seed: int) -> Trial:
    """The trial of a kind and number."""
    kind, number = job
    if kind == CHAIN:
        return chain(number, seed)
    d = Draw(kind, number, seed)
    single = KINDS[kind](d)
    if kind in HALVES and single.op not in WHOLE and d.chance(0.1):
        single = single.halved()
    return single.trial(kind, number, d)


def targets_of(job: Job) -> tuple[str, ...]:
    """Where a trial runs."""
    return EVERYWHERE if job[0] == CHAIN or job[1] % EVERY == 0 else EVERYWHERE[:1]


def attempt(jobs: Sequence[Job], seed: int) -> Iterator[Job | Outcome]:
    """Outcomes of some jobs; before each step the job that it is about."""
    ready: list[Ready] = []
    for job in jobs:
        yield job
        try:
            ready.append(prepare(make(job, seed), targets_of(job)))
        except UserError as error:
            yield Outcome(*job, REFUSED, str(error))
        except Exception:
            yield Outcome(*job, DIFFERS, traceback.format_exc(limit=-3))
    answers: dict[Job, dict[str, list[Array]]] = {_job(r): {} for r in ready}
    failed: dict[Job, str] = {}
    for target in EVERYWHERE:
        for each, session in built(ready, target):
            job = _job(each)
            yield job
            if isinstance(session, str):
                failed[job] = f"{target}: {session}"
                continue
            got = session.run(each.trial.feeds)
            answers[job][target] = [got[name] for name in each.graph.outputs]
            session.close()
    for each in ready:
        job = _job(each)
        yield job
        yield (Outcome(*job, DIFFERS, failed[job]) if job in failed
               else judge(each.trial, answers[job], each.amplified, each.exact))


def _job(ready: Ready) -> Job:
    return ready.trial.kind, ready.trial.number


def work(channel: Connection, jobs: Sequence[Job], seed: int) -> None:
    """A process: tells what ``attempt`` does."""
    for each in attempt(jobs, seed):
        channel.send(each)
    channel.close()


@dataclass(eq=False)
class Worker:
    """A process at a unit of jobs."""

    process: multiprocessing.process.BaseProcess
    channel: Connection
    left: dict[Job, None]
    at: Job
    since: float

    @staticmethod
    def start(jobs: Sequence[Job], seed: int) -> Worker:
        """A new one."""
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(there, jobs, seed))
        process.start()
        there.close()
        return Worker(process, here, dict.fromkeys(jobs), jobs[0], time.monotonic())

    def end(self) -> int | None:
        """Ends it; how it ended."""
        self.process.join(1)
        self.process.kill()
        self.process.join()
        self.channel.close()
        return self.process.exitcode


def outcomes(jobs: Sequence[Job], seed: int, processes: int) -> Iterator[Outcome]:
    """The outcomes of all jobs; one that ends its process or hangs is blamed, the others go on."""
    waiting = deque(jobs[i:i + UNIT] for i in range(0, len(jobs), UNIT))
    workers: list[Worker] = []
    try:
        while waiting or workers:
            while waiting and len(workers) < processes:
                workers.append(Worker.start(waiting.popleft(), seed))
            multiprocessing.connection.wait([w.channel for w in workers], timeout=1)
            for worker in list(workers):
                yield from _heard(worker)
                late = time.monotonic() - worker.since > PATIENCE_S
                if not worker.channel.closed and not late:
                    continue
                workers.remove(worker)
                code = worker.end()
                if worker.left:
                    worker.left.pop(worker.at)
                    yield Outcome(*worker.at, DIFFERS, "no end" if late else f"ended by {code}")
                    if worker.left:
                        waiting.append(list(worker.left))
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()


def _heard(worker: Worker) -> Iterator[Outcome]:
    """What a process says now; its channel is closed when it has ended."""
    try:
        while worker.channel.poll():
            said = worker.channel.recv()
            worker.since = time.monotonic()
            if isinstance(said, Outcome):
                worker.left.pop((said.kind, said.number), None)
                yield said
            else:
                worker.at = said
    except (EOFError, OSError):
        worker.channel.close()


@dataclass
class Log:
    """Outcomes on disk, so that an interrupted run goes on; those of other sources are dropped."""

    path: Path
    rows: dict[Job, Outcome]

    @staticmethod
    def open(seed: int) -> Log:
        """The log of a seed."""
        path, rows = FOLDER / f"seed-{seed}.jsonl", dict[Job, Outcome]()
        FOLDER.mkdir(parents=True, exist_ok=True)
        lines = path.read_text().splitlines() if path.is_file() else []
        if lines and lines[0] == json.dumps(sources()):
            for line in lines[1:]:
                outcome = Outcome(**json.loads(line))
                rows[outcome.kind, outcome.number] = outcome
        else:
            path.write_text(json.dumps(sources()) + "\n")
        return Log(path, rows)

    def add(self, outcome: Outcome) -> None:
        """One more."""
        self.rows[outcome.kind, outcome.number] = outcome
        with self.path.open("a") as file:
            file.write(json.dumps(asdict(outcome)) + "\n")


@functools.cache
def sources() -> str:
    """One hash over the compiler and these tests."""
    found = hashlib.sha256()
    for folder in (ROOT / "tinsmith", Path(__file__).parent):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".h", ".toml"):
                found.update(path.read_bytes())
    return found.hexdigest()


def keep(job: Job, seed: int) -> Path:
    """The model and its inputs, as files."""
    trial = make(job, seed)
    path = FOLDER / f"{job[0]}-{job[1]}-seed-{seed}.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(trial.model, path)
    np.savez(path.with_suffix(".npz"), **trial.feeds)
    return path


def clear(seed: int) -> None:
    """Removes the log and the kept models of a seed."""
    for path in FOLDER.glob(f"*seed-{seed}.*"):
        path.unlink()


def processes_here() -> int:
    """Two, or as many as there are cores."""
    return min(2, os.cpu_count() or 1)


