"""A plan for two devices: each step finds its operands in its own memory, by explicit transfers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.emit.devices import fake
from tests.emit.devices.fake import FAKE, OnFake
from tests.passes.graphs import Sketch, conv, feeds
from tinsmith import pipeline, zoo
from tinsmith.emit.binding import binding
from tinsmith.emit.devices import printer
from tinsmith.emit.devices.cpu import baseline
from tinsmith.emit.host import emit
from tinsmith.emit.names import c_name
from tinsmith.errors import InternalError
from tinsmith.importers.onnx.build import build as graph_of
from tinsmith.importers.onnx.read import read_proto
from tinsmith.ir.graph import Graph
from tinsmith.kernels.kernel import HOST
from tinsmith.kernels.registry import kernels
from tinsmith.ops.activations import Relu
from tinsmith.ops.concat import Concat
from tinsmith.request import Request
from tinsmith.runtime.session import Session
from tinsmith.schedule import paths
from tinsmith.schedule.assemble import problems, schedule
from tinsmith.schedule.plan import Plan, Region
from tinsmith.targets import find
from tinsmith.toolchain import build


def convolutions() -> Graph:
    """Six layers; two of them and a part of a Concat are meant for the device."""
    s = Sketch()
    x = conv(s, s.input(1, 16, 12, 12), 32)
    x = s.node(Relu(), conv(s, x, 32))
    x = s.node(Concat(1), conv(s, x, 16), conv(s, x, 16, kernel=1))
    return s.graph(conv(s, x, 8))


ON_FAKE = ("n_conv1", "n_relu2", "n_conv3")


def on_fake(monkeypatch: pytest.MonkeyPatch, takes: Callable[[str], bool]) -> None:
    """Lets the device have the nodes that ``takes`` names."""
    monkeypatch.setattr(paths, "kernels", lambda: (
        *kernels(), *(OnFake(kernel, takes) for kernel in kernels())))


def plan_of(graph: Graph, threads: int = 2) -> Plan:
    return schedule(graph, Request(find("native"), threads=threads))


def session(plan: Plan) -> Session:
    name = c_name(plan.name)
    sources = {**emit(plan, name, fake.printers), "binding.c": binding(name)}
    library = build(sources, plan.target, kind="shared", baseline=baseline(sources))
    return Session(plan, library, name)


def without(plan: Plan, left_out: Callable[[str, str], bool]) -> Plan:
    """The plan whose transfers (from, to) that are left out move nothing."""
    def kept(devices: tuple[str, str]) -> bool:
        return not left_out(*devices)

    steps = tuple(step for step in plan.steps if step.op != "Transfer" or kept(
        (step.operands[0].place.device, step.results[0].place.device)  # type: ignore[union-attr]
    ))
    return replace(plan, steps=steps)


def test_each_device_has_an_arena_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = convolutions()
    alone = plan_of(graph)
    assert alone.devices == (HOST,)
    assert {device for device, _ in alone.arenas} == {HOST}
    on_fake(monkeypatch, ON_FAKE.__contains__)
    plan = plan_of(graph)
    assert plan.devices == (HOST, FAKE)
    assert plan.arenas[FAKE, Region.ARENA] > 0 < plan.arenas[FAKE, Region.PREPARED]
    assert {step.origin[0] for step in plan.steps
            if step.device == FAKE and step.op != "Transfer"} <= {*ON_FAKE, "concat5"}
    for step in plan.steps:
        places = [a.place for a in (*step.operands, *step.results) if a]
        devices = {place.device for place in places}
        assert devices == ({HOST, FAKE} if step.op == "Transfer" else {step.device})
    for step in plan.tasks:
        if step.device == FAKE:
            assert step.pieces == 1
            if step.op != "Transfer":
                assert all(weight.place.device == FAKE for weight in step.weights)
    assert plan.needed_bytes[-1] == plan.kept_bytes


def test_a_step_cannot_reach_another_device(monkeypatch: pytest.MonkeyPatch) -> None:
    on_fake(monkeypatch, ON_FAKE.__contains__)
    plan = plan_of(convolutions())
    assert list(problems(plan)) == []
    stray = next(step for step in plan.steps if step.device == FAKE and step.op != "Transfer")
    steps = tuple(replace(step, device=HOST) if step is stray else step for step in plan.steps)
    found = list(problems(replace(plan, steps=steps)))
    assert found == [f"step '{stray.name}': expected operands and results in the memory of cpu, "
                     "got some of fake"]


def test_arenas_are_checked_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    on_fake(monkeypatch, ON_FAKE.__contains__)
    plan = plan_of(convolutions())
    arena = (FAKE, Region.ARENA)
    small = replace(plan, arenas={**plan.arenas, arena: plan.arenas[arena] - 64})
    assert any("bytes of arena" in problem for problem in problems(small))
    buffers = tuple(replace(b, place=replace(b.place, offset=0)) if b.place.device == FAKE else b
                    for b in plan.buffers)
    assert any("expected apart" in problem for problem in problems(replace(plan, buffers=buffers)))


def test_a_device_without_a_printer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    on_fake(monkeypatch, ON_FAKE.__contains__)
    with pytest.raises(InternalError, match=r"device 'fake': expected emit/devices/fake\.py"):
        emit(plan_of(convolutions()))
    assert printer(HOST)


@pytest.mark.cc
@pytest.mark.one_target
def test_transfers_bring_what_the_other_device_made(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = convolutions()
    given = feeds(graph)
    wanted = session(plan_of(graph)).run(given)["conv6"]
    on_fake(monkeypatch, ON_FAKE.__contains__)
    plan = plan_of(graph)
    running = session(plan)
    for one in (running, running, running.clone(), running):
        assert np.array_equal(one.run(given)["conv6"], wanted)
    for source in (HOST, FAKE):  # the memories are apart: what is not transferred is not there
        fewer = without(plan, lambda a, b, source=source: a == source)  # type: ignore[misc]
        assert len(fewer.steps) < len(plan.steps)
        assert not np.array_equal(session(fewer).run(given)["conv6"], wanted)


@pytest.mark.cc
@pytest.mark.one_target
def test_half_of_squeezenet_runs_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = pipeline.optimise(graph_of(read_proto(zoo.build("squeezenet1.1")), {}, {})).graph
    given = feeds(graph)
    alone = plan_of(graph)
    names = [node.name for node in graph.nodes]
    quarter = len(names) // 4
    middle = frozenset(names[quarter:-quarter])
    on_fake(monkeypatch, middle.__contains__)
    plan = plan_of(graph)
    elsewhere = [s for s in plan.steps if s.device == FAKE and s.op != "Transfer"]
    assert len(alone.steps) * 0.4 < len(elsewhere) < len(alone.steps) * 0.6
    wanted, got = session(alone).run(given), session(plan).run(given)
    for value in graph.outputs:
        assert np.array_equal(got[value], wanted[value])
