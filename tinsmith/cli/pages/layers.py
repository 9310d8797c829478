"""What is known of a scheduled network, layer by layer, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinsmith.emit.interface import Interface, StepFacts, describe
from tinsmith.emit.names import c_name
from tinsmith.ir.graph import Graph
from tinsmith.kernels.kernel import HOST
from tinsmith.schedule.plan import Plan, Region, aligned


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One step: what it computes, what it costs, and how much memory is in use while it runs."""

    step: int
    name: str
    op: str
    origin: tuple[str, ...]
    output: str
    shape: tuple[int, ...]
    dtype: str
    macs: int
    weights_bytes: int
    kernel: str
    tile: str
    layout: str
    live_bytes: int

    @property
    def title(self) -> str:
        """The first source node that it stands for."""
        return self.origin[0] if self.origin else self.name


@dataclass(frozen=True, slots=True)
class Slab:
    """A piece of the arena for some steps: the values in it, or a step's scratch."""

    values: tuple[str, ...]
    offset: int
    size_bytes: int
    first: int
    last: int
    scratch: bool = False


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that `inspect` shows."""

    graph: Graph
    interface: Interface
    layers: tuple[LayerRow, ...]
    slabs: tuple[Slab, ...]
    nodes_before: int
    parameters: int


def report(source: Graph, optimised: Graph, plan: Plan) -> Inspection:
    """Collects the facts of a plan.

    Args:
        source: the graph as imported.
        optimised: the graph that was scheduled.
        plan: its plan.
    """
    interface = describe(plan, c_name(plan.name))
    slabs = slabs_of(plan)
    live = live_bytes(slabs, len(plan.steps))
    constants = {a.value: optimised.weights[a.value].nbytes for step in plan.steps
                 for a in step.operands if a and a.value in optimised.weights}
    layers = tuple(
        _layer(i, facts, live[i], sum(
            constants.get(a.value, 0) for a in plan.steps[i].operands if a))
        for i, facts in enumerate(interface.steps))
    parameters = sum(a.size for a in source.weights.values() if a.dtype.kind == "f")
    return Inspection(optimised, interface, layers, slabs, len(source.nodes), parameters)


def _layer(i: int, facts: StepFacts, live: int, constant_bytes: int) -> LayerRow:
    result = facts.results[0] if facts.results else None
    block = result.form.block if result else 0
    return LayerRow(
        step=i, name=facts.name, op=facts.op, origin=facts.origin,
        output=result.value if result else "",
        shape=result.type.shape if result else (),
        dtype=result.type.dtype.short if result else "",
        macs=facts.macs, weights_bytes=facts.weights_bytes + constant_bytes,
        kernel=facts.kernel, tile=facts.tile,
        layout=f"NCHW{block}c" if block else "plain", live_bytes=live)


def slabs_of(plan: Plan) -> tuple[Slab, ...]:
    """The outermost pieces of the arena, each with all values that lie in it."""
    arena = (HOST, Region.ARENA)
    pieces = [b for b in plan.buffers
              if (b.place.device, b.place.region) == arena and b.size_bytes]
    pieces.sort(key=lambda b: (b.first_step, b.last_step, b.place.offset, -b.size_bytes))
    slabs: list[Slab] = []
    for piece in pieces:
        start, end = piece.place.offset, piece.place.offset + piece.size_bytes
        last = slabs[-1] if slabs else None
        if (last and (last.first, last.last) == (piece.first_step, piece.last_step)
                and last.offset <= start and end <= last.offset + last.size_bytes):
            values = tuple(dict.fromkeys((*last.values, piece.value)))
            slabs[-1] = Slab(values, last.offset, last.size_bytes, last.first, last.last)
        else:
            slabs.append(Slab((piece.value,), start, piece.size_bytes, piece.first_step,
                              piece.last_step))
    slabs += [
        Slab((f"scratch of {step.name}",), step.scratch.offset,
             aligned(step.call.scratch_bytes) * plan.request.threads, i, i, scratch=True)
        for i, step in enumerate(plan.steps) if step.scratch is not None]
    return tuple(slabs)


def live_bytes(slabs: Sequence[Slab], steps: int) -> list[int]:
    """The bytes in use during each step."""
    live = [0] * steps
    for slab in slabs:
        for i in range(slab.first, slab.last + 1):
            live[i] += aligned(slab.size_bytes)
    return live


def steps_by_value(layers: Sequence[LayerRow], interface: Interface) -> Mapping[str, LayerRow]:
    """The layer that writes each value (the first, where it is written in several layouts)."""
    found: dict[str, LayerRow] = {}
    for layer, facts in zip(layers, interface.steps, strict=True):
        for result in facts.results:
            found.setdefault(result.value, layer)
    return found
