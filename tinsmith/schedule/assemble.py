"""Graph to Plan: chooses kernels, resolves views, places buffers and weights, checks the result."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.errors import InternalError
from tinsmith.ir.graph import Graph, Node
from tinsmith.kernels.convert.relayout import blocked
from tinsmith.kernels.convert.widen import widened
from tinsmith.kernels.kernel import Call, Prepared
from tinsmith.kernels.stored import as_halves
from tinsmith.ops.identity import Identity
from tinsmith.request import Request
from tinsmith.schedule.budget import BUDGET, level
from tinsmith.schedule.choose import choose
from tinsmith.schedule.fit import shortfalls
from tinsmith.schedule.limits import check_counts, check_threads
from tinsmith.schedule.memory import Assignment, Storage, assign, resolve, with_offset
from tinsmith.schedule.plan import (
    Argument,
    Place,
    Plan,
    Port,
    Region,
    Step,
    WeightBlock,
    aligned,
)
from tinsmith.schedule.work import UNTIMED, Stored, Timings, Work, elapsed
from tinsmith.targets import Target

PIECES_PER_THREAD = 8
LARGEST_CONSTANT = 1e9
LEAST_WIDENED = 2048  # elements of an array that is worth a preparation of its own


def schedule(graph: Graph, request: Request, timings: Timings = UNTIMED,
             budget: float = BUDGET) -> Plan:
    """The verified plan of a graph.

    Args:
        graph: what to run.
        request: on what machine, and what the user asked for.
        timings: what was measured there.
        budget: what the fast algorithms together may add to rounding.

    Raises:
        UnsupportedError: no kernel serves one of the nodes on this target, or there are too many.
        TargetError: there cannot be so many threads.
    """
    check_threads(request)
    plan = _plan(graph, request, timings, budget)
    if request.numerics.exact or not any(shortfalls(plan)):
        return plan
    direct = _plan(graph, request.direct(), timings, budget)
    return plan if any(shortfalls(direct)) else direct


def _plan(graph: Graph, request: Request, timings: Timings, budget: float) -> Plan:
    """The verified plan, whether or not it fits the target's memories."""
    if not has_headroom(graph):
        request = request.direct()
    ports = graph.outputs
    graph = with_outputs_of_their_own(graph)
    works = choose_within(budget, graph, request, timings)
    calls, storage = resolve(works, graph, request)
    calls = [stored_as_halves(work, request.target) for work in calls]
    assignment = assign(calls, storage, request)
    blob, prepared = _Blob(), _PreparedWeights()
    steps = tuple(_step(i, work, storage, assignment, blob, prepared, request)
                  for i, work in enumerate(calls))
    kept_bytes = blob.size_bytes
    plan = Plan(
        name=graph.name,
        request=request,
        steps=steps,
        preparations=prepared.steps(blob, request),
        buffers=assignment.buffers,
        arena_bytes=assignment.arena_bytes,
        bound_bytes=assignment.bound_bytes,
        blocks=tuple(blob.blocks),
        weight_bytes=blob.size_bytes,
        kept_bytes=kept_bytes,
        prepared_bytes=prepared.size_bytes,
        inputs=tuple(Port(v, graph.types[v]) for v in graph.inputs),
        outputs=tuple(Port(v, graph.types[v]) for v in ports),
        metadata=graph.metadata,
    )
    check_counts(plan)
    for problem in problems(plan):
        raise InternalError(f"schedule: plan '{graph.name}': {problem}; report this")
    return plan


def with_outputs_of_their_own(graph: Graph) -> Graph:
    """The graph with a copy of each output that is an input, a constant, or named before."""
    outputs: list[str] = []
    for i, value in enumerate(graph.outputs):
        own = value
        if value in graph.inputs or value in graph.weights or value in graph.outputs[:i]:
            own = graph.unique(f"{value}.output")
            node = Node(graph.unique(f"{value}/output"), Identity(), (value,), (own,))
            graph = graph.replace(nodes=(*graph.nodes, node),
                                  types={**graph.types, own: graph.types[value]})
        outputs.append(own)
    return graph.replace(outputs=tuple(outputs))


def choose_within(budget: float, graph: Graph, request: Request,
                  timings: Timings) -> tuple[Work, ...]:
    """The work of ``choose``; where its rounding is more than the budget, with quieter kernels."""
    works = choose(graph, request, timings)
    roundings = [w.lowered.rounding for w in works if isinstance(w.lowered, Call)]
    most = level(roundings, budget)
    if math.isinf(most):
        return works
    return choose(graph, request.within(most), timings)


def has_headroom(graph: Graph) -> bool:
    """Whether no constant comes near the end of the floats' range.

    Winograd's transforms add up to a hundred times what they are given: where the network itself
    works at that end, they would give NaN in place of an infinity.
    """
    return all(
        array.size == 0 or (array.max() <= LARGEST_CONSTANT and array.min() >= -LARGEST_CONSTANT)
        for array in graph.weights.values() if array.dtype == np.float32)


def stored_as_halves(work: Work, target: Target) -> Work:
    """The work with those weights widened at load which halves hold exactly.

    Where there is no operating system memory is scarcer than flash, and they stay float32.
    """
    call = work.lowered
    assert isinstance(call, Call)
    if target.bare_metal:
        return work
    weights = tuple(_stored(array, target) for array in call.weights)
    if all(new is old for new, old in zip(weights, call.weights, strict=True)):
        return work
    return replace(work, lowered=replace(call, weights=weights))


def _stored(array: Array | Prepared, target: Target) -> Array | Prepared:
    if isinstance(array, Prepared) or array.size < LEAST_WIDENED:
        return array
    halves = as_halves(array)
    return array if halves is None else widened(halves, target.lanes)


class _Blob:
    """The weights while they are collected; equal arrays are stored once."""

    def __init__(self) -> None:
        self.blocks: list[WeightBlock] = []
        self.size_bytes = 0
        self._alike: dict[tuple[str, int, bytes], list[WeightBlock]] = {}

    def add(self, array: Array) -> int:
        """The offset of an array, stored now if it is new."""
        array = np.ascontiguousarray(array)
        flat = array.reshape(-1).view(np.uint8)
        alike = self._alike.setdefault((array.dtype.str, array.nbytes, flat[:256].tobytes()), [])
        for block in alike:
            if np.array_equal(block.array.reshape(-1).view(np.uint8), flat):
                return block.offset
        alike.append(WeightBlock(self.size_bytes, array))
        self.blocks.append(alike[-1])
        self.size_bytes += aligned(array.nbytes)
        return alike[-1].offset


class _PreparedWeights:
    """The prepared weights while they are collected; equal ones are made once."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._sources = _Blob()
        self._made: dict[object, tuple[str, Prepared, Place]] = {}

    def add(self, prepared: Prepared, name: str) -> Place:
        """Where they will lie."""
        call = prepared.call
        key = (call.kernel, call.constants, call.macros,
               *(self._sources.add(array) for array in _arrays(call)))
        if key not in self._made:
            place = Place(Region.PREPARED, self.size_bytes)
            self._made[key] = (name, prepared, place)
            self.size_bytes += aligned(prepared.nbytes)
        return self._made[key][2]

    def steps(self, blob: _Blob, request: Request) -> tuple[Step, ...]:
        """All preparations, the one that reads the end of the blob first."""
        return tuple(reversed([
            _preparation(name, prepared, place, blob, request)
            for name, prepared, place in self._made.values()]))


def _arrays(call: Call) -> Iterator[Array]:
    """The weights of a preparation."""
    for array in call.weights:
        assert not isinstance(array, Prepared), f"{call.kernel} prepares what is prepared"
        yield array


def _preparation(name: str, prepared: Prepared, place: Place, blob: _Blob,
                 request: Request) -> Step:
    call = prepared.call
    weights = tuple(Argument(Place(Region.WEIGHTS, blob.add(array)), size_bytes=array.nbytes)
                    for array in _arrays(call))
    traffic = prepared.nbytes + sum(array.nbytes for array in call.weights)
    seconds = traffic / request.target.model.memory_bytes_per_s
    return Step(name, "Prepare", call, (), weights,
                (Argument(place, size_bytes=prepared.nbytes),), None, (name,), 0, traffic,
                _pieces(call, seconds, request))


def _step(i: int, work: Work, storage: Storage, assignment: Assignment, blob: _Blob,
          prepared: _PreparedWeights, request: Request) -> Step:
    call = work.lowered
    assert isinstance(call, Call)

    def argument(stored: Stored | None) -> Argument:
        if stored is None:
            raise InternalError(f"schedule: {work.op.name} '{work.name}': expected an operand, "
                                "got an absent one; report this")
        place = assignment.places[stored]
        if place.region is Region.WEIGHTS:
            root = storage.root(stored)[0]
            array = storage.graph.weights[root.value]
            stored_array = blocked(array, root.form.block) if root.form.block else array
            place = with_offset(place, blob.add(stored_array))
        return Argument(place, stored.value, storage.size(stored))

    operands = tuple(argument(work.reads[p]) if p >= 0 else None for p in call.operands)
    results = tuple(argument(work.writes[p]) for p in call.results)
    weights = tuple(
        Argument(prepared.add(a, work.name) if isinstance(a, Prepared)
                 else Place(Region.WEIGHTS, blob.add(a)), size_bytes=a.nbytes)
        for a in call.weights)
    touched = [*(work.reads[p] for p in call.operands if p >= 0),
               *(work.writes[p] for p in call.results)]
    traffic = sum(storage.size(s) for s in touched if s) + sum(a.nbytes for a in call.weights)
    return Step(work.name, work.op.name, call, operands, weights, results,
                assignment.scratch.get(i), work.origin, work.macs, traffic,
                _pieces(call, work.cost, request))


def _pieces(call: Call, seconds: float, request: Request) -> int:
    """In how many pieces threads share what one does in so long; 1 where it is as quick alone."""
    if elapsed(seconds, request) == seconds:
        return 1
    return min(call.chunks, PIECES_PER_THREAD * request.threads)


def problems(plan: Plan) -> Iterator[str]:
    """Every broken promise of a plan: overlaps in the arena, what reaches out of its region."""
    taken = [
        *(_Taken(f"buffer '{b.value}'", b.owner, b.place.offset, b.place.offset + b.size_bytes,
                 b.first_step, b.last_step)
          for b in plan.buffers if b.place.region is Region.ARENA and b.size_bytes),
        *(_scratch(i, step, plan.request.threads) for i, step in enumerate(plan.steps)
          if step.call.scratch_bytes),
    ]
    for one in taken:
        if not 0 <= one.start <= one.end <= plan.arena_bytes:
            yield (f"{one.name}: expected to lie within {plan.arena_bytes} bytes of arena, got "
                   f"{one.start} to {one.end}")
    yield from _overlaps(taken)
    for step in (*plan.preparations, *plan.steps):
        if step.call.chunks < 1:
            yield f"step '{step.name}': expected at least one chunk, got {step.call.chunks}"
        for argument in filter(None, (*step.operands, *step.weights, *step.results)):
            start, limit = argument.place.offset, _limit(plan, argument.place)
            if not 0 <= start <= start + argument.size_bytes <= limit:
                yield (f"step '{step.name}': expected '{argument.value}' to lie within {limit} "
                       f"bytes of {argument.place.region.value}, got {argument.size_bytes} bytes "
                       f"from {start} on")


@dataclass(frozen=True, slots=True)
class _Taken:
    """Bytes of the arena, and the steps between which they are somebody's."""

    name: str
    owner: str
    start: int
    end: int
    first_step: int
    last_step: int


def _scratch(i: int, step: Step, threads: int) -> _Taken:
    """The scratch of a step, a part for each thread that may run it."""
    start = step.scratch.offset if step.scratch else -1
    parts = 1 if step.pieces == 1 else threads
    name = f"scratch of step '{step.name}'"
    return _Taken(name, name, start, start + aligned(step.call.scratch_bytes) * parts, i, i)


def _overlaps(taken: list[_Taken]) -> Iterator[str]:
    """What belongs to different owners and lies in the same bytes at the same time."""
    ordered = sorted(taken, key=lambda t: t.start)
    for i, one in enumerate(ordered):
        for other in ordered[i + 1:]:
            if other.start >= one.end:
                break
            if (one.owner != other.owner and one.first_step <= other.last_step
                    and other.first_step <= one.last_step):
                yield f"{one.name} and {other.name}: expected apart, got an overlap"


def _limit(plan: Plan, place: Place) -> int:
    if place.region is Region.ARENA:
        return plan.arena_bytes
    if place.region is Region.WEIGHTS:
        return plan.weight_bytes
    if place.region is Region.PREPARED:
        return plan.prepared_bytes
    ports = plan.inputs if place.region is Region.INPUT else plan.outputs
    return ports[place.index].type.size_bytes
