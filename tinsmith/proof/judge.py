"""Whether two forms of a region give the same, rounding aside.

How much rounding may change is measured, not guessed: the form before the change runs in float64,
as it is (the truth) and with each number in it, weights and what lies between included, off by up
to half a unit in the last place of its own type (the spread). An answer of the form after it is
right where it lies about as near to the truth as the spread and as the form before it; where that
one left the range of its type, the new one may be better. NaN and infinities stay where they are in
truth. The sign of a zero is not looked at, and what follows from it where something is divided by
that zero is right either way.

Results that jump (integers, truth values) may differ only where the spread makes them jump. Where
the form before the change amplifies rounding so much that it can only be meant (x + c - c, which
rounds x), the form after it has to give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.interpret import steps
from tinsmith.ir.graph import Graph
from tinsmith.ir.op import TensorType
from tinsmith.ops.arithmetic import Div, Mod, Pow, Reciprocal
from tinsmith.ops.elementwise import Elementwise
from tinsmith.proof.answer import Answer, first
from tinsmith.proof.change import same_bits
from tinsmith.proof.region import Region, float_types
from tinsmith.proof.widen import wide, widened
from tinsmith.widen import jumps

DISTURBED = (1.0, 1.0, 1.0)  # a run each, by so many times the unit
DISTURBED_LOW = (*DISTURBED, 2.0, 4.0)  # where units are so large that few runs see little
DISTURBED_JUMPS = (*DISTURBED, *(2.0, 4.0) * 6)  # where it matters on which side of a jump one is
TERMS = 64.0  # how much larger the parts of a sum may be than what it gives
LEAP = 64 * 2.0 ** -20  # of the largest result: less is no leap
LEAP_OF_MOD = 0.25  # its results lie anywhere below the divisor, and it leaps by all of that
NOISE = 8191  # different disturbances, repeated over an array
UNIT = {DType.F64: 2.0 ** -25, DType.F32: 2.0 ** -20, DType.F16: 2.0 ** -11, DType.BF16: 2.0 ** -8}
"""By how much a number is off. Half a unit in the last place; more where the passes recognise a
pattern by constants that are right to so many digits only."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One element that is wrong."""

    value: str
    place: tuple[int, ...]
    got: float
    wanted: float
    allowed: float

    def __str__(self) -> str:
        return (f"value '{self.value}' at {list(self.place)}: expected {self.wanted:.9g} to "
                f"{self.allowed:.1e}, got {self.got:.9g}")


Hook: TypeAlias = Callable[[str, Array], Array]


def run(graph: Graph, feeds: Mapping[str, Array], hook: Hook | None = None) -> dict[str, Array]:
    """The outputs of a form, in its own types; ``hook`` sees each value and may change it."""
    values = {v: feeds[v].astype(graph.types[v].dtype.numpy) for v in graph.inputs}
    values.update(graph.weights)
    if hook is not None:
        values = {v: hook(v, array) for v, array in values.items()}
    with np.errstate(all="ignore"):
        for node, results in steps(graph, values):
            for v, result in zip(node.outputs, results, strict=False):
                if v:
                    values[v] = hook(v, result) if hook is not None else result
    return {v: values[v] for v in graph.outputs}


class Disturb:
    """Floats off by some units, and by some of the smallest numbers of their types; 0 stays 0."""

    def __init__(self, types: Mapping[str, TensorType], units: Mapping[str, float], times: float,
                 seed: int) -> None:
        self._types = types
        self._units = units
        self._times = times
        self._random = np.random.default_rng(seed)

    def __call__(self, value: str, array: Array) -> Array:
        """``array``, disturbed if it holds floats."""
        unit = self._units.get(value)
        if unit is None or array.dtype.kind != "f":
            return array
        noise = self._random.uniform(-self._times, self._times, min(NOISE, max(1, array.size)))
        spread = np.resize(noise.astype(array.dtype), array.shape)
        least = self._types[value].dtype.ends.smallest
        return np.where(array == 0, array, array * (1 + unit * spread) + least * spread)


class OtherZeros:
    """Gives the zeros in some values the other sign."""

    def __init__(self, values: Set[str]) -> None:
        self._values = values

    def __call__(self, value: str, array: Array) -> Array:
        """``array``, its zeros negated if it is one of those."""
        return np.where(array == 0, -array, array) if value in self._values else array


def divisors(graph: Graph) -> frozenset[str]:
    """The floats by which something is divided: the sign of a 0 there decides about an infinity."""
    return frozenset(
        value for node in graph.nodes if isinstance(node.op, Div | Reciprocal | Pow)
        if graph.types[value := node.inputs[isinstance(node.op, Div)]].dtype.is_float)


class Seen:
    """Keeps what it sees."""

    def __init__(self) -> None:
        self.values: dict[str, Array] = {}

    def __call__(self, value: str, array: Array) -> Array:
        """``array``, kept."""
        self.values[value] = array
        return array

    def ends(self, graph: Graph) -> tuple[bool, bool]:
        """Whether numbers came so near to the ends of their types that rounding may pass it.

        The smallest normal number, and the largest.
        """
        low = high = False
        for value, kind in graph.types.items():
            array = self.values.get(value)
            if array is not None and kind.dtype.is_float:
                most, least, _ = kind.dtype.ends
                size = np.abs(array[np.isfinite(array) & (array != 0)])
                if size.size:
                    low = low or float(size.min()) < least
                    high = high or float(size.max()) > most / TERMS
        return low, high

    def has_zeros(self, values: Set[str]) -> bool:
        """Whether one of these holds a 0."""
        return any(bool((array == 0).any()) for v, array in self.values.items() if v in values)

    def is_finite(self) -> bool:
        """Whether there is neither NaN nor an infinity."""
        return all(bool(np.isfinite(a).all()) for a in self.values.values() if is_float(a))


def is_float(array: Array) -> bool:
    """Whether an array holds floats."""
    return DType.of(array).is_float


class Judge:
    """Judges one region on any number of inputs; what it takes for that is made once.

    ``rounds`` tells afterwards whether the two forms ever differed, if only in their last bits.
    """

    def __init__(self, region: Region, lowering: bool = False) -> None:
        self.rounds = False
        self._region = region
        before, after = widened(region.before), widened(region.after)
        self._is_wide = before is not None and after is not None
        self._truth = before if before is not None and self._is_wide else region.before
        self._after = after if self._is_wide else None
        nodes = region.before.nodes
        leaps = any(jumps(region.before, node) for node in nodes)
        coarsest = max((UNIT[d] for d in float_types(region)), default=0.0)
        self._strict = not lowering and not leaps and coarsest <= UNIT[DType.F32]
        self._disturbed = (DISTURBED_JUMPS if leaps else
                           DISTURBED_LOW if lowering else DISTURBED)
        self._leap = LEAP_OF_MOD if any(isinstance(n.op, Mod) for n in nodes) else LEAP
        self._units = {v: coarsest if lowering else UNIT[k.dtype]
                       for v, k in region.before.types.items() if k.dtype.is_float}

    def difference(self, feeds: Mapping[str, Array], plain: bool = False,
                   results: Mapping[str, Array] | None = None) -> Difference | None:
        """An element that differs by more than rounding.

        Args:
            feeds: the inputs.
            plain: they are of the size that is usual in networks.
            results: what came out after the change, where it was not the interpreter that ran it.
        """
        region, given = self._region, self._widened(feeds)
        seen, seen_after = Seen(), Seen()
        before = run(region.before, feeds, seen)
        after = run(region.after, feeds, seen_after) if results is None else results
        if self._same(before, after):
            return None
        meant_seen, true_seen = Seen(), Seen()
        truth = run(self._truth, given, true_seen)
        meant = (run(self._after, given, meant_seen)
                 if self._after is not None and results is None else {})
        low, high = map(any, zip(true_seen.ends(region.before), meant_seen.ends(region.after),
                                 strict=True))
        lost = ((low or high) and not seen.is_finite()) or (high and not seen_after.is_finite())
        if lost and all(np.isfinite(a).all() for a in feeds.values() if is_float(a)):
            return None  # where a sum overflows depends on its order, what vanishes on rounding
        types = region.before.types
        disturbed = [run(self._truth, given, Disturb(types, self._units, times, seed))
                     for seed, times in enumerate(self._disturbed)]
        by = divisors(region.before)
        others = ([run(form, each, OtherZeros(by)) for form, each in (
            (self._truth, given), (region.before, feeds))] if seen.has_zeros(by) else [])
        for target in self._region.targets:
            old, new = before[target.before], after[target.after]
            answer = Answer(old, truth[target.before], [d[target.before] for d in disturbed],
                            self._units.get(target.before, 0.0), DType.of(old),
                            [each[target.before] for each in others])
            if not is_float(old):
                wrong = answer.jump(new)
            elif plain and self._strict and answer.is_meant:
                wrong = answer.same(new)
                if wrong is not None:
                    return _difference(target.after, new, old, *wrong)
            else:
                wrong = answer.far(new)
                if wrong is None and meant:
                    wrong = replace(answer, old=answer.truth).far(meant[target.after])
            if wrong is not None:
                return _difference(target.after, new, answer.truth, *wrong)
        return None

    def leap(self, feeds: Mapping[str, Array]) -> Difference | None:
        """An element that was right, and computed without rounding, and is another now."""
        seen, true_seen = Seen(), Seen()
        before = run(self._region.before, feeds, seen)
        after = run(self._region.after, feeds)
        if self._same(before, after):
            return None
        truth = run(self._truth, self._widened(feeds), true_seen)
        for target in self._region.targets:
            old, new, true = before[target.before], after[target.after], truth[target.before]
            least = self._least_leap(old)
            with np.errstate(all="ignore"):
                far = np.abs(np.asarray(new, np.float64) - np.asarray(old, np.float64)) > least
            wrong = (new != old) & (old == true) & far & self._exact(
                target.before, seen.values, true_seen.values)
            if wrong.any():
                return _difference(target.after, new, true, first(wrong), least)
        return None

    def _least_leap(self, old: Array) -> float:
        if not is_float(old):
            return 0.0
        finite = np.abs(np.asarray(old, np.float64)[np.isfinite(old)])
        return self._leap * float(finite.max(initial=0.0))

    def _exact(self, value: str, seen: Mapping[str, Array], true: Mapping[str, Array]) -> Array:
        """Where what makes ``value`` jumps on operands that no rounding has touched.

        Element by element for an elementwise operator; otherwise nothing at all may have rounded.
        """
        node = self._region.before.producer(value)
        near = node is not None and isinstance(node.op, Elementwise) and jumps(
            self._region.before, node)
        names = node.inputs if near and node is not None else seen
        same = [seen[v] == true[v] for v in names if is_float(seen[v])]
        if not near:
            return np.asarray(all(each.all() for each in same))
        return np.asarray(np.logical_and.reduce(np.broadcast_arrays(*same)))

    def _same(self, before: Mapping[str, Array], after: Mapping[str, Array]) -> bool:
        """Whether the results are equal bit for bit."""
        same = all(same_bits(before[t.before], after[t.after]) for t in self._region.targets)
        self.rounds = self.rounds or not same
        return same

    def _widened(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        return {v: wide(a) if self._is_wide else a for v, a in feeds.items()}


def _difference(value: str, got: Array, wanted: Array, place: tuple[int, ...],
                allowed: float) -> Difference:
    return Difference(value, place, float(got[place]), float(wanted[place]), allowed)
