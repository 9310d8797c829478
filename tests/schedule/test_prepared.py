"""Weights that are prepared when a network is loaded: where they lie, and what is kept."""

from __future__ import annotations

import numpy as np

from tests.cases.case import Prefer
from tests.schedule.test_memory import graph_of
from tinsmith.ir.graph import Graph
from tinsmith.kernels.conv.conv2d_winograd import Conv2dWinograd
from tinsmith.kernels.conv.winograd_algorithms import F43
from tinsmith.ops.arithmetic import Add
from tinsmith.ops.conv import Conv
from tinsmith.request import Numerics, Request
from tinsmith.schedule.assemble import problems, schedule
from tinsmith.schedule.plan import Plan, Region
from tinsmith.targets import find

CONV = Conv((1, 1), (1, 1, 1, 1), (1, 1))


def weight(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((32, 32, 3, 3)).astype(np.float32)


def convolutions(*seeds: int) -> Graph:
    """A chain of 3x3 convolutions with these weights."""
    names = ["x", *(f"v{i}" for i in range(len(seeds) - 1)), "y"]
    return graph_of({"x": (1, 32, 16, 16)},
                    [(CONV, f"{names[i]} w{i}", names[i + 1]) for i in range(len(seeds))], "y",
                    {f"w{i}": weight(seed) for i, seed in enumerate(seeds)})


def plan_of(graph: Graph, target: str = "x86-64-v4") -> Plan:
    return schedule(graph, Request(find(target), threads=2),
                    Prefer(Conv2dWinograd(F43).label))


def test_each_is_made_once() -> None:
    plan = plan_of(convolutions(0, 1, 0))
    assert list(problems(plan)) == []
    assert len(plan.preparations) == 2
    assert plan.prepared_bytes == 2 * 36 * 32 * 32 * 4
    assert plan.weight_bytes == plan.kept_bytes + 2 * 9 * 32 * 32 * 4
    first, _, third = [s.weights[1].place for s in plan.steps if s.op == "Conv"]
    assert first == third
    assert first.region is Region.PREPARED
    assert plan.memory_bytes == plan.arena_bytes + plan.prepared_bytes
    assert plan.resident_bytes == plan.memory_bytes + plan.kept_bytes


def test_what_is_still_needed_is_the_beginning_of_the_blob() -> None:
    plan = plan_of(convolutions(0, 1, 2))
    size = 9 * 32 * 32 * 4
    assert plan.needed_bytes == (plan.kept_bytes + 2 * size, plan.kept_bytes + size,
                                 plan.kept_bytes)
    assert [p.weights[0].place.offset for p in plan.preparations] == list(plan.needed_bytes)
    for step in plan.steps:
        for argument in step.weights:
            if argument.place.region is Region.WEIGHTS:
                assert argument.place.offset < plan.kept_bytes


def test_what_a_step_reads_as_well_is_kept() -> None:
    graph = convolutions(0)
    stored = plan_of(graph).preparations[0].call.weights[0]
    assert isinstance(stored, np.ndarray)
    nodes = [(CONV, "x w", "v"), (Add(), "a b", "c")]
    both = graph_of({"x": (1, 32, 16, 16), "a": stored.shape}, nodes, "v c",
                    {"w": weight(0), "b": stored})
    plan = plan_of(both)
    assert plan.kept_bytes == plan.weight_bytes
    assert plan.needed_bytes == (plan.kept_bytes,)


def test_without_any_nothing_changes() -> None:
    plan = schedule(convolutions(0), Request(find("x86-64-v4"), numerics=Numerics(exact=True)))
    assert (plan.preparations, plan.prepared_bytes, plan.needed_bytes) == ((), 0, ())
    assert plan.kept_bytes == plan.weight_bytes
    assert plan.memory_bytes == plan.arena_bytes
