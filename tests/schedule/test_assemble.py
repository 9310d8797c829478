"""The plan's own check: what reaches out of its region or into another's bytes is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.schedule.test_memory import graph_of
from tests.schedule.test_prepared import convolutions
from tests.schedule.test_prepared import plan_of as prepared_plan
from tinsmith.kernels.kernel import HOST
from tinsmith.ops.activations import Relu
from tinsmith.ops.conv import Conv
from tinsmith.request import Request
from tinsmith.schedule.assemble import problems, schedule
from tinsmith.schedule.plan import Argument, Place, Plan, Port, Region, Step
from tinsmith.targets import find

CONV = Conv((1, 1), (1, 1, 1, 1), (1, 1))


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Two convolutions and a Relu, with scratch for two threads and prepared weights."""
    made = prepared_plan(convolutions(0, 1))
    assert any(step.scratch for step in made.steps)
    assert list(problems(made)) == []
    return made


def with_step(plan: Plan, old: Step, new: Step) -> Plan:
    return replace(plan, steps=tuple(new if step is old else step for step in plan.steps))


def smaller(plan: Plan, region: Region, less: int) -> Plan:
    arena = (HOST, region)
    return replace(plan, arenas={**plan.arenas, arena: plan.arenas[arena] - less})


def shrunk(port: Port) -> Port:
    n, *rest = port.type.shape
    return Port(port.name, replace(port.type, shape=(n, *rest[:-1], rest[-1] - 1)))


def test_ends_of_regions_count(plan: Plan) -> None:
    """Starts alone would pass: each region is one unit shorter than what lies in it."""
    (run,) = plan.entries
    cases = {
        "bytes of arena": smaller(plan, Region.ARENA, 1),
        "bytes of weights": replace(plan, weight_bytes=plan.weight_bytes - 64),
        "bytes of prepared": smaller(plan, Region.PREPARED, 64),
        "bytes of input": replace(plan, entries=(
            replace(run, inputs=tuple(map(shrunk, run.inputs))),)),
        "bytes of output": replace(plan, entries=(
            replace(run, outputs=tuple(map(shrunk, run.outputs))),)),
    }
    for text, broken in cases.items():
        found = list(problems(broken))
        assert found, text
        assert all(text in problem for problem in found), found


def test_an_argument_before_its_region_is_found(plan: Plan) -> None:
    step = plan.steps[0]
    moved = replace(step, results=(Argument(Place(Region.ARENA, -64), "v", 64),))
    assert "from -64 on" in "".join(problems(with_step(plan, step, moved)))


def test_scratch_of_every_thread_counts(plan: Plan) -> None:
    step = next(s for s in plan.steps if s.scratch)
    shared = with_step(plan, step, replace(step, pieces=2))
    assert list(problems(shared)) == []
    more = replace(shared, request=replace(plan.request, threads=64))
    assert f"scratch of step '{step.name}': expected to lie within" in "".join(problems(more))
    alone = replace(more, steps=tuple(replace(each, pieces=1) for each in more.steps))
    assert list(problems(alone)) == []


def test_scratch_may_not_lie_in_what_is_alive(plan: Plan) -> None:
    i, step = next((i, s) for i, s in enumerate(plan.steps) if s.scratch)
    alive = next(b for b in plan.buffers if b.place.region is Region.ARENA
                 and b.first_step <= i <= b.last_step)
    moved = replace(step, scratch=alive.place)
    found = "".join(problems(with_step(plan, step, moved)))
    assert f"scratch of step '{step.name}'" in found and "expected apart" in found


@pytest.mark.parametrize("target", ["c", "x86-64-v2", "x86-64-v4", "cortex-m4"])
@pytest.mark.parametrize("channels", [1, 3, 16, 17])
def test_sound_plans_pass(target: str, channels: int) -> None:
    w = np.ones((channels, channels, 3, 3), np.float32)
    graph = graph_of({"x": (1, channels, 9, 7)}, [(CONV, "x w", "a"), (Relu(), "a", "b"),
                                                  (CONV, "b w", "y")], "y a", {"w": w})
    for threads in (1,) if find(target).bare_metal else (1, 3):
        schedule(graph, Request(find(target), threads=threads))  # it raises for any problem


def test_outputs_that_something_else_is_too_are_copied() -> None:
    graph = graph_of({"x": (1, 4)}, [(Relu(), "x", "y")], "x y w y",
                     {"w": np.ones(2, np.float32)})
    made = schedule(graph, Request(find("native"), threads=1))
    assert [port.name for port in made.outputs] == ["x", "y", "w", "y"]
    assert [step.op for step in made.steps] == ["Relu", "Identity", "Identity", "Identity"]
    places = {result.place.index for step in made.steps for result in step.results}
    assert places == {0, 1, 2, 3}
