"""The official ONNX cases through compiled code: python -m tests.conformance [REGEX].

Every case is imported, optimised, scheduled, emitted, compiled and run; the interpreter takes no
part. Inputs that fix shapes (a Reshape's target, say) are bound to the case's values when it is
compiled, because shapes are static; everything else stays an input at run time. A case is passed,
refused by name, or wrong; a crash is wrong.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
from google.protobuf.message import DecodeError
from onnx.backend.test.loader import load_model_tests

from tests.batch import batch_sources
from tinsmith.dtypes import Array
from tinsmith.emit.names import c_name
from tinsmith.errors import UserError
from tinsmith.importers.builder import NotConstantError
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import RawModel, read
from tinsmith.ir.graph import Graph
from tinsmith.passes.manager import run as optimise
from tinsmith.passes.standard import FUSIONS, STANDARD, bound_to
from tinsmith.request import Request
from tinsmith.runtime.session import Session
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.plan import Plan
from tinsmith.targets import find
from tinsmith.toolchain import build as build_c

KINDS = ("node", "simple", "pytorch-converted", "pytorch-operator")
_CORNERS = ("the data divide by scale x length - 1, the standard's text, and ONNX Runtime, by the "
            "output's length - 1 (docs/numerics.md)")
DISPUTED = {"test_resize_downsample_scales_linear_align_corners": ("[1. 4.]", _CORNERS),
            "test_resize_downsample_scales_cubic_align_corners": ("[1.  2.5 4.  7. ]", _CORNERS)}
"""Cases whose data contradict the standard's own text: what that text gives at first, and why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one case: ``passed``, ``refused``, ``disputed`` or ``wrong``, and why."""

    case: str
    operator: str
    verdict: str
    why: str = ""
    bound: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """One data set of a case, ready to be built."""

    name: str
    plan: Plan
    feeds: Mapping[str, Array]
    wanted: tuple[Array, ...]
    rtol: float
    atol: float


def tensor(path: Path) -> Array:
    """A stored tensor; ``ValueError`` when it is something else."""
    proto = onnx.TensorProto.FromString(path.read_bytes())
    return np.asarray(onnx.numpy_helper.to_array(proto))


def import_bound(model: RawModel, feeds: Mapping[str, Array]) -> tuple[Graph, int]:
    """The graph with as few inputs as possible bound to constants, and how many those are."""
    bind: dict[str, Array] = {}
    while True:
        shapes = {n: a.shape for n, a in feeds.items() if n not in bind and a.dtype != object}
        try:
            return build(model, shapes, bind), len(bind)
        except NotConstantError as error:
            free = [n for n in feeds if n not in bind]
            new = [n for n in free if n == error.value] or [
                n for n in free if n in error.roots]
            if not new:
                raise
            bind |= {n: feeds[n] for n in new}


def prepare(test: object, index: int) -> tuple[Answer, list[Job]]:
    """A case as jobs, or the answer that refuses it."""
    folder, name = Path(test.model_dir), test.name  # type: ignore[attr-defined]
    operator = _operator_in(folder)
    jobs: list[Job] = []
    bound = 0
    try:
        for number, data in enumerate(sorted(folder.glob("test_data_set_*"))):
            model = read(folder / "model.onnx")
            try:
                feeds = {n: tensor(p) for i, n in enumerate(model.graph.inputs)
                         if (p := data / f"input_{i}.pb").is_file()}
                wanted = tuple(tensor(data / f"output_{i}.pb")
                               for i in range(len(model.graph.outputs)))
            except (ValueError, TypeError, KeyError, DecodeError) as error:
                return Answer(name, operator, "refused", f"data are no tensors: {error}"), []
            graph, bound = import_bound(model, feeds)
            request = Request(find("native"), threads=2)
            graph = optimise(graph, (*STANDARD, *FUSIONS, *bound_to(request))).graph
            plan = schedule(graph, request)
            jobs.append(Job(f"case_{index}_{number}", plan,
                            {n: feeds[n] for n in graph.inputs}, wanted,
                            test.rtol, test.atol))  # type: ignore[attr-defined]
    except UserError as error:
        return Answer(name, operator, "refused", str(error)), []
    return Answer(name, operator, "passed", "", bound), jobs


def _operator_in(folder: Path) -> str:
    model = onnx.load(folder / "model.onnx", load_external_data=False)
    found = {node.op_type for node in model.graph.node}
    return found.pop() if len(found) == 1 else "(several)"


def differs(got: Array, want: Array, rtol: float, atol: float) -> str:
    """Why two arrays differ; "" if they do not."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"{got.dtype}{list(got.shape)} instead of {want.dtype}{list(want.shape)}"
    if want.dtype.kind in "iub":
        same = np.array_equal(got, want)
    else:
        a, b = got.astype(np.float64), want.astype(np.float64)
        largest = float(np.abs(b[np.isfinite(b)]).max(initial=0))
        # the expected values are float32 themselves: zeros in them may stand for rounding errors
        same = np.allclose(a, b, rtol=rtol, atol=max(atol, 2e-7 * largest), equal_nan=True)
    return "" if same else f"{got.reshape(-1)[:4]} instead of {want.reshape(-1)[:4]}"


def execute(jobs: list[Job], library: Path, queue: object) -> None:
    """Runs jobs and puts (index, why) on the queue, first (index, None) as a sign of life."""
    for i, job in enumerate(jobs):
        queue.put((i, None))  # type: ignore[attr-defined]
        got = Session(job.plan, library, c_name(job.name)).run(job.feeds)
        why = "; ".join(filter(None, (
            differs(got[port.name], want, job.rtol, job.atol)
            for port, want in zip(job.plan.outputs, job.wanted, strict=True))))
        queue.put((i, why))  # type: ignore[attr-defined]


def run_all(jobs: list[Job], library: Path, limit_s: float = 20.0) -> dict[str, str]:
    """What is wrong with each job; a process that dies or hangs blames the job it was at."""
    answers: dict[str, str] = {}
    start = 0
    context = multiprocessing.get_context("fork")
    while start < len(jobs):
        queue = context.Queue()
        part = jobs[start:]
        process = context.Process(target=execute, args=(part, library, queue))
        process.start()
        at = -1
        while at < len(part):
            try:
                index, why = queue.get(timeout=limit_s if process.is_alive() else 0.5)
            except Exception:
                process.kill()
                answers[part[max(at, 0)].name] = "crashed or hung"
                start += max(at, 0) + 1
                break
            at = index
            if why is not None:
                answers[part[index].name] = why
                if index + 1 == len(part):
                    start = len(jobs)
                    break
        process.join()
    return answers


def compile_jobs(jobs: list[Job], size: int = 400) -> dict[str, str]:
    """Builds and runs all jobs, several hundred to a library."""
    answers: dict[str, str] = {}
    for first in range(0, len(jobs), size):
        part = jobs[first:first + size]
        sources = batch_sources({job.name: job.plan for job in part})
        library = build_c(sources, find("native"), kind="shared")
        answers |= run_all(part, library)
        print(f"  {len(answers)} of {len(jobs)} run", file=sys.stderr)
    return answers


def conformance(pattern: str) -> list[Answer]:
    """The answers for all cases whose name matches."""
    answers: list[Answer] = []
    owners: dict[str, int] = {}
    jobs: list[Job] = []
    tests = [(f"{kind}: {t.name}", t) for kind in KINDS for t in load_model_tests(kind=kind)
             if re.search(pattern, t.name)]
    for index, (_, test) in enumerate(tests):
        answer, made = prepare(test, index)
        answers.append(answer)
        for job in made:
            owners[job.name] = index
            jobs.append(job)
    print(f"  {len(jobs)} jobs of {len(tests)} cases", file=sys.stderr)
    for name, why in compile_jobs(jobs).items():
        if why:
            old = answers[owners[name]]
            answers[owners[name]] = Answer(old.case, old.operator, "wrong", why, old.bound)
    return [judged(answer) for answer in answers]


def judged(answer: Answer) -> Answer:
    """A disputed case gives what the standard's text says, and would be wrong if it did not."""
    if answer.case not in DISPUTED:
        return answer
    meant, reason = DISPUTED[answer.case]
    if answer.verdict == "wrong" and answer.why.startswith(f"{meant} instead of"):
        return replace(answer, verdict="disputed", why=reason)
    return replace(answer, verdict="wrong",
                   why=f"expected {meant}, got {answer.why or 'the data'}: {reason}")


def table(answers: list[Answer], seconds: float) -> str:
    """The answers as a page of Markdown."""
    total = Counter(a.verdict for a in answers)
    bound = sum(1 for a in answers if a.verdict == "passed" and a.bound)
    lines = [
        f"{total['passed']} passed, {total['refused']} refused, {total['disputed']} disputed, "
        f"{total['wrong']} wrong", "",
        "# Conformance", "",
        f"The official cases of onnx {onnx.__version__} (kinds {', '.join(KINDS)}), through "
        "compiled code: `make conformance`.",
        f"It took {seconds:.0f} s. In {bound} of the passed cases, inputs that fix shapes were "
        "bound to the case's values", "when it was compiled; all other inputs were given at run "
        "time.", "",
        "| operator | passed | refused | disputed | wrong | why |", "|---|---|---|---|---|---|",
    ]
    by_operator: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_operator[answer.operator].append(answer)
    for operator, group in sorted(by_operator.items()):
        count = Counter(a.verdict for a in group)
        reasons = Counter(_short(a.why) for a in group if a.why)
        why = "; ".join(f"{reason} ({n})" for reason, n in reasons.most_common(3))
        lines.append(f"| {operator} | {count['passed']} | {count['refused']} "
                     f"| {count['disputed']} | {count['wrong']} | {why} |")
    return "\n".join(lines) + "\n"


def _short(why: str) -> str:
    text = re.sub(r"'[^']*'", "...", why.split(";")[0]).removeprefix("import: ")
    return text.replace("|", "/").replace("\n", " ")[:110]


def main() -> int:
    """Prints the totals and everything that is wrong; writes the table if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pattern", nargs="?", default=".")
    parser.add_argument("--write", type=Path)
    parser.add_argument("-v", action="store_true")
    args = parser.parse_args()
    start = time.monotonic()
    answers = conformance(args.pattern)
    page = table(answers, time.monotonic() - start)
    for answer in answers:
        if answer.verdict == "wrong" or (args.v and answer.verdict != "passed"):
            print(f"{answer.verdict} {answer.case}: {answer.why[:300]}")
    if args.write:
        args.write.write_text(page)
    print(page.splitlines()[0])
    return int(any(a.verdict == "wrong" for a in answers))


if __name__ == "__main__":
    sys.exit(main())
