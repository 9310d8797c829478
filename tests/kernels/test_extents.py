"""Where memory is preferred: one copy of the code for all extents, filters as they are stored."""

from __future__ import annotations

import numpy as np
import pytest

import tests.cases.conv as conv_cases
import tests.cases.pool as pool_cases
from tests.compile_cases import run
from tests.passes.graphs import Sketch, conv
from tinsmith import pipeline
from tinsmith.emit.devices import cpu
from tinsmith.emit.devices.cpu import Layer, layers
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.kernels.extents import is_extent
from tinsmith.ops.activations import Relu
from tinsmith.request import Request
from tinsmith.runtime.session import load
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.plan import Plan, Step
from tinsmith.targets import find


def pyramid() -> Graph:
    """Convolutions that differ only in extents, by threes: 3x3, 1x1 and depthwise."""
    s = Sketch()
    x = s.input(1, 3, 21, 18)
    for channels, stride in ((24, 1), (40, 2), (72, 2)):
        x = s.node(Relu(), conv(s, x, channels, 1))
        x = s.node(Relu(), conv(s, x, channels, 3, stride=stride))
        x = s.node(Relu(), conv(s, x, channels, 3, group=channels))
    return s.graph(x)


def plan_of(graph: Graph, target: str, prefer: str) -> Plan:
    request = Request(find(target), prefer="memory" if prefer == "memory" else "time")
    return schedule(pipeline.optimise(graph, request).graph, request)


def distinct(plan: Plan) -> tuple[Layer, ...]:
    return layers(plan.tasks, "n", plan.request.prefer)[0]


@pytest.mark.parametrize("target", ["x86-64-v3", "cortex-a53", "cortex-m4"])
def test_layers_that_differ_in_extents_share_their_code(target: str) -> None:
    wide, narrow = (plan_of(pyramid(), target, prefer) for prefer in ("time", "memory"))
    assert len(distinct(narrow)) < len(distinct(wide))
    shared = [layer for layer in distinct(narrow) if layer.extents]
    assert {layer.call.kernel for layer in shared} >= {"conv2d_direct", "conv2d_depthwise"}
    for layer in shared:
        assert all(is_extent(key, dict(layer.call.constants)[key]) for key in layer.extents)
    assert not any(layer.extents for layer in distinct(wide))


def test_filters_stay_as_they_are_stored() -> None:
    plan = plan_of(pyramid(), "x86-64-v3", "memory")
    assert plan.prepared_bytes == 0 and plan.kept_bytes == plan.weight_bytes
    assert plan.arena_bytes == plan.bound_bytes


@pytest.mark.cc
def test_answers_of_shared_code() -> None:
    graph = pyramid()
    x = np.random.default_rng(0).standard_normal((1, 3, 21, 18)).astype(np.float32)
    want = interpret(graph, {"x0": x})[graph.outputs[0]]
    got = load(plan_of(graph, "native", "memory"))(x)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-5 * np.abs(want).max())


@pytest.mark.cc
def test_every_extent_as_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_extents(tasks: list[Step]) -> tuple[str, ...]:
        return tuple(key for key, value in tasks[0].call.constants if is_extent(key, value))

    monkeypatch.setattr(cpu, "_differing", all_extents)
    cases = tuple(case for case in (*conv_cases.CASES, *pool_cases.CASES) if not case.kernel)[::6]
    assert len(cases) >= 15
    assert {name: why for name, why in run(cases, prefer="memory").items() if why} == {}
