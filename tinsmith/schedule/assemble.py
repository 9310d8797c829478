"""Graph to Plan: chooses kernels, resolves views, places buffers and weights, checks the result."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tinsmith.errors import InternalError
from tinsmith.ir.graph import Graph, Node
from tinsmith.kernels.convert.relayout import blocked
from tinsmith.kernels.convert.transfer import TRANSFER
from tinsmith.kernels.kernel import HOST, Call, plain
from tinsmith.kernels.shape.copy import copy_call
from tinsmith.kernels.shape.zero import zero_call
from tinsmith.ops.identity import Identity
from tinsmith.request import Request
from tinsmith.schedule.budget import affordable, budget_of, level, total
from tinsmith.schedule.choose import choose
from tinsmith.schedule.fit import shortfalls
from tinsmith.schedule.limits import check_counts, check_threads
from tinsmith.schedule.memory import Assignment, Storage, assign, resolve
from tinsmith.schedule.pieces import pieces
from tinsmith.schedule.plan import (
    Argument,
    EntryPoint,
    Place,
    Plan,
    Port,
    Region,
    Step,
    aligned,
)
from tinsmith.schedule.weights import Weights, stored_as_halves
from tinsmith.schedule.work import UNTIMED, Stored, Timings, Work

LARGEST_CONSTANT = 1e9


def schedule(graph: Graph, request: Request, timings: Timings = UNTIMED,
             budget: float | None = None) -> Plan:
    """The verified plan of a graph.

    Args:
        graph: what to run.
        request: on what machine, and what the user asked for.
        timings: what was measured there.
        budget: what fast algorithms and lower precision together may add to rounding;
            ``budget_of`` the request by default.

    Raises:
        UnsupportedError: no kernel serves one of the nodes on this target, or there are too many.
        TargetError: there cannot be so many threads.
    """
    check_threads(request)
    budget = budget_of(request.numerics) if budget is None else budget
    if request.prefer == "memory":
        request = request.direct()  # filters stay as they are stored
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
    works = choose_within(budget, graph.opened(), request, timings)
    calls, storage = resolve((*works, *updates(graph, request)), graph, request)
    calls = [stored_as_halves(work, request.target) for work in calls]
    assignment = assign(calls, storage, request)
    weights = Weights()
    steps = tuple(_step(i, work, storage, assignment, weights, request)
                  for i, work in enumerate(calls))
    kept_bytes = weights.blob.size_bytes
    reset = _reset(storage.state_bytes) if graph.state else ()
    plan = Plan(
        name=graph.name,
        request=request,
        steps=(*steps, *reset),
        preparations=weights.preparations(request),
        buffers=assignment.buffers,
        arenas={**{(device, Region.ARENA): size for device, size in assignment.arenas.items()},
                **{(device, Region.PREPARED): size for device, size in weights.prepared.items()},
                (HOST, Region.STATE): storage.state_bytes},
        bound_bytes=assignment.bound_bytes,
        blocks=tuple(weights.blob.blocks),
        weight_bytes=weights.blob.size_bytes,
        kept_bytes=kept_bytes,
        entries=(
            EntryPoint("run", 0, len(steps), tuple(Port(v, graph.types[v]) for v in graph.inputs),
                       tuple(Port(v, graph.types[v]) for v in ports)),
            *([EntryPoint("reset", len(steps), len(steps) + len(reset))] if reset else [])),
        metadata=graph.metadata,
    )
    check_counts(plan)
    for problem in problems(plan):
        raise InternalError(f"schedule: plan '{graph.name}': {problem}; report this")
    return plan


def with_outputs_of_their_own(graph: Graph) -> Graph:
    """The graph with a copy of each output that is an input, a constant, or named before.

    What updates the state counts as an output, and state as an input.
    """
    made = graph.opened()
    outputs: list[str] = []
    for i, value in enumerate(made.outputs):
        own = value
        if value in made.inputs or value in made.weights or value in made.outputs[:i]:
            own = made.unique(f"{value}.output")
            node = Node(made.unique(f"{value}/output"), Identity(), (value,), (own,))
            made = made.replace(nodes=(*made.nodes, node),
                                types={**made.types, own: made.types[value]})
        outputs.append(own)
    count = len(graph.outputs)
    return made.replace(inputs=graph.inputs, outputs=tuple(outputs[:count]),
                        state=dict(zip(graph.state, outputs[count:], strict=True)))


def updates(graph: Graph, request: Request) -> Iterator[Work]:
    """The end of a run: each state becomes what updates it."""
    for value, update in graph.state.items():
        form = plain(graph.types[value])
        yield Work(f"{value}/update", Identity(),
                   copy_call(form.size_bytes(graph.types[value]), request),
                   (Stored(update, form),), (Stored(value, form),), (value,))


def _reset(state_bytes: int) -> tuple[Step, ...]:
    """The steps that make all state zero."""
    state = Argument(Place(Region.STATE, 0), size_bytes=state_bytes)
    return (Step("reset", "Reset", zero_call(state_bytes), (), (), (state,), None, (), 0,
                 state_bytes),)


def choose_within(budget: float, graph: Graph, request: Request,
                  timings: Timings) -> tuple[Work, ...]:
    """The work of ``choose``; where its rounding is more than the budget, with quieter kernels."""
    works = choose(graph, request, timings)
    lower = sorted(filter(is_lower, works), key=lambda work: -work.cost)
    count = affordable([rounding_of(work) for work in lower], budget)
    if count < len(lower):
        request = request.keeping(work.name for work in lower[count:])
        works = choose(graph, request, timings)
    taken = total([rounding_of(work) for work in works if is_lower(work)])
    most = level([rounding_of(work) for work in works if not is_lower(work)],
                 math.sqrt(max(0.0, budget * budget - taken * taken)))
    if math.isinf(most):
        return works
    return choose(graph, request.within(most), timings)


def rounding_of(work: Work) -> float:
    """What a work adds to rounding."""
    return work.lowered.rounding if isinstance(work.lowered, Call) else 0.0


def is_lower(work: Work) -> bool:
    """Whether the schedule stores an operand in fewer bits than the graph says."""
    return work.choice is not None and any(
        kind is not None and form.dtype is not kind.dtype
        for kind, form in zip(work.choice.site.inputs, work.choice.forms.inputs, strict=True))


def has_headroom(graph: Graph) -> bool:
    """Whether no constant comes near the end of the floats' range.

    Winograd's transforms add up to a hundred times what they are given: where the network itself
    works at that end, they would give NaN in place of an infinity.
    """
    return all(
        array.size == 0 or (array.max() <= LARGEST_CONSTANT and array.min() >= -LARGEST_CONSTANT)
        for array in graph.weights.values() if array.dtype == np.float32)


def _step(i: int, work: Work, storage: Storage, assignment: Assignment, blobs: Weights,
          request: Request) -> Step:
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
            place = blobs.place(stored_array, work.name, place.device).further(place.offset)
        return Argument(place, stored.value, storage.size(stored))

    operands = tuple(argument(work.reads[p]) if p >= 0 else None for p in call.operands)
    results = tuple(argument(work.writes[p]) for p in call.results)
    weights = tuple(Argument(blobs.place(a, work.name, work.device), size_bytes=a.nbytes)
                    for a in call.weights)
    touched = [*(work.reads[p] for p in call.operands if p >= 0),
               *(work.writes[p] for p in call.results)]
    traffic = sum(storage.size(s) for s in touched if s) + sum(a.nbytes for a in call.weights)
    return Step(work.name, work.op.name, call, operands, weights, results,
                assignment.scratch.get(i), work.origin, work.macs, traffic,
                pieces(call, work.cost, work.device, request), work.device,
                work.choice.forms if work.choice else None)


def problems(plan: Plan) -> Iterator[str]:
    """Every broken promise of a plan: overlaps in an arena, what reaches out of its region."""
    taken = [
        *(_Taken(f"buffer '{b.value}'", b.owner, b.place, b.size_bytes, b.first_step, b.last_step)
          for b in plan.buffers if b.place.region is Region.ARENA and b.size_bytes),
        *(_scratch(i, step, plan.request.threads) for i, step in enumerate(plan.steps)
          if step.call.scratch_bytes),
    ]
    for one in taken:
        limit = plan.arenas.get((one.place.device, Region.ARENA), 0)
        if not 0 <= one.place.offset <= one.end <= limit:
            yield (f"{one.name}: expected to lie within {limit} bytes of arena, got "
                   f"{one.place.offset} to {one.end}")
    for device in plan.devices:
        yield from _overlaps([one for one in taken if one.place.device == device])
    for entry in plan.entries:
        for step in plan.steps[entry.first:entry.end]:
            yield from _step_problems(plan, step, entry)
    for step in plan.preparations:
        yield from _step_problems(plan, step, EntryPoint("", 0, 0))


def _step_problems(plan: Plan, step: Step, entry: EntryPoint) -> Iterator[str]:
    """What is wrong with a task of an entry point."""
    if step.call.chunks < 1:
        yield f"step '{step.name}': expected at least one chunk, got {step.call.chunks}"
    for argument in filter(None, (*step.operands, *step.weights, *step.results)):
        start, limit = argument.place.offset, _limit(plan, argument.place, entry)
        if not 0 <= start <= start + argument.size_bytes <= limit:
            yield (f"step '{step.name}': expected '{argument.value}' to lie within {limit} "
                   f"bytes of {argument.place.region.value}, got {argument.size_bytes} bytes "
                   f"from {start} on")
    yield from _strangers(step)


def _strangers(step: Step) -> Iterator[str]:
    """What a step cannot reach: the memory of another device, unless it is a transfer."""
    touched = {a.place.device for a in (*step.operands, *step.weights, *step.results) if a}
    here = {step.device, HOST} if step.call.kernel == TRANSFER else {step.device}
    if not touched <= here:
        yield (f"step '{step.name}': expected operands and results in the memory of "
               f"{step.device}, got some of {', '.join(sorted(touched - here))}")


@dataclass(frozen=True, slots=True)
class _Taken:
    """Bytes of an arena, and the steps between which they are somebody's."""

    name: str
    owner: str
    place: Place
    size_bytes: int
    first_step: int
    last_step: int

    @property
    def end(self) -> int:
        """The offset behind its last byte."""
        return self.place.offset + self.size_bytes


def _scratch(i: int, step: Step, threads: int) -> _Taken:
    """The scratch of a step, a part for each thread that may run it."""
    place = step.scratch or Place(Region.ARENA, -1)
    parts = 1 if step.pieces == 1 else threads
    name = f"scratch of step '{step.name}'"
    return _Taken(name, name, place, aligned(step.call.scratch_bytes) * parts, i, i)


def _overlaps(taken: list[_Taken]) -> Iterator[str]:
    """What belongs to different owners and lies in the same bytes at the same time."""
    ordered = sorted(taken, key=lambda t: t.place.offset)
    for i, one in enumerate(ordered):
        for other in ordered[i + 1:]:
            if other.place.offset >= one.end:
                break
            if (one.owner != other.owner and one.first_step <= other.last_step
                    and other.first_step <= one.last_step):
                yield f"{one.name} and {other.name}: expected apart, got an overlap"


def _limit(plan: Plan, place: Place, entry: EntryPoint) -> int:
    """The size of the region that a place lies in, for steps of an entry point."""
    if place.region is Region.WEIGHTS:
        return plan.weight_bytes
    if place.region in (Region.INPUT, Region.OUTPUT):
        ports = entry.inputs if place.region is Region.INPUT else entry.outputs
        return ports[place.index].type.size_bytes
    return plan.arenas.get((place.device, place.region), 0)
