"""Tries out a change of a graph, where it happened, on seeded numbers; see ``change``, ``judge``.

    before: ... x -> [region] -> y ...      after: ... x -> [other region] -> y ...

A region that fails on any numbers is grown upwards, as ``region`` says, before the change is called
wrong. Convolutions of large images run on smaller ones; what is too much work all the same is left
out, and the caller is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinsmith.dtypes import Array
from tinsmith.errors import InternalError
from tinsmith.ir.graph import Graph
from tinsmith.ir.op import TensorType
from tinsmith.proof.change import Change, Target
from tinsmith.proof.judge import Difference, Judge
from tinsmith.proof.jumps import leaping, leaps_itself
from tinsmith.proof.region import NEAR_EFFORT, Region, cut, frontier, grown, small
from tinsmith.proof.samples import KINDS, LEAP_KINDS, sample, steps_of

RUNS = 16  # of one kind of inputs, about, in each form
EFFORT = 6 * RUNS * NEAR_EFFORT  # for a group: then no more kinds of inputs are tried
FEW = 64  # elements; so small a region is tried on several inputs of each kind
SEEDS = 2
LEAPS = 400  # elements of each kind on which a leap is looked for
DEPTH = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """A change that is wrong: on which inputs, and what came out."""

    kind: str
    difference: Difference

    def __str__(self) -> str:
        return f"{self.difference} on '{self.kind}' inputs"


def prove(before: Graph, after: Graph, lowering: bool = False) -> tuple[str, ...]:
    """Nothing if ``after`` means what ``before`` does, as far as numbers tell.

    Args:
        before: a graph.
        after: the same network, changed.
        lowering: floats may be stored in fewer bits after the change, or in more.

    Returns:
        The values that were not tried, because they are too much work.

    Raises:
        InternalError: a value is not what it was.
    """
    _check_interface(before, after)
    change = Change(before, after, lowering)
    faults: list[Fault] = []
    for follow_renames in (True, False):
        faults, left = [], []
        for group in change.groups(follow_renames):
            found = judged(change, group)
            if isinstance(found, Fault):
                faults.append(found)
            elif not found:
                left += [target.after for target in group]
        if not faults:
            return tuple(left)
    raise InternalError(f"prove: {faults[0]}; report this")


def prove_whole(before: Graph, after: Graph, lowering: bool = False) -> None:
    """Like ``prove``, but on the inputs of the graph, and its outputs only.

    Raises:
        InternalError: an output is not what it was.
    """
    _check_interface(before, after)
    region = Region(before, after, tuple(Target(v, v) for v in before.outputs))
    fault = _tried(region, Judge(region, lowering))
    if fault is None and not lowering and leaps_itself(region):
        fault = _leap(region)
    if fault is not None:
        raise InternalError(f"prove: {fault}; report this")


def _check_interface(before: Graph, after: Graph) -> None:
    for what, old, new in (("inputs", before.inputs, after.inputs),
                           ("outputs", before.outputs, after.outputs)):
        kinds = [f"{v} {graph.types[v]}" for graph, values in ((before, old), (after, new))
                 for v in values]
        if kinds[:len(old)] != kinds[len(old):]:
            raise InternalError(f"prove: graph '{before.name}' {what}: expected "
                                f"{kinds[:len(old)]}, got {kinds[len(old):]}; report this")


def judged(change: Change, targets: tuple[Target, ...]) -> Fault | bool:
    """What is wrong with these targets; True if nothing is, False if that was not tried."""
    stops = frontier(change, targets)
    for _ in range(DEPTH):
        region = small(cut(change, targets, stops))
        if region is None:
            return False
        judge = Judge(region, change.lowering)
        fault = _tried(region, judge)
        if fault is None and judge.rounds and not change.lowering:
            fault = _leaps(change, targets, stops)
        higher = grown(change, stops)
        if fault is None or higher == stops:
            break
        stops = higher
    return True if fault is None else fault


def _leaps(change: Change, targets: tuple[Target, ...], stops: frozenset[str]) -> Fault | None:
    """What leaps, in the region of the targets or behind it, because of last bits."""
    for found in leaping(change, targets, stops):
        region = small(found)
        fault = _leap(region) if region is not None else None
        if fault is not None:
            return fault
    return None


def _leap(region: Region) -> Fault | None:
    """An element that leaps on plain inputs."""
    judge = Judge(region)
    types, steps = _given(region)
    count = max(1, LEAPS // max(1, sum(kind.size for kind in types.values())))
    if count * region.effort > EFFORT:
        count = 1
    for kind in LEAP_KINDS:
        for seed in range(count):
            found = judge.leap(sample(kind, types, seed, steps))
            if found is not None:
                return Fault(kind, found)
    return None


def _given(region: Region) -> tuple[dict[str, TensorType], Array]:
    """What a region reads, and the constants in it whose multiples may be of interest."""
    types = {v: region.before.types[v] for v in region.before.inputs}
    return types, steps_of(region.before.weights.values())


def _tried(region: Region, judge: Judge) -> Fault | None:
    """The first fault on any kind of inputs."""
    types, steps = _given(region)
    seeds = SEEDS if sum(kind.size for kind in types.values()) <= FEW else 1
    spent = 0
    for kind in KINDS if types else KINDS[:1]:
        for seed in range(seeds):
            if spent > EFFORT:
                return None
            spent += RUNS * region.effort
            found = judge.difference(sample(kind, types, seed, steps), kind == KINDS[0])
            if found is not None:
                return Fault(kind, found)
    return None
