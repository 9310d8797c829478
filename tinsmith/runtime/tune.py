"""Measures the kernels and variants that could serve each layer, in the network itself.

Each round compiles the whole network with one untried candidate at every layer that has one, and
takes the time of every step: so caches and weights are as warm or cold as they will be, and one
round serves all layers. Equal layers share their rounds. A layer is done when its kernels are
measured and the variants of the best ones bring nothing more.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tinsmith.ir.graph import Graph
from tinsmith.kernels.kernel import Forms, Kernel, Site, Variant
from tinsmith.kernels.registry import kernels
from tinsmith.request import Request
from tinsmith.runtime.network import StepTime
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.choose import choose
from tinsmith.schedule.plan import Plan
from tinsmith.schedule.timings import Timing, forms_key, kernel_version, layer_key
from tinsmith.schedule.work import Choice

HOPELESS = 4.0  # times the estimate of the best: not worth a round
RIVAL = 1.1  # times the best time: its variants may still win
PATIENCE = 3  # variants in a row that bring nothing
GAIN = 0.99  # of the best time: what counts as better
CONFIRMATIONS = 2  # more rounds for the best two of a layer

NEVER = (math.inf, ())  # what another candidate's round says of all the rest

Measure = Callable[[Plan], Sequence[StepTime]]
"""The times of each step of a plan, over several runs."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to compute a layer."""

    kernel: Kernel
    forms: Forms
    variant: Variant
    estimate: float


@dataclass(slots=True)
class TunedLayer:
    """A distinct layer while it is tuned.

    Attributes:
        key: ``layer_key``.
        site: one of its sites.
        names: of the nodes that are this layer.
        kernels: each kernel that could compute it, as it is; the one chosen untimed first.
        seconds: what each measured candidate took, a time for each round.
    """

    key: str
    site: Site
    names: list[str]
    kernels: tuple[Candidate, ...]
    seconds: dict[Candidate, list[float]] = field(default_factory=dict)

    def ranked(self) -> list[Candidate]:
        """All measured candidates, the fastest first."""
        return sorted(self.seconds, key=self.time)

    def time(self, candidate: Candidate) -> float:
        """The median over the rounds that measured it."""
        return statistics.median(self.seconds[candidate])

    def timings(self) -> Iterable[Timing]:
        """For the database."""
        for c in self.seconds:
            yield Timing(self.key, c.kernel.label, kernel_version(c.kernel),
                         forms_key(self.site, c.forms), c.variant, self.time(c))

    def next(self) -> Candidate | None:
        """What to measure next: kernels, variants of the best, the best two once more; or None."""
        for candidate in self.kernels:
            if candidate not in self.seconds:
                return candidate
        defaults = sorted(self.kernels, key=self.time)
        for default in defaults:
            if self.time(default) <= RIVAL * self.time(self.ranked()[0]) and (
                    found := self._next_variant(default, self.time(defaults[0]))):
                return found
        return next((c for c in self.ranked()[:2] if len(self.seconds[c]) <= CONFIRMATIONS), None)

    def _next_variant(self, default: Candidate, least: float) -> Candidate | None:
        """The first variant nobody measured, unless some in a row brought nothing."""
        in_vain = 0
        for variant in _variants(self.site, default):
            if variant not in self.seconds:
                return variant
            in_vain = 0 if self.time(variant) < GAIN * least else in_vain + 1
            least = min(least, self.time(variant))
            if in_vain > PATIENCE:  # the first is the default itself
                return None
        return None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a tuning has come."""

    round: int
    layers: int
    open: int
    measured: int


@dataclass(frozen=True, slots=True)
class _Assigned:
    """Timings by which each layer takes the candidate that its round is for."""

    candidates: Mapping[str, Candidate]

    def best(self, site: Site, kernel: Kernel, forms: Forms) -> tuple[float, Variant] | None:
        wanted = self.candidates.get(layer_key(site))
        if wanted is None:
            return None
        taken = wanted.kernel is kernel and wanted.forms == forms
        return (wanted.estimate, wanted.variant) if taken else NEVER


def layers_of(graph: Graph, request: Request) -> list[TunedLayer]:
    """The distinct layers that more than one candidate could compute."""
    found: dict[str, TunedLayer] = {}
    for work in choose(graph, request):
        if work.choice is None:
            continue
        key = layer_key(work.choice.site)
        if key in found:
            found[key].names.append(work.name)
        elif len(candidates := _kernels_for(work.choice)) > 1 or len(_variants(
                work.choice.site, candidates[0])) > 1:
            found[key] = TunedLayer(key, work.choice.site, [work.name], tuple(candidates))
    return list(found.values())


def _kernels_for(choice: Choice) -> list[Candidate]:
    """Every kernel that could stand in for the chosen one, as it is; the chosen one first."""
    site, wanted = choice.site, forms_key(choice.site, choice.forms)
    found = [
        Candidate(kernel, forms, (), kernel.cost(site, forms))
        for kernel in kernels() for forms in kernel.forms(site)
        if forms_key(site, forms) == wanted]
    found.sort(key=lambda c: (c.kernel is not choice.kernel, c.estimate))
    return [c for c in found if c.estimate <= HOPELESS * found[0].estimate]


def _variants(site: Site, candidate: Candidate) -> list[Candidate]:
    return [Candidate(candidate.kernel, candidate.forms, variant, candidate.estimate)
            for variant in candidate.kernel.variants(site, candidate.forms)]


def tune(
    graph: Graph,
    request: Request,
    measure: Measure,
    known: Sequence[Timing] = (),
    keep: Callable[[Iterable[Timing]], None] = lambda timings: None,
    progress: Callable[[Progress], bool] = lambda progress: True,
) -> list[TunedLayer]:
    """Measures until nothing improves; returns the layers with what they took.

    Args:
        graph: an optimised graph.
        request: for the machine that ``measure`` runs on.
        measure: runs a plan.
        known: earlier timings: what they have is not measured again.
        keep: is given new timings after each round, so that nothing is lost.
        progress: is told of each round before it starts; False ends the tuning there.
    """
    layers = layers_of(graph, request)
    for layer in layers:
        _recall(layer, known)
    rounds = 0
    while True:
        now = {layer.key: found for layer in layers if (found := layer.next())}
        said = Progress(rounds, len(layers), len(now), sum(len(x.seconds) for x in layers))
        if not progress(said) or not now:
            return layers
        rest = {layer.key: layer.ranked()[0] for layer in layers if layer.key not in now}
        times = _by_name(measure(schedule(graph, request, _Assigned(now | rest))))
        for layer in layers:
            if layer.key in now:
                layer.seconds.setdefault(now[layer.key], []).append(
                    statistics.fmean(times[name] for name in layer.names))
        keep(t for layer in layers if layer.key in now for t in layer.timings())
        rounds += 1


def _by_name(times: Sequence[StepTime]) -> dict[str, float]:
    """Seconds of each step: the lower quartile, because others use the machine too."""
    return {t.facts.name: float(np.percentile(t.seconds, 25)) for t in times}


def _recall(layer: TunedLayer, known: Sequence[Timing]) -> None:
    """Takes over what was measured before, of the sources as they are now."""
    for timing in known:
        for candidate in layer.kernels:
            if (timing.layer == layer.key and timing.kernel == candidate.kernel.label
                    and timing.version == kernel_version(candidate.kernel)
                    and timing.forms == forms_key(layer.site, candidate.forms)):
                same = replace(candidate, variant=timing.variant)
                if same in _variants(layer.site, candidate):
                    layer.seconds[same] = [timing.seconds] * (CONFIRMATIONS + 1)
