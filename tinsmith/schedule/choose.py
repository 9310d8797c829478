"""Chooses a kernel and forms for every node, by cost, and inserts the conversions they need.

One walk in order: for each node the cheapest kernel, counting what it costs to bring its inputs
into the layout that it wants. Layouts spread from the convolutions, whose kernels are much
cheaper in blocked layout, to everything that can follow; the edges convert.

Sums that have one answer in any order (a convolution of whole numbers by 0 and 1) are computed
directly where something jumps behind them: fast algorithms would round them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from tinsmith.errors import UnsupportedError
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.kernels.convert.relayout import KERNEL as RELAYOUT
from tinsmith.kernels.convert.relayout import Relayout, relayout_cycles, same_order
from tinsmith.kernels.kernel import Form, Forms, Kernel, Lowered, Site, Variant, View, plain
from tinsmith.kernels.registry import kernels
from tinsmith.passes.exactness import exact_values, sums_exactly
from tinsmith.request import Request
from tinsmith.targets import titled


@dataclass(frozen=True, slots=True)
class Stored:
    """A value in one layout: what a buffer holds."""

    value: str
    form: Form


@dataclass(frozen=True, slots=True)
class Choice:
    """A kernel for a site, with forms, and the variant in the site.

    ``seconds``: until it is done, as measured or else estimated.
    """

    site: Site
    kernel: Kernel
    forms: Forms
    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """One node (or layout conversion) with its kernel's answer.

    ``cost``: the seconds that one core is estimated to take. ``choice`` is how it was chosen; None
    for a conversion.
    """

    name: str
    op: Op
    lowered: Lowered
    reads: tuple[Stored | None, ...]
    writes: tuple[Stored | None, ...]
    origin: tuple[str, ...]
    macs: int = 0
    cost: float = 0.0
    choice: Choice | None = None


class Timings(Protocol):
    """What was measured of kernels at sites."""

    def best(self, site: Site, kernel: Kernel, forms: Forms) -> tuple[float, Variant] | None:
        """Seconds until the kernel is done in its best variant; None: not measured."""


class Untimed:
    """Nothing was measured: every kernel costs what it says."""

    def best(self, site: Site, kernel: Kernel, forms: Forms) -> tuple[float, Variant] | None:
        """None."""
        return None


UNTIMED = Untimed()


def elapsed(cost: float, request: Request) -> float:
    """Seconds until work is done that one core does in ``cost``, where all threads may share it.

    They do where that is quicker than doing it alone; so a measured time of a step, which all
    threads of the request worked at, and an estimated one are of the same thing.
    """
    return min(cost, cost / request.threads + request.target.model.share_s)


def choose(graph: Graph, request: Request, timings: Timings = UNTIMED) -> tuple[Work, ...]:
    """The work of ``graph``, in order; every graph output ends row-major.

    What was measured at a site stands there for what its kernel estimates.
    """
    walk = _Walk(graph, request, timings)
    with np.errstate(all="ignore"):  # weights that kernels pack may be infinite or no numbers
        for node in graph.nodes:
            walk.visit(node)
    for value in graph.outputs:
        walk.bring(value, plain(graph.types[value]))
    return tuple(walk.works)


def site_of(graph: Graph, node: Node, request: Request) -> Site:
    """The node with all that a kernel may ask about it."""
    return Site(node, graph.input_types(node), graph.output_types(node),
                tuple(graph.constant(v) if v else None for v in node.inputs), request)


class _Walk:
    """The state of one walk: which forms of each value exist so far, and the work done."""

    def __init__(self, graph: Graph, request: Request, timings: Timings) -> None:
        self.graph = graph
        self.request = request
        self.timings = timings
        self.works: list[Work] = []
        self.have: dict[str, list[Form]] = {
            value: [plain(graph.types[value])] for value in graph.inputs}
        self.exact = exact_values(graph)

    def visit(self, node: Node) -> None:
        """Adds the node with its cheapest kernel, and the conversions of its inputs."""
        site = site_of(self.graph, node, self._request_for(node))
        choice = self._cheapest(site)
        site, kernel, forms = choice.site, choice.kernel, choice.forms
        lowered = kernel.lower(site, forms)
        reads = tuple(
            self.bring(value, form) if value and self._is_read(lowered, i) else None
            for i, (value, form) in enumerate(zip(node.inputs, forms.inputs, strict=True)))
        writes = tuple(
            Stored(value, form) if value else None
            for value, form in zip(node.outputs, forms.outputs, strict=True))
        for stored in writes:
            if stored is not None:
                self.have.setdefault(stored.value, []).append(stored.form)
        self.works.append(Work(node.name, node.op, lowered, reads, writes, node.origin,
                               self.graph.macs(node), kernel.cost(site, forms), choice))

    def _request_for(self, node: Node) -> Request:
        """Direct algorithms only, where the last bit of exact sums matters."""
        direct = not self.exact.isdisjoint(node.outputs) and sums_exactly(self.graph, node)
        return self.request.direct() if direct else self.request

    def bring(self, value: str, form: Form) -> Stored:
        """The value in ``form``, converted now if it is not there yet."""
        stored = Stored(value, form)
        if value in self.graph.weights or form in self.have[value]:
            return stored
        source = self.have[value][0]
        kind = self.graph.types[value]
        op = Relayout(source, form)
        block = source if source.block else form
        site = Site(Node(f"{value}@{form.block}", op, (value,), (value,)),
                    (kind,), (kind,), (None,), self.request)
        forms = Forms((source,), (form,))
        lowered = (View(0, 0),) if same_order(kind, block) else RELAYOUT.lower(site, forms)
        self.works.append(Work(f"{value}@{form.block or 'plain'}", op, lowered,
                               (Stored(value, source),), (stored,), (value,),
                               cost=RELAYOUT.cost(site, forms)))
        self.have[value].append(form)
        return stored

    @staticmethod
    def _is_read(lowered: Lowered, operand: int) -> bool:
        """Whether the kernel's answer refers to an operand at run time."""
        if isinstance(lowered, tuple):
            return any(view.operand == operand for view in lowered)
        if hasattr(lowered, "parts"):
            return any(part == operand for part, _ in lowered.parts)
        return operand in lowered.operands

    def _cheapest(self, site: Site) -> Choice:
        best: Choice | None = None
        least = np.inf
        for kernel in kernels():
            for forms in kernel.forms(site):
                seconds, variant = self.timings.best(site, kernel, forms) or (
                    elapsed(kernel.cost(site, forms), self.request), ())
                total = seconds + self._conversions(site, forms)
                if best is None or total < least:
                    least = total
                    best = Choice(replace(site, variant=variant), kernel, forms, seconds)
        if best is None:
            target = site.target
            title = titled(target.name, target.isa, target.features)
            kinds = ", ".join(str(kind) for kind in site.inputs if kind)
            raise UnsupportedError(
                f"schedule: {site.op.name} '{site.node.name}': expected a kernel for ({kinds}), "
                f"got none on {title}; convert its element types, or see "
                "docs/adding.md")
        return best

    def _conversions(self, site: Site, forms: Forms) -> float:
        """Estimated seconds to bring the inputs, and the outputs the graph returns, into place."""
        cycles = 0.0
        for value, form in zip(site.node.inputs, forms.inputs, strict=True):
            if value and value not in self.graph.weights and form not in self.have[value]:
                kind = self.graph.types[value]
                if not same_order(kind, form if form.block else self.have[value][0]):
                    cycles += relayout_cycles(self.request, kind)
        for value, form in zip(site.node.outputs, forms.outputs, strict=True):
            if value in self.graph.outputs and not form.row_major:
                kind = self.graph.types[value]
                if not same_order(kind, form):
                    cycles += relayout_cycles(self.request, kind)
        return elapsed(site.seconds(cycles), self.request)
