"""Chooses a kernel and forms for every node, by cost, and inserts the conversions they need.

Forms spread from the convolutions, whose kernels are much cheaper in blocked layout, to everything
that can follow; the edges convert (``paths``).

Sums that have one answer in any order (a convolution of whole numbers by 0 and 1) are computed
directly where something jumps behind them: fast algorithms would round them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinsmith.ir.graph import Graph, Node
from tinsmith.kernels.kernel import Form, Lowered, Site, plain
from tinsmith.passes.exactness import exact_values, sums_exactly
from tinsmith.request import Request
from tinsmith.schedule.conversions import conversion_seconds, conversions
from tinsmith.schedule.paths import cheapest
from tinsmith.schedule.work import UNTIMED, Choice, Stored, Timings, Work, site_of


def choose(graph: Graph, request: Request, timings: Timings = UNTIMED) -> tuple[Work, ...]:
    """The work of ``graph``, in order; every graph output ends row-major.

    What was measured at a site stands there for what its kernel estimates.
    """
    with np.errstate(all="ignore"):  # weights that kernels pack may be infinite or no numbers
        walk = _Walk(graph, request)
        for choice in cheapest(graph, sites_of(graph, request), request, timings):
            walk.visit(choice)
    for value in graph.outputs:
        walk.bring(value, plain(graph.types[value]))
    return tuple(walk.works)


def sites_of(graph: Graph, request: Request) -> Sequence[Site]:
    """The nodes as kernels see them; direct algorithms only, where the last bit of sums matters."""
    exact = exact_values(graph)

    def request_of(node: Node) -> Request:
        direct = not exact.isdisjoint(node.outputs) and sums_exactly(graph, node)
        return request.direct() if direct else request

    return [site_of(graph, node, request_of(node)) for node in graph.nodes]


class _Walk:
    """The state of one walk: which forms of each value exist so far, and the work done."""

    def __init__(self, graph: Graph, request: Request) -> None:
        self.graph = graph
        self.request = request
        self.works: list[Work] = []
        self.have: dict[str, list[Form]] = {
            value: [plain(graph.types[value])] for value in graph.inputs}

    def visit(self, choice: Choice) -> None:
        """Adds a node as it was chosen, and the conversions of its inputs."""
        node, forms = choice.site.node, choice.forms
        lowered = choice.kernel.lower(choice.site, forms)
        reads = tuple(
            self.bring(value, form) if value and _is_read(lowered, i) else None
            for i, (value, form) in enumerate(zip(node.inputs, forms.inputs, strict=True)))
        writes = tuple(
            Stored(value, form) if value else None
            for value, form in zip(node.outputs, forms.outputs, strict=True))
        for stored in writes:
            if stored is not None:
                self.have.setdefault(stored.value, []).append(stored.form)
        self.works.append(Work(node.name, node.op, lowered, reads, writes, node.origin,
                               self.graph.macs(node), choice.kernel.cost(choice.site, forms),
                               choice))

    def bring(self, value: str, form: Form) -> Stored:
        """The value in ``form``, converted now if it is not there yet."""
        stored = Stored(value, form)
        if value in self.graph.weights or form in self.have[value]:
            return stored
        kind = self.graph.types[value]
        source = min(self.have[value], key=lambda each: conversion_seconds(
            kind, each, form, self.request))
        way = conversions(value, kind, source, form, self.request)
        assert way is not None, f"{value}: no conversion from {source} to {form}"
        for one in way:
            (before,), (after,) = one.forms.inputs, one.forms.outputs
            if after in self.have[value]:
                continue
            self.works.append(Work(one.site.node.name, one.site.op,
                                   one.kernel.lower(one.site, one.forms),
                                   (Stored(value, before),), (Stored(value, after),), (value,),
                                   cost=one.kernel.cost(one.site, one.forms)))
            self.have[value].append(after)
        return stored


def _is_read(lowered: Lowered, operand: int) -> bool:
    """Whether a kernel's answer refers to an operand at run time."""
    if isinstance(lowered, tuple):
        return any(view.operand == operand for view in lowered)
    if hasattr(lowered, "parts"):
        return any(part == operand for part, _ in lowered.parts)
    return operand in lowered.operands
