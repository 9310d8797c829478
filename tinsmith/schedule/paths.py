"""The cheapest path over a graph: a kernel and forms for every node, conversions counted.

Dynamic programming in the order of the nodes. A state says in which forms each value that is still
to be read exists; of the ways to one state only the cheapest is kept. A state is dropped when the
cheapest of all could be turned into it by conversions at no more than it costs itself: what
follows would be no dearer. So a chain or a tree needs few states, and the path is the cheapest
there is. Where many values are alive at once (a network of joins) at most ``BEAM`` states are
kept, and a path through one of the dropped might have been cheaper.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tinsmith.errors import UnsupportedError
from tinsmith.ir.graph import Graph
from tinsmith.ir.op import TensorType
from tinsmith.kernels.kernel import Form, Site, plain
from tinsmith.kernels.registry import kernels
from tinsmith.request import Request
from tinsmith.schedule.conversions import conversion_seconds
from tinsmith.schedule.work import Choice, Timings, seconds_of
from tinsmith.targets import titled

BEAM = 48


class _Value:
    """The forms of a value, each a bit of a state, and what conversions between them take."""

    def __init__(self, kind: TensorType, request: Request) -> None:
        self.kind = kind
        self.request = request
        self.forms: list[Form] = [plain(kind)]
        self._prices: dict[tuple[int, int], float] = {}

    def bit(self, form: Form) -> int:
        """The bit that stands for a form; 1 is the plain one."""
        if form not in self.forms:
            self.forms.append(form)
        return 1 << self.forms.index(form)

    def price(self, have: int, wanted: int) -> float:
        """Seconds to make the form ``wanted`` of one of those in ``have``; infinite: impossible."""
        if have & wanted:
            return 0.0
        key = (have, wanted)
        if key not in self._prices:
            target = self.forms[wanted.bit_length() - 1]
            self._prices[key] = min(
                conversion_seconds(self.kind, form, target, self.request)
                for i, form in enumerate(self.forms) if have >> i & 1)
        return self._prices[key]

    def price_of_all(self, have: int, wanted: int) -> float:
        """Seconds to make every form in ``wanted``."""
        missing = wanted & ~have
        return sum(self.price(have, 1 << i) for i in range(missing.bit_length())
                   if missing >> i & 1)


@dataclass(frozen=True, slots=True)
class _Option:
    """A choice for a node: the bit that it wants of each operand, and gives of each result."""

    choice: Choice
    reads: tuple[tuple[str, int], ...]
    writes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Path:
    """The cheapest way to a state: what it takes, the last choice, and the way before it."""

    seconds: float
    choice: Choice | None = None
    before: _Path | None = None

    def choices(self) -> list[Choice]:
        """All of them, in the order of the nodes."""
        found: list[Choice] = []
        path: _Path | None = self
        while path is not None and path.choice is not None:
            found.append(path.choice)
            path = path.before
        return found[::-1]


_States = dict[tuple[int, ...], _Path]  # by the forms of each value that is alive


def cheapest(graph: Graph, sites: Sequence[Site], request: Request,
             timings: Timings) -> list[Choice]:
    """A choice for each site (those of the graph's nodes, in order).

    Raises:
        UnsupportedError: no kernel serves one of them.
    """
    values: dict[str, _Value] = {}
    last = {value: i for i, node in enumerate(graph.nodes) for value in node.inputs if value}
    alive = [value for value in graph.inputs if value in last]
    values.update((value, _Value(graph.types[value], request)) for value in alive)
    states: _States = {(1,) * len(alive): _Path(0.0)}
    for i, site in enumerate(sites):
        for value in filter(None, site.node.outputs):
            values[value] = _Value(graph.types[value], request)
        options = _options(graph, site, values, timings)
        after = [v for v in (*alive, *filter(None, site.node.outputs)) if last.get(v, -1) > i]
        states = _pruned(_advanced(states, alive, after, options, graph, values), after, values)
        if not states:
            raise unsupported(site)
        alive = after
    return min(states.values(), key=lambda path: path.seconds).choices()


def _options(graph: Graph, site: Site, values: Mapping[str, _Value],
             timings: Timings) -> Iterable[_Option]:
    """The quickest choice for each way to take the operands and give the results."""
    best: dict[tuple[tuple[str, int], ...], _Option] = {}
    for kernel in kernels():
        for forms in kernel.forms(site):
            seconds, variant = seconds_of(kernel, site, forms, timings)
            reads = tuple((v, values[v].bit(form)) for v, form in zip(
                site.node.inputs, forms.inputs, strict=True) if v and v not in graph.weights)
            writes = tuple((v, values[v].bit(form)) for v, form in zip(
                site.node.outputs, forms.outputs, strict=True) if v)
            rival = best.get((*reads, *writes))
            if seconds < (rival.choice.seconds if rival else math.inf):
                chosen = Choice(replace(site, variant=variant), kernel, forms, seconds)
                best[(*reads, *writes)] = _Option(chosen, reads, writes)
    return best.values()


def _advanced(states: _States, alive: Sequence[str], after: Sequence[str],
              options: Iterable[_Option], graph: Graph,
              values: Mapping[str, _Value]) -> _States:
    """The states behind a node: each state of before with each option."""
    found: _States = {}
    for option in options:
        for state, path in states.items():
            have = dict(zip(alive, state, strict=True))
            seconds = path.seconds + option.choice.seconds
            for value, wanted in option.reads:
                seconds += values[value].price(have[value], wanted)
                have[value] |= wanted
            for value, given in option.writes:
                have[value] = given
                if value in graph.outputs:
                    seconds += values[value].price(given, 1)
                    have[value] |= 1
            key = tuple(have[value] for value in after)
            if seconds < (found[key].seconds if key in found else math.inf):
                found[key] = _Path(seconds, option.choice, path)
    return found


def _pruned(states: _States, alive: Sequence[str], values: Mapping[str, _Value]) -> _States:
    """The states that may still be on the cheapest path; see the module's head."""
    if len(states) < 2:
        return states
    ranked = sorted(states.items(), key=lambda item: item[1].seconds)
    best, path = ranked[0]
    kept = [(state, other) for state, other in ranked[1:] if other.seconds < path.seconds + sum(
        values[value].price_of_all(have, wanted)
        for value, have, wanted in zip(alive, best, state, strict=True))]
    return dict([ranked[0], *kept[:BEAM - 1]])


def unsupported(site: Site) -> UnsupportedError:
    """Nothing can compute a node."""
    target = site.target
    title = titled(target.name, target.isa, target.features)
    kinds = ", ".join(str(kind) for kind in site.inputs if kind)
    return UnsupportedError(
        f"schedule: {site.op.name} '{site.node.name}': expected a kernel for ({kinds}), got none "
        f"on {title}; convert its element types, or see docs/adding.md")
