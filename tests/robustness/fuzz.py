"""Spoilt model files against the compiler: python -m tests.robustness.fuzz --count 20000 --seed 0.

Every file goes from import to C text in a process that may hold 2 GB, for 10 s at most. It must be
accepted, or refused by one clear line; anything else is a finding: the file is kept under
build/fuzz/ and the run fails. Of the accepted files every Nth is compiled, run, and compared with
the interpreter, and that with ONNX Runtime where it takes the model too (``answers``).

    --only NUMBER   that file alone, with a traceback
    --resume        go on where the last run with this seed stopped
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import multiprocessing.connection
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tests.robustness import answers
from tests.robustness.corpus import corpus
from tests.robustness.mutate import spoilt
from tests.robustness.trial import (
    FINE,
    Outcome,
    attempt,
    limit_memory,
    place,
    trial,
)

FOLDER = Path(__file__).parents[2] / "build" / "fuzz"
PATIENCE_S = 120.0  # until a worker that sleeps is ended
REFRESH = 500  # files after which a worker is replaced


def work(channel: Connection, seed: int) -> None:
    """A worker: numbers in, outcomes out."""
    limit_memory()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        while (number := channel.recv()) is not None:
            model, what = spoilt(number, seed)
            outcome = trial(model, number, Path(folder))
            channel.send(replace(outcome, seed=model.name.partition("-")[2], what=what))


@dataclass(eq=False)
class Worker:
    """A process, the channel to it, and the file that it is at."""

    process: multiprocessing.process.BaseProcess
    channel: Connection
    number: int = -1
    since: float = 0.0
    done: int = 0

    @staticmethod
    def start(seed: int) -> Worker:
        """A new one."""
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe()
        process = context.Process(target=work, args=(there, seed), daemon=True)
        process.start()
        there.close()
        return Worker(process, here)

    def give(self, number: int) -> None:
        """The next file."""
        self.number, self.since = number, time.monotonic()
        self.channel.send(number)

    def late(self) -> bool:
        """Whether it is long past its limit."""
        return self.number >= 0 and time.monotonic() - self.since > PATIENCE_S

    def end(self) -> None:
        """Now."""
        self.process.kill()
        self.process.join()
        self.channel.close()


def outcomes(numbers: list[int], seed: int, jobs: int) -> Iterator[Outcome]:
    """The outcomes of all files, in the order in which they come."""
    waiting = iter(numbers)
    workers = [Worker.start(seed) for _ in range(jobs)]
    for worker in workers:
        _next(worker, waiting)
    while any(w.number >= 0 for w in workers):
        busy = [w for w in workers if w.number >= 0]
        ready = multiprocessing.connection.wait([w.channel for w in busy], timeout=0.5)
        for i, worker in enumerate(workers):
            if worker.number < 0:
                continue
            outcome = _answer(worker) if worker.channel in ready else None
            if outcome is None and worker.late():
                outcome = Outcome(worker.number, "hang", "?", "deaf to its alarm")
            if outcome is None:
                continue
            yield outcome
            worker.done += 1
            if outcome.verdict in ("hang", "killed", "memory") or worker.done >= REFRESH:
                worker.end()
                workers[i] = worker = Worker.start(seed)
            _next(worker, waiting)
    for worker in workers:
        worker.end()


def _next(worker: Worker, waiting: Iterator[int]) -> None:
    number = next(waiting, None)
    worker.number = -1
    if number is not None:
        worker.give(number)


def _answer(worker: Worker) -> Outcome:
    try:
        outcome = worker.channel.recv()
        assert isinstance(outcome, Outcome)
        return outcome
    except (EOFError, OSError):
        worker.process.join(1)
        code = worker.process.exitcode
        verdict = "hang" if code == -signal.SIGXCPU else "killed"
        return Outcome(worker.number, verdict, "?", f"exit code {code}")


@dataclass
class Log:
    """Outcomes of a run, kept on disk."""

    path: Path
    rows: dict[int, Outcome]

    @staticmethod
    def open(seed: int, resume: bool) -> Log:
        """The log of this seed, empty unless it is resumed."""
        path = FOLDER / f"seed-{seed}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows: dict[int, Outcome] = {}
        if resume and path.is_file():
            for line in path.read_text().splitlines():
                outcome = Outcome(**json.loads(line))
                rows[outcome.number] = outcome
        else:
            path.write_text("")
            for old in FOLDER.glob(f"*-{seed}-*"):
                shutil.rmtree(old)
        return Log(path, rows)

    def add(self, outcome: Outcome, seed: int) -> None:
        """One more; the file of a finding is kept."""
        self.rows[outcome.number] = outcome
        with self.path.open("a") as file:
            file.write(json.dumps(outcome.row()) + "\n")
        if outcome.verdict not in FINE:
            model, _ = spoilt(outcome.number, seed)
            folder = FOLDER / f"{outcome.verdict}-{seed}-{model.name}"
            folder.mkdir(parents=True, exist_ok=True)
            place(model, folder)


def report(log: Log) -> str:
    """A table of outcomes; findings with one root grouped, the shortest file first."""
    rows = list(log.rows.values())
    lines = [f"{len(rows)} files"]
    for (verdict, stage), count in sorted(Counter((o.verdict, o.stage) for o in rows).items()):
        lines.append(f"  {verdict:10} {stage:10} {count:6}")
    slow = sorted(rows, key=lambda o: -o.seconds)[:5]
    lines.append("  slowest: " + ", ".join(f"{o.number} ({o.seconds:.1f} s)" for o in slow))
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in rows:
        if outcome.verdict not in FINE:
            root = outcome.why.partition("[")[2] or outcome.why.partition(":")[0]
            groups[f"{outcome.verdict} {root}"].append(outcome)
    for group in sorted(groups.values(), key=len, reverse=True):
        first = group[0]
        lines.append(f"{len(group)} x {first.verdict} in {first.stage}: {first.why[:400]}\n"
                     f"    first: --only {first.number} ({first.seed}: {first.what}); others: "
                     f"{', '.join(str(o.number) for o in group[1:6])}")
    return "\n".join(lines)


def warm_up() -> None:
    """Loads in this process what every worker would load again."""
    model = corpus()[0][0]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        for number in range(6):
            attempt(place(model, Path(folder)), number, [])


def one(number: int, seed: int) -> int:
    """One file in this process, with a traceback where it is refused or fails."""
    model, what = spoilt(number, seed)
    print(f"{model.name}: {what}")
    limit_memory()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        stages = ["start"]
        try:
            attempt(place(model, Path(folder)), number, stages)
        finally:
            print(f"ended at {stages[-1]}", file=sys.stderr)
    return 0


def run(count: int, seed: int, jobs: int, resume: bool = False, every: int = 200,
        quiet: bool = False) -> list[Outcome]:
    """A whole run; the findings."""
    warm_up()
    log = Log.open(seed, resume)
    left = [n for n in range(count) if n not in log.rows]
    start = time.monotonic()
    for done, outcome in enumerate(outcomes(left, seed, jobs), 1):
        log.add(outcome, seed)
        if outcome.verdict not in FINE and not quiet:
            print(f"{outcome.verdict} {outcome.number}: {outcome.why[:300]}", flush=True)
        if done % 500 == 0 and not quiet:
            speed = done / (time.monotonic() - start)
            print(f"  {len(log.rows)} of {count}, {speed:.0f} a second", file=sys.stderr)
    accepted = sorted(o.number for o in log.rows.values() if o.verdict == "accepted")
    if every:
        quick = accepted[::max(1, every // 10)]
        for outcome in answers.compare(accepted[::every], seed, quick):
            model, what = spoilt(outcome.number, seed)
            log.add(replace(outcome, seed=model.name.partition("-")[2], what=what), seed)
    if not quiet:
        print(report(log))
        print(f"  {len(accepted[::every])} compiled" if every else "  none compiled")
    return [o for o in log.rows.values() if o.verdict not in FINE]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", type=int)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--every", type=int, default=200,
                        help="compile and compare every Nth accepted file; 0: none")
    args = parser.parse_args()
    if args.only is not None:
        return one(args.only, args.seed)
    return int(bool(run(args.count, args.seed, args.jobs, args.resume, args.every)))


if __name__ == "__main__":
    sys.exit(main())
