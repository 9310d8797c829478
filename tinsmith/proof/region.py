"""The part of two graphs in which a change lies: cut out, grown upwards, made smaller.

The region's inputs are shared values. Where it is judged wrong on any numbers, it may still be
right on those that the nodes above it can give (a Relu of what is never negative), so it grows by
one shared value upwards at a time, at last to the inputs of the graph.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tinsmith.dtypes import DType
from tinsmith.errors import ModelError
from tinsmith.interpret import effort
from tinsmith.ir.graph import Graph
from tinsmith.ir.infer import retyped
from tinsmith.ir.op import TensorType
from tinsmith.proof.change import Change, Target

CROPS = (16, 9, 5, 3)  # extents of images that are tried where a region is too much work
NEAR_EFFORT = 1 << 21  # additions of numpy, for one run: below it nothing is cropped
EFFORT_LIMIT = 1 << 29


@dataclass(frozen=True, eq=False)
class Region:
    """Both forms of a part, on the same inputs, and which results must be the same."""

    before: Graph
    after: Graph
    targets: tuple[Target, ...]

    @cached_property
    def effort(self) -> int:
        """What one run of the dearer form takes, in additions of numpy."""
        return max(effort(self.before), effort(self.after))


def frontier(change: Change, targets: Iterable[Target]) -> frozenset[str]:
    """The shared values nearest above the targets."""
    found: set[str] = set()
    for target in targets:
        same = target.before == target.after
        for graph, value in ((change.before, target.before), (change.after, target.after)):
            found |= {value} if change.shared(value) and not same else _above(
                change, graph, value)
    return frozenset(found)


def grown(change: Change, values: frozenset[str]) -> frozenset[str]:
    """The frontier one shared value further up; the same one where there is nothing above."""
    return frozenset(v for value in values for graph in (change.before, change.after)
                     for v in _above(change, graph, value))


def _above(change: Change, graph: Graph, value: str) -> set[str]:
    if value in graph.inputs:
        return {value}
    found, seen, waiting = set[str](), {value}, [value]
    while waiting:
        node = graph.producer(waiting.pop())
        for v in filter(None, node.inputs if node else ()):
            if v in graph.inputs or (change.shared(v) and v not in graph.weights):
                found.add(v)
            elif v not in seen:
                seen.add(v)
                waiting.append(v)
    return found


def cut(change: Change, targets: tuple[Target, ...], stops: frozenset[str]) -> Region:
    """The nodes between ``stops`` and the targets, in both forms."""
    own = {t.before for t in targets if t.before == t.after}
    stops = stops - own
    forms = [_cut(change.before, [t.before for t in targets], stops),
             _cut(change.after, [t.after for t in targets], stops)]
    inputs = tuple(dict.fromkeys(v for form in forms for v in form.inputs))
    types = {v: _coarser(change.before.types[v], change.after.types[v]) for v in inputs}
    before, after = (_with_inputs(form, inputs, types) for form in forms)
    return Region(before, after, targets)


def _coarser(a: TensorType, b: TensorType) -> TensorType:
    return a if a.dtype.size_bytes <= b.dtype.size_bytes else b


def _with_inputs(form: Graph, inputs: tuple[str, ...], types: dict[str, TensorType]) -> Graph:
    missing = {v: types[v] for v in inputs if v not in form.types}
    return form.replace(inputs=inputs, types={**form.types, **missing})


def _cut(graph: Graph, wanted: Sequence[str], stops: frozenset[str]) -> Graph:
    nodes, seen = set[str](), set[str]()
    inputs: dict[str, None] = {}
    waiting = list(reversed(wanted))
    while waiting:
        value = waiting.pop()
        if value in seen:
            continue
        seen.add(value)
        node = graph.producer(value)
        if value in stops or value in graph.inputs:
            inputs[value] = None
        elif node is not None:
            nodes.add(node.name)
            waiting += [v for v in node.inputs if v]
    kept = tuple(node for node in graph.nodes if node.name in nodes)
    weights = {v: graph.weights[v] for v in seen if v in graph.weights and v not in inputs}
    defined = {*inputs, *weights, *(v for node in kept for v in node.outputs if v)}
    return Graph(graph.name, kept, tuple(inputs), tuple(dict.fromkeys(wanted)),
                 {v: graph.types[v] for v in defined}, weights)


def small(region: Region) -> Region | None:
    """The region on smaller images where it is too much work; None if there is no such."""
    if region.effort <= NEAR_EFFORT:
        return region
    best = region
    for extent in CROPS:
        cropped = _cropped(region, extent)
        if cropped is not None and cropped.effort < best.effort:
            best = cropped
        if best.effort <= NEAR_EFFORT:
            break
    return best if best.effort <= EFFORT_LIMIT else None


def _cropped(region: Region, extent: int) -> Region | None:
    kinds = {}
    for value in region.before.inputs:
        kind = region.before.types[value]
        if kind.rank > 2:
            batch, channels, *spatial = kind.shape
            kinds[value] = replace(kind, shape=(min(batch, 1), channels,
                                                *(min(e, extent) for e in spatial)))
    try:
        before, after = (retyped(g, kinds) for g in (region.before, region.after))
    except ModelError:
        return None
    fits = all(before.types[t.before].shape == after.types[t.after].shape
               and math.prod(before.types[t.before].shape) for t in region.targets)
    return Region(before, after, region.targets) if fits else None


def float_types(region: Region) -> set[DType]:
    """The floating-point types of all values."""
    return {kind.dtype for graph in (region.before, region.after)
            for kind in graph.types.values() if kind.dtype.is_float}
