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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

import tinsmith
from tinsmith.dtypes import Array, DType
from tinsmith.emit.bundle import Golden
from tinsmith.interpret import Operands, interpret
from tinsmith.ir.graph import Graph, Node
from tinsmith.passes.widen_halves import widen_halves
from tinsmith.tolerance import SAME, UNLIKE, Distance, distance, tolerance_of, tolerated
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
SOURCES = ("dtypes.py", "interpret.py", "tolerance.py", "widen.py", "passes/exactness.py",
           "passes/retyping.py", "passes/widen_halves.py", "runtime/golden.py", "runtime/images.py",
           "runtime/likely.py", "runtime/rounding.py", "runtime/seeded.py")


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
    plain = outputs_of(graph, inputs)
    exact = outputs_of(widened(graph), inputs, graph)
    if any(distance(plain[value], exact[value]) == UNLIKE for value in graph.outputs):
        plain = outputs_of(widen_halves(graph), inputs)  # halves overflow, float32 need not
    trial = Trial(graph, inputs, precision, plain, exact)
    jumped = unsettled(graph).intersection(graph.outputs)
    outputs, allowed = {}, {}
    for value in graph.outputs:
        allowed[value] = trial.behind_jump(value) if value in jumped else trial.settled(value)
        outputs[value] = exact[value]
        if allowed[value] == UNLIKE:
            allowed[value] = trial.as_float32_means(value)
            outputs[value] = plain[value]
    return Golden(inputs, outputs, allowed, source)


@dataclass(frozen=True)
class Trial:
    """What a graph makes of rounding on some inputs; ``plain`` and ``exact``: its outputs."""

    graph: Graph
    inputs: Mapping[str, Array]
    precision: str
    plain: Mapping[str, Array]
    exact: Mapping[str, Array]

    def settled(self, value: str) -> Distance:
        """What is allowed where rounding moves an output by little; ``UNLIKE``: it does not."""
        kind, base = self.graph.types[value].dtype, self._base(value)
        apart = distance(self.plain[value], self.exact[value]).largest * SLACK.get(kind, 0.0)
        if apart > base.largest:  # one sample of it is not enough
            apart = max(apart, JUMP_SLACK * self.like_kernels[value][0].largest)
        allowed = base | Distance(apart, apart)
        return allowed if allowed.within(base | CAP) else UNLIKE

    def behind_jump(self, value: str) -> Distance:
        """What is allowed behind a jump; ``UNLIKE``: too much to tell anything."""
        seen = distance(self.plain[value], self.exact[value]) | self.like_steps[value][0]
        return self._capped(value, seen)

    def as_float32_means(self, value: str) -> Distance:
        """What is allowed where float32 gives another answer than float64.

        It is the answer if it does not depend on how sums are rounded (as with x + 12582912 -
        12582912, which rounds x); else nothing can be said: ``UNLIKE``.
        """
        return self._capped(value, self.like_steps[value][1])

    @cached_property
    def like_steps(self) -> dict[str, tuple[Distance, Distance]]:
        """How far outputs are from exact and plain ones when steps are off by all they may be."""
        return self._shaken(1.0)

    @cached_property
    def like_kernels(self) -> dict[str, tuple[Distance, Distance]]:
        """The same when they are off by as much as kernels are."""
        return self._shaken(KERNEL_SHARE)

    def _base(self, value: str) -> Distance:
        return tolerated(self.graph.types[value].dtype, self.precision)

    def _capped(self, value: str, seen: Distance) -> Distance:
        base, is_float = self._base(value), self.graph.types[value].dtype.is_float
        allowed = base | seen * JUMP_SLACK
        return allowed if allowed.within(base | JUMP_CAP if is_float else EXACT_CAP) else UNLIKE

    def _shaken(self, part: float) -> dict[str, tuple[Distance, Distance]]:
        found = dict.fromkeys(self.graph.outputs, (SAME, SAME))

        def see(value: str, got: Array) -> None:
            exactly, plainly = found[value]
            found[value] = (exactly | distance(got, self.exact[value]),
                            plainly | distance(got, self.plain[value]))

        for seed in NOISE_SEEDS:
            rng = np.random.default_rng(seed)

            def change(node: Node, result: Array, rng: np.random.Generator = rng) -> Array:
                return (result if node.op.name in EXACT
                        else shaken(result, self.precision, part, rng))

            observe(self.graph, self.inputs, see, change)
        return found


def outputs_of(graph: Graph, inputs: Mapping[str, Array],
               declared: Graph | None = None) -> dict[str, Array]:
    """The outputs of a graph, in the types that ``declared`` gives them."""
    types, found = (declared or graph).types, {}

    def see(value: str, result: Array) -> None:
        with np.errstate(over="ignore"):
            found[value] = result.astype(types[value].dtype.numpy, copy=False)

    observe(graph, inputs, see)
    return found


def observe(graph: Graph, inputs: Mapping[str, Array], see: Callable[[str, Array], None],
            change: Callable[[Node, Array], Array] | None = None) -> None:
    """Runs the interpreter, and shows each output when it is there: not all are kept at once.

    ``change``: what takes the place of a node's result.
    """
    wanted = frozenset(graph.outputs)

    def adjust(node: Node, operands: Operands, value: str, result: Array) -> Array:
        result = change(node, result) if change else result
        if value in wanted:
            see(value, result)
        return result

    for value in wanted - graph.producers.keys():
        see(value, inputs[value] if value in inputs else graph.weights[value])
    interpret(graph.replace(outputs=()), inputs, adjust)


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
