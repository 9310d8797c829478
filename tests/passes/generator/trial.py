"""What becomes of one generated graph: refused by the importer, right, or a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.batch import batch_sources
from tests.passes.generator.families import generated
from tinsmith import pipeline
from tinsmith.emit.names import c_name
from tinsmith.errors import UserError
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.ops.global_pool import GlobalMaxPool
from tinsmith.ops.pool import MaxPool
from tinsmith.proof.change import Target
from tinsmith.proof.judge import Judge
from tinsmith.proof.prove import prove_whole
from tinsmith.proof.region import Region
from tinsmith.proof.samples import sample
from tinsmith.request import Request
from tinsmith.runtime.session import Session
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.plan import Plan
from tinsmith.targets import find
from tinsmith.toolchain import build
from tinsmith.widen import unsettled

MAXIMA = (MaxPool, GlobalMaxPool)
PRECISIONS = ("f32",) * 10 + ("bf16", "f16")
REFUSED, RIGHT, WRONG = "refused", "right", "wrong"


@dataclass(frozen=True, slots=True)
class Trial:
    """The verdict on one graph, and why."""

    number: int
    family: str
    verdict: str
    why: str = ""


def attempt(number: int, seed: int) -> Trial:
    """Imports one graph, optimises it with every change tried out, and compares the whole."""
    family = "?"
    try:
        with np.errstate(all="ignore"):
            family, draft, outputs = generated(number, seed)
            graph = draft.graph(*outputs)
    except UserError as error:
        return Trial(number, family, REFUSED, str(error))
    try:
        precision = PRECISIONS[number % len(PRECISIONS)]
        optimised = pipeline.optimise(
            graph, pipeline.request_for(graph, precision=precision), paranoid=True).graph
        prove_whole(graph, optimised, lowering=precision != "f32")
    except Exception as error:
        return Trial(number, family, WRONG, f"{type(error).__name__}: {error}")
    return Trial(number, family, RIGHT)


def compiled(numbers: Sequence[int], seed: int, target_name: str = "native") -> list[Trial]:
    """These graphs through compiled code, beside the interpreter of what was imported."""
    target = find(target_name)
    graphs: dict[int, tuple[str, Graph]] = {}
    plans: dict[str, Plan] = {}
    for number in numbers:
        family, draft, outputs = generated(number, seed)
        graph = draft.graph(*outputs)
        optimised = pipeline.optimise(graph, paranoid=False).graph
        graphs[number] = family, graph
        plans[f"g{number}"] = schedule(optimised, Request(target, threads=2))
    library = build(batch_sources(plans), target, kind="shared")
    found = []
    for number, (family, graph) in graphs.items():
        name = f"g{number}"
        session = Session(plans[name], library, c_name(name))
        why = _compared(graph, session)
        found.append(Trial(number, family, WRONG if why else RIGHT, why))
    return found


def _compared(graph: Graph, session: Session) -> str:
    """Where compiled code leaves the interpreter, "" if nowhere."""
    loose = unsettled(graph)
    targets = tuple(Target(v, v) for v in graph.outputs if v not in loose)
    if not targets:
        return ""
    judge = Judge(Region(graph, graph, targets))
    types = {v: graph.types[v] for v in graph.inputs}
    for kind in ("normal", "ties"):
        feeds = sample(kind, types, 0, np.ones(1))
        got = session.run(feeds)
        if any(isinstance(node.op, MAXIMA) for node in graph.nodes):  # docs/numerics.md: NaN
            wanted = interpret(graph, feeds)
            got = {v: np.where(wanted[v] != wanted[v], wanted[v], got[v]) for v in got}
        difference = judge.difference(feeds, results=got)
        if difference is not None:
            return f"compiled: {difference} on '{kind}' inputs"
    return ""
