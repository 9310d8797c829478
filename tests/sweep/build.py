"""Trials through the compiler: imported, interpreted in two precisions, planned, built, run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tests.batch import batch_sources
from tests.sweep.trial import Trial
from tinsmith import pipeline
from tinsmith.dtypes import Array
from tinsmith.emit.names import c_name
from tinsmith.errors import InternalError, ToolchainError
from tinsmith.importers.onnx.build import build as import_model
from tinsmith.importers.onnx.read import read_proto
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.runtime.rounding import with_noise
from tinsmith.runtime.session import Session
from tinsmith.schedule.plan import Plan
from tinsmith.targets import find
from tinsmith.toolchain import build
from tinsmith.widen import widened

THREADS = 2
AMPLIFIED = 16.0  # times the distance of float32 from float64, both by our interpreter
DECLARED = 4.0  # F(4x4, 3x3) puts 2.9 times its mean noise (131 / 45) in a tile's last corner


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A trial that was imported and planned, for each target."""

    trial: Trial
    graph: Graph
    plans: Mapping[str, Plan]
    exact: tuple[Array, ...]  # the interpreter's outputs in float64
    amplified: tuple[float, ...]  # how far rounding may bring each output from them


def prepare(trial: Trial, targets: Sequence[str]) -> Ready:
    """The graph and its plans.

    Raises:
        UserError: the model is refused.
    """
    graph = import_model(read_proto(trial.model), {}, {})
    optimised = pipeline.optimise(graph).graph
    plans = {t: pipeline.plan(optimised, pipeline.request_for(graph, t, THREADS)) for t in targets}
    exact, rounding = exact_of(graph, trial)
    declared = declared_by(list(plans.values()), optimised, trial)
    return Ready(trial, graph, plans, exact, tuple(
        max(AMPLIFIED * least, *(DECLARED * each[i] for each in declared), 0.0)
        for i, least in enumerate(rounding)))


def exact_of(graph: Graph, trial: Trial) -> tuple[tuple[Array, ...], tuple[float, ...]]:
    """The interpreter's outputs in float64, and how far its float32 is from them."""
    narrow = interpret(graph, trial.feeds)
    if len(graph.nodes) < 2 and not trial.share and not trial.relative:
        wide = narrow
    else:
        wide = interpret(widened(graph), trial.feeds)
    return (tuple(wide[v] for v in graph.outputs),
            tuple(_distance(narrow[v], wide[v]) for v in graph.outputs))


def declared_by(plans: Sequence[Plan], graph: Graph, trial: Trial) -> list[tuple[float, ...]]:
    """How far the noise that plans say their algorithms add brings each output."""
    roundings: list[dict[str, float]] = []
    for plan in plans:
        if plan.roundings and plan.roundings not in roundings:
            roundings.append(plan.roundings)
    plain = interpret(graph, trial.feeds) if roundings else {}
    noisy = [with_noise(graph, each, trial.feeds) for each in roundings]
    return [tuple(_distance(each[v], plain[v]) for v in graph.outputs) for each in noisy]


def _distance(narrow: Array, wide: Array) -> float:
    if narrow.dtype.kind != "f":
        return 0.0
    with np.errstate(all="ignore"):
        apart = np.abs(narrow.astype(np.float64) - wide.astype(np.float64))
    return float(apart[np.isfinite(apart)].max(initial=0))


def built(ready: Sequence[Ready], target: str) -> Iterator[tuple[Ready, Session | str]]:
    """A session for each, all in one library; where that does not build, each by itself."""
    plans = {name_of(r): r.plans[target] for r in ready if target in r.plans}
    chosen = [r for r in ready if target in r.plans]
    if not chosen:
        return
    try:
        library = build(batch_sources(plans), find(target), kind="shared", jobs=1)
    except ToolchainError as error:
        if len(chosen) == 1:
            yield chosen[0], str(error)
            return
        for each in chosen:
            yield from built([each], target)
        return
    for each in chosen:
        try:
            yield each, Session(each.plans[target], library, c_name(name_of(each)))
        except InternalError as error:
            yield each, str(error)


def name_of(ready: Ready) -> str:
    """What its code is called."""
    return f"{ready.trial.kind}_{ready.trial.number}"
