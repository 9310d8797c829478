"""Runs the operator cases through compiled code: python -m tests.compile_cases [REGEX] [TARGET].

All cases of one run are compiled into one library, several to a file, in parallel.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys

import numpy as np

import tests.cases as cases_package
from tests.batch import batch_sources
from tests.cases.case import Case
from tinsmith.emit.names import c_name
from tinsmith.errors import UnsupportedError
from tinsmith.interpret import interpret
from tinsmith.request import Prefer, Request
from tinsmith.runtime.session import Session
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find
from tinsmith.toolchain import build


def all_cases() -> tuple[Case, ...]:
    """The cases of every file in tests/cases."""
    found: list[Case] = []
    for info in pkgutil.iter_modules(cases_package.__path__):
        module = importlib.import_module(f"{cases_package.__name__}.{info.name}")
        found += getattr(module, "CASES", ())
    return tuple(found)


def difference(got: np.ndarray, want: np.ndarray, tolerance: float) -> str:
    """Why two arrays differ by more than ``tolerance`` of the largest magnitude; "" if not."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"{got.dtype}{list(got.shape)} instead of {want.dtype}{list(want.shape)}"
    if want.dtype.kind in "iub" or tolerance == 0:
        same = np.array_equal(got, want, equal_nan=want.dtype.kind not in "iub")
        return "" if same else f"values differ: {got.reshape(-1)[:6]} != {want.reshape(-1)[:6]}"
    a, b = got.astype(np.float64), want.astype(np.float64)
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return "not the same infinities or NaN"
    scale = max(1e-30, float(np.abs(b[finite]).max(initial=0)))
    error = float(np.abs(a[finite] - b[finite]).max(initial=0)) / scale
    return "" if error <= tolerance else f"error {error:.2e} of the largest"


def run(cases: tuple[Case, ...], target_name: str = "native", threads: int = 2,
        compiler: str = "zig", prefer: Prefer = "time") -> dict[str, str]:
    """What is wrong with each case ("" if nothing), by name."""
    target = find(target_name)
    request = Request(target, threads, prefer=prefer)
    plans, answers = {}, {}
    for case in cases:
        try:
            plans[case.name] = schedule(case.graph(), request, case.prefer)
        except UnsupportedError as error:
            answers[case.name] = str(error)
    library = build(batch_sources(plans), target, kind="shared", compiler=compiler)
    for case in cases:
        if case.name in plans:
            got = Session(plans[case.name], library, c_name(case.name)).run(case.feeds())
            want = interpret(case.graph(), case.feeds())
            answers[case.name] = "; ".join(
                f"{value}: {why}" for value in want
                if (why := difference(got[value], want[value], case.tolerance)))
    return answers


def main(pattern: str = ".", target: str = "native") -> int:
    """Prints every case that fails."""
    chosen = tuple(c for c in all_cases() if re.search(pattern, c.name))
    answers = run(chosen, target)
    failed = {name: why for name, why in answers.items() if why}
    for name, why in failed.items():
        print(f"{name}: {why}")
    print(f"{len(answers) - len(failed)} passed, {len(failed)} failed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
