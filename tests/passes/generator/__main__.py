"""Graphs around the patterns of every pass: python -m tests.passes.generator --count N --seed N.

Each small graph is optimised with every change tried out on numbers, then run before and after by
the interpreter on plain, extreme and special inputs; every Nth runs through compiled code too.
What differs is a finding: the model is kept under build/generator/, and the run fails.

    --only NUMBER   that graph alone: its text before and after, and what is wrong with it
    --zoo           the networks of the zoo instead, in every precision
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tests.passes.generator.families import generated
from tests.passes.generator.trial import REFUSED, RIGHT, WRONG, Trial, attempt, compiled
from tinsmith import pipeline, zoo
from tinsmith.errors import InternalError
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.ir.text import text
from tinsmith.request import POLICIES

FOLDER = Path(__file__).parents[3] / "build" / "generator"
PER_LIBRARY = 60
REFRESH = 500  # graphs after which a worker is replaced


def keep(trial: Trial, seed: int) -> Path:
    """Writes the model of a finding."""
    _, draft, outputs = generated(trial.number, seed)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{seed}-{trial.number}-{trial.family}.onnx"
    path.write_bytes(draft.model(*outputs).SerializeToString())
    return path


def report(trial: Trial, seed: int) -> None:
    """Prints a finding, and how to see it again."""
    print(f"{trial.family}: {trial.why}\n    again: --seed {seed} --only {trial.number} "
          f"({keep(trial, seed)})", flush=True)


def run(numbers: Sequence[int], seed: int, jobs: int = 1, every: int = 20,
        quiet: bool = False) -> list[Trial]:
    """The trials of these graphs; every Nth right one is compiled."""
    trials: list[Trial] = []
    start = time.monotonic()

    def add(trial: Trial) -> None:
        trials.append(trial)
        if trial.verdict == WRONG:
            report(trial, seed)
        if len(trials) % 500 == 0 and not quiet:
            speed = len(trials) / (time.monotonic() - start)
            print(f"  {len(trials)}, {speed:.1f} a second", file=sys.stderr, flush=True)

    one = partial(attempt, seed=seed)
    if jobs == 1:
        for number in numbers:
            add(one(number))
    else:
        with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=REFRESH) as pool:
            for trial in pool.imap(one, numbers, chunksize=5):
                add(trial)
    chosen = [t.number for t in trials if t.verdict == RIGHT][::every] if every else []
    for i in range(0, len(chosen), PER_LIBRARY):
        for trial in compiled(chosen[i:i + PER_LIBRARY], seed):
            if trial.verdict == WRONG:
                trials.append(trial)
                report(trial, seed)
    if not quiet:
        counts = Counter(t.verdict for t in trials)
        print(f"{len(numbers)} graphs: {counts[RIGHT]} right, {counts[REFUSED]} refused by the "
              f"importer, {counts[WRONG]} wrong; {len(chosen)} compiled")
    return trials


def show(number: int, seed: int) -> None:
    """One graph, as people read it."""
    family, draft, outputs = generated(number, seed)
    graph = draft.graph(*outputs)
    print(f"{family}\n{text(graph)}")
    optimised = pipeline.optimise(graph, paranoid=False)
    print(f"{text(optimised.graph)}\n{optimised.explanation()}")
    print(attempt(number, seed))


def zoo_networks() -> int:
    """Every network of the zoo in every precision; how many are wrong."""
    wrong = 0
    for name in zoo.names():
        graph = build(read_proto(zoo.build(name)), {}, {})
        for precision in POLICIES:
            start = time.monotonic()
            try:
                log = pipeline.optimise(
                    graph, pipeline.request_for(graph, precision=precision), paranoid=True).log
            except InternalError as error:
                wrong += 1
                print(f"{name} {precision}: {error}", flush=True)
                continue
            print(f"{name} {precision}: {sum(step.changed for step in log)} changes right, "
                  f"{sum(len(step.untried) for step in log)} values not tried, "
                  f"{time.monotonic() - start:.1f} s", flush=True)
    return wrong


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", type=int)
    parser.add_argument("--every", type=int, default=20, help="compile every Nth; 0: none")
    parser.add_argument("--zoo", action="store_true")
    args = parser.parse_args()
    if args.zoo:
        return int(bool(zoo_networks()))
    if args.only is not None:
        show(args.only, args.seed)
        return 0
    numbers = range(args.first, args.first + args.count)
    trials = run(numbers, args.seed, args.jobs, args.every)
    return int(any(t.verdict == WRONG for t in trials))


if __name__ == "__main__":
    sys.exit(main())
