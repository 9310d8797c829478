"""Answers for a self-test: in float64, with what each output may differ from them.

What may differ follows from the network itself: how far its float32 (or half) interpreter is from
float64 on the same input; and behind a jump (a QuantizeLinear, a comparison, an ArgMax ...), where
a last bit decides, from what the network makes of results that are each off by as much as a step
may be. Where even that is more than ``CAP``, such an input tells nothing.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import tinsmith
from tinsmith.dtypes import Array, DType
from tinsmith.emit.bundle import Golden
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph, Node
from tinsmith.passes.widen_halves import widen_halves
from tinsmith.tolerance import UNLIKE, Distance, distance, tolerance_of, tolerated
from tinsmith.widen import EXACT, unsettled, widened

SLACK = {DType.F32: 16.0, DType.F64: 16.0, DType.F16: 4.0, DType.BF16: 4.0}
"""How much noisier than the interpreter kernels may be: Winograd's F(6,3) is about ten times."""
JUMP_SLACK = 2.0
KERNEL_SHARE = 0.04  # of what a step may be off by is what kernels really are
SHAKY = 4.0  # times what a type allows is so much that another input is tried
NOISE_SEEDS = (1, 2)
CAP = Distance(2e-2, 2e-2)
JUMP_CAP = Distance(math.inf, 5e-2)
EXACT_CAP = Distance(math.inf, 0.25)
SOURCES = ("interpret.py", "tolerance.py", "widen.py", "passes/widen_halves.py",
           "runtime/golden.py", "runtime/likely.py", "runtime/rounding.py", "runtime/seeded.py")


def golden(graph: Graph, candidates: Iterable[tuple[str, Mapping[str, Array]]],
           precision: str = "f32") -> Golden:
    """Answers for the first of some inputs on which rounding decides no output, nor nearly does.

    The one with the fewest such outputs, if there is none.

    Args:
        graph: the network as imported.
        candidates: inputs, each with a word about where they come from; at least one.
        precision: for which the network is compiled.
    """
    best: tuple[int, int, Golden] | None = None
    unsure = unsettled(graph)
    for source, inputs in candidates:
        found = answers(graph, inputs, precision, source)
        shaky = [value for value, most in found.allowed.items() if value not in unsure
                 and not most.within(tolerated(graph.types[value].dtype, precision) * SHAKY)]
        if best is None or (len(found.doubtful), len(shaky)) < best[:2]:
            best = len(found.doubtful), len(shaky), found
        if best[:2] == (0, 0):
            break
    assert best is not None
    return best[2]


def answers(graph: Graph, inputs: Mapping[str, Array], precision: str, source: str) -> Golden:
    """The outputs for ``inputs``, and how far each may be off."""
    plain = interpret(graph, inputs)
    exact = {value: narrowed(array, plain[value].dtype)
             for value, array in interpret(widened(graph), inputs).items()}
    if any(distance(plain[value], exact[value]) == UNLIKE for value in graph.outputs):
        plain = interpret(widen_halves(graph), inputs)  # halves overflow, float32 need not
    jumped = unsettled(graph).intersection(graph.outputs)
    shaken = list(shaken_outputs(graph, inputs, precision)) if jumped else []
    light: list[dict[str, Array]] = []
    outputs, allowed = {}, {}
    for value in graph.outputs:
        kind = graph.types[value].dtype
        base = tolerated(kind, precision)
        outputs[value] = exact[value]
        if value in jumped:
            seen = [distance(got[value], exact[value]) for got in (plain, *shaken)]
            allowed[value] = base | worst(seen) * JUMP_SLACK
            fits = allowed[value].within(JUMP_CAP if kind.is_float else EXACT_CAP)
        else:
            apart = distance(plain[value], exact[value]).largest * SLACK.get(kind, 0.0)
            if apart > base.largest:  # one sample of it is not enough
                light = light or list(shaken_outputs(graph, inputs, precision, KERNEL_SHARE))
                apart = max(apart, *(JUMP_SLACK * distance(got[value], exact[value]).largest
                                     for got in light))
            allowed[value] = base | Distance(apart, apart)
            fits = allowed[value].within(base | CAP)
        if not fits:
            shaken = shaken or list(shaken_outputs(graph, inputs, precision))
            outputs[value] = plain[value]
            allowed[value] = as_float32_means(base, kind, plain[value],
                                              [got[value] for got in shaken])
    return Golden(inputs, outputs, allowed, source)


def as_float32_means(base: Distance, kind: DType, plain: Array,
                     shaken: Iterable[Array]) -> Distance:
    """What is allowed where float32 gives another answer than float64.

    It is the answer if it does not depend on how sums are rounded (as with x + 12582912 -
    12582912, which rounds x); else nothing can be said: ``UNLIKE``.
    """
    allowed = base | worst([distance(got, plain) for got in shaken]) * JUMP_SLACK
    return allowed if allowed.within(base | JUMP_CAP if kind.is_float else EXACT_CAP) else UNLIKE


def worst(distances: Iterable[Distance]) -> Distance:
    """The largest of each."""
    found = Distance(0.0, 0.0)
    for each in distances:
        found |= each
    return found


def narrowed(array: Array, dtype: np.dtype[Any]) -> Array:
    """A float64 answer in the type of the output."""
    with np.errstate(over="ignore"):
        return array.astype(dtype, copy=False)


def shaken_outputs(graph: Graph, inputs: Mapping[str, Array],
                   precision: str, share: float = 1.0) -> Iterator[dict[str, Array]]:
    """Outputs when each inexact result is off by a share of what a step may be off, at random."""
    for seed in NOISE_SEEDS:
        rng = np.random.default_rng(seed)

        def adjust(node: Node, result: Array, rng: np.random.Generator = rng) -> Array:
            return result if node.op.name in EXACT else shaken(result, precision, share, rng)

        yield interpret(graph, inputs, adjust)


def shaken(result: Array, precision: str, part: float, rng: np.random.Generator) -> Array:
    """A result with noise of up to ``part`` of what its type allows, by its largest value."""
    share = part * tolerance_of(DType.of(result), precision)
    finite = result[np.isfinite(result)] if share else result
    if not share or not finite.size:
        return result
    noise = rng.uniform(-share, share, result.shape) * float(np.abs(finite).max())
    return np.asarray(result + np.asarray(noise, np.float32), dtype=result.dtype)


@cache
def method() -> str:
    """SHA-256 of the sources that decide an answer, in hexadecimal."""
    root = Path(tinsmith.__file__).parent
    files = [*sorted(root.glob("ops/*.py")), *(root / name for name in SOURCES)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def hash_of_arrays(arrays: Mapping[str, Array]) -> str:
    """SHA-256 of names, types and bytes, in hexadecimal."""
    sha = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        sha.update(f"{name}:{array.dtype}:{array.shape}".encode())
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()


def write_golden(folder: Path, found: Golden) -> None:
    """Puts answers into an empty folder."""
    for name, arrays in (("inputs", found.inputs), ("outputs", found.outputs)):
        (folder / f"{name}.bin").write_bytes(b"".join(
            np.ascontiguousarray(a).tobytes() for a in arrays.values()))
    allowed = {value: None if most == UNLIKE else (most.largest, most.mean)
               for value, most in found.allowed.items()}
    (folder / "allowed.json").write_text(json.dumps({"source": found.source, "allowed": allowed}))


def read_golden(folder: Path, graph: Graph) -> Golden:
    """What ``write_golden`` wrote for a graph."""
    def arrays(name: str, values: Iterable[str]) -> dict[str, Array]:
        data, found = (folder / f"{name}.bin").read_bytes(), {}
        for value in values:
            kind = graph.types[value]
            flat = np.frombuffer(data, kind.dtype.numpy, kind.size)
            found[value], data = flat.reshape(kind.shape), data[kind.size_bytes:]
        return found

    facts = json.loads((folder / "allowed.json").read_text())
    return Golden(
        arrays("inputs", graph.inputs), arrays("outputs", graph.outputs),
        {value: UNLIKE if most is None else Distance(*most)
         for value, most in facts["allowed"].items()}, facts["source"])
