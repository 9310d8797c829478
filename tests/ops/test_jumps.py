"""What operators say of themselves: where the last bit of an operand changes much."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import fields
from functools import cache

import numpy as np

import tests.cases as package
from tests.cases.case import Case
from tinsmith.dtypes import Array
from tinsmith.ops.comparison import IsInf

EDGES = np.float32([0, -0.0, 0.5, -0.5, 1, -1, 1.5, -1.5, 2, -2, 3, np.pi / 2])
PROBES = 10
FEW = 4  # edges at a time, so that elements are alike
MOST_EFFORT = 100_000
MUCH = 1e-2


@cache
def small_cases() -> tuple[Case, ...]:
    """One case of each operator with its attributes that reads float32 and takes no time."""
    found: dict[str, Case] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if info.name == "case":
            continue
        for case in importlib.import_module(f"{package.__name__}.{info.name}").CASES:
            kinds = case.graph().types
            inputs = [kinds[f"x{i}"] if a is not None else None
                      for i, a in enumerate(case.inputs)]
            reads = any(a is not None and a.dtype == np.float32 and a.size for a in case.inputs)
            if reads and case.op.effort(inputs, case.op.infer(*inputs)) <= MOST_EFFORT:
                found.setdefault(f"{case.op} {[a is None for a in case.inputs]}", case)
    return tuple(found.values())


@cache
def jumping(case: Case) -> tuple[int, ...]:
    """The operands of float32 whose last bits change a result by much, near some edge."""
    return tuple(i for i, given in enumerate(case.inputs)
                 if given is not None and given.dtype == np.float32 and given.size
                 and any(jumps(case, i, seed) for seed in range(PROBES)))


def jumps(case: Case, operand: int, seed: int) -> bool:
    """Whether an operand, of edges and thresholds, changes much when its last bits do."""
    random = np.random.default_rng(seed)
    thresholds = [v for f in fields(case.op) if isinstance(v := getattr(case.op, f.name), float)]
    edges = np.float32([*EDGES, *thresholds])
    edges = random.choice(edges, FEW)

    def probe(array: Array | None) -> Array | None:
        if array is None or array.dtype != np.float32 or random.random() < 0.3:
            return array
        return random.choice(edges, array.shape)

    inputs = [probe(array) for array in case.inputs]
    given = case.inputs[operand]
    assert given is not None
    inputs[operand] = x = random.choice(edges, given.shape)
    ways = np.float32([-np.inf, np.inf])
    moved = list(inputs)
    moved[operand] = np.nextafter(x, random.choice(ways, x.shape), dtype=np.float32)
    with np.errstate(all="ignore"):
        before, after = case.op.reference(*inputs), case.op.reference(*moved)
    return any(differ(a, b) for a, b in zip(before, after, strict=True))


def differ(a: Array, b: Array) -> bool:
    """Whether numbers differ by much, are numbers on one side only, or infinities turned round."""
    if a.dtype.kind in "iub":
        return not np.array_equal(a, b)
    a, b = a.astype(np.float64), b.astype(np.float64)
    lost = np.isfinite(a) != np.isfinite(b)
    turned = np.isinf(a) & (a == -b)
    finite = np.isfinite(a) & np.isfinite(b)
    far = np.abs(a[finite] - b[finite]) > MUCH * np.maximum(1, np.abs(a[finite]))
    return bool(lost.any() or turned.any() or far.any())


def test_who_jumps_says_so() -> None:
    silent = {f"{case.op} operand {i}" for case in small_cases() for i in jumping(case)
              if not case.op.jumps(i)}
    assert silent == set()


def test_who_says_so_jumps() -> None:
    seen = {type(case.op).__name__ for case in small_cases() for i in jumping(case)
            if case.op.jumps(i)}
    said = {type(case.op).__name__ for case in small_cases()
            for i, array in enumerate(case.inputs)
            if array is not None and array.dtype == np.float32 and case.op.jumps(i)}
    # what tells infinities and NaN apart has no edge among numbers, regions have theirs elsewhere
    assert said - seen == {"IsInf", "IsNaN", "RoiAlign"}
    largest = np.finfo(np.float32).max
    assert IsInf().reference(np.float32([largest, np.inf]))[0].tolist() == [False, True]
