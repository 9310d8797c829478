"""Random models beside ONNX Runtime: python -m tests.sweep.

2,000 chains of layers on three targets, and 400 models of each of 16 kinds of single operators
(every tenth on three targets). An answer must be ONNX Runtime's; where that differs from the
standard's reference, the reference's. A difference is printed, and its model and inputs are kept
under build/sweep/. An interrupted run goes on, unless the sources have changed.

    --only KIND:NUMBER   that model alone, in this process
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter

from tests.sweep import run
from tests.sweep.judge import ALONE, DIFFERS, OTHERWISE, REFUSED, SAME, Outcome


def jobs_of(chains: int, each: int, kinds: list[str]) -> list[run.Job]:
    """Kind and number of every model."""
    singles = [(kind, number) for kind in run.KINDS for number in range(each)
               if not kinds or kind in kinds]
    return singles + [(run.CHAIN, number) for number in range(chains)
                      if not kinds or run.CHAIN in kinds]


def line(outcome: Outcome, seed: int) -> str:
    """What is printed of a difference."""
    path = run.keep((outcome.kind, outcome.number), seed)
    return (f"{outcome.verdict} {outcome.kind}:{outcome.number} seed {seed}: {outcome.why}\n"
            f"    {path}; python -m tests.sweep --seed {seed} "
            f"--only {outcome.kind}:{outcome.number}")


def reason(text: str) -> str:
    """A refusal without what is special to its model."""
    return re.sub(r"-?\d[\d.e+-]*", "N", re.sub(r"'[^']*'", "'...'", text))[:150]


def summary(rows: list[Outcome]) -> str:
    """Counts by kind and verdict, then refusals by reason."""
    verdicts = (SAME, OTHERWISE, REFUSED, ALONE, DIFFERS)
    lines = [f"{'':16}" + "".join(f"{v:>11}" for v in verdicts) + "    largest share of allowed"]
    for kind in dict.fromkeys(o.kind for o in rows):
        mine = [o for o in rows if o.kind == kind]
        counts = Counter(o.verdict for o in mine)
        largest = max((o.largest for o in mine if o.verdict == SAME), default=0.0)
        lines.append(f"{kind:16}" + "".join(f"{counts[v]:11}" for v in verdicts)
                     + f"    {largest:.2f}")
    counts = Counter(o.verdict for o in rows)
    for (kind, why), count in Counter(
            (o.kind, reason(o.why)) for o in rows if o.verdict == REFUSED).most_common():
        lines.append(f"  refused {count} x {kind}: {why}")
    for verdict, what in ((OTHERWISE, "ONNX Runtime differs, the reference or float64 does not"),
                          (ALONE, "nobody else takes the model")):
        if counts[verdict]:
            lines.append(f"  {counts[verdict]} x {what}")
    lines.append(f"{counts[SAME] + counts[OTHERWISE]} same, {counts[REFUSED]} refused, "
                 f"{counts[ALONE]} alone, {counts[DIFFERS]} differ")
    return "\n".join(lines)


def sweep(jobs: list[run.Job], seed: int, processes: int) -> list[Outcome]:
    """The outcomes of all jobs, those known already among them; progress goes to stderr."""
    log = run.Log.open(seed)
    left = [job for job in jobs if job not in log.rows]
    start = time.monotonic()
    for done, outcome in enumerate(run.outcomes(left, seed, processes), 1):
        log.add(outcome)
        if outcome.verdict == DIFFERS:
            print(line(outcome, seed), flush=True)
        if done % 100 == 0 or done == len(left):
            speed = done / (time.monotonic() - start)
            print(f"  {done} of {len(left)}, {speed:.1f} a second", file=sys.stderr, flush=True)
    return [log.rows[job] for job in jobs if job in log.rows]


def one(name: str, seed: int) -> int:
    """One model, in this process."""
    kind, _, number = name.partition(":")
    job = kind, int(number)
    print(run.keep(job, seed))
    found = [o for o in run.attempt([job], seed) if isinstance(o, Outcome)]
    print("\n".join(f"{o.verdict} {o.largest:.3g} {o.why}" for o in found))
    return int(any(o.verdict == DIFFERS for o in found))


def main() -> int:
    """The command line; exit code 1 if any answer differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.sweep", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", nargs="*",
                        help=f"which, of {', '.join((*run.KINDS, run.CHAIN))}; default all")
    parser.add_argument("--chains", type=int, default=2000)
    parser.add_argument("--each", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=run.processes_here())
    parser.add_argument("--only", metavar="KIND:NUMBER")
    parser.add_argument("--again", action="store_true", help="forget what is known of this seed")
    parser.add_argument("--all", action="store_true", help="list what is not plainly the same")
    args = parser.parse_args()
    if args.only:
        return one(args.only, args.seed)
    if args.again:
        run.clear(args.seed)
    rows = sweep(jobs_of(args.chains, args.each, args.kind), args.seed, args.jobs)
    if args.all:
        for outcome in rows:
            if outcome.verdict in (OTHERWISE, ALONE):
                print(f"{outcome.verdict} {outcome.kind}:{outcome.number}: {outcome.why}")
    print(summary(rows))
    return int(any(o.verdict == DIFFERS for o in rows))


if __name__ == "__main__":
    sys.exit(main())
