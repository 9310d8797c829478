"""split_channels."""

from __future__ import annotations

import numpy as np
import pytest

from tests.passes.graphs import Sketch, check, feeds, ops, skips
from tinsmith import pipeline
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.activations import Relu
from tinsmith.ops.conv import Conv
from tinsmith.passes.bound import bind
from tinsmith.passes.manager import run
from tinsmith.passes.split_channels import near_bytes, split_channels
from tinsmith.passes.standard import FUSIONS, STANDARD, bound_to
from tinsmith.request import Request
from tinsmith.runtime.session import load
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find

LARGE = Request(find("x86-64-v4"))  # vectors of 16, 1 MiB of second cache
CLIP = Activation("clip", 0, 6)
SMALL = "what lies between the two is small, or its channels are few"


def point(activation: Activation | None = CLIP) -> Conv:
    return Conv((1, 1), (0, 0, 0, 0), (1, 1), 1, activation)


def deep(channels: int, stride: int = 1) -> Conv:
    return Conv((stride, stride), (1, 1, 1, 1), (1, 1), channels, CLIP)


def block(s: Sketch, x: str, few: int, many: int, stride: int = 1, bias: bool = True) -> str:
    """An expansion and a depthwise convolution."""
    wide = s.node(point(), x, s.weight(many, few, 1, 1), *([s.weight(many)] if bias else []))
    return s.node(deep(many, stride), wide, s.weight(many, 1, 3, 3),
                  *([s.weight(many)] if bias else []))


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("stride", [1, 2])
def test_parts(stride: int, bias: bool) -> None:
    s = Sketch()
    graph = s.graph(block(s, s.input(1, 4, 64, 64), 4, 72, stride, bias))
    after = check(bind(split_channels, LARGE), graph)
    assert ops(after) == ["Conv", "Conv"] * 2 + ["Concat"]
    assert [after.types[n.outputs[0]].shape[1] for n in after.nodes[:-1:2]] == [32, 40]
    assert after.nodes[0].origin == graph.nodes[0].origin
    assert after.nodes[1].origin == graph.nodes[1].origin


def test_one_channel_block_at_least() -> None:
    s = Sketch()
    after = check(bind(split_channels, LARGE), s.graph(block(s, s.input(1, 3, 140, 140), 3, 40)))
    assert [after.types[n.outputs[0]].shape[1] for n in after.nodes[:-1:2]] == [16, 16, 8]


def test_memory_is_saved_and_the_parts_are_no_copies() -> None:
    s = Sketch()
    x = block(s, s.input(1, 8, 64, 64), 8, 160)
    graph = s.graph(s.node(point(None), x, s.weight(8, 160, 1, 1)))
    request = Request(find("cortex-a53"))
    plain = run(graph, (*STANDARD, *FUSIONS)).graph
    split = schedule(run(plain, bound_to(request)).graph, request)
    whole = schedule(plain, request)
    each = 4 * 160 * 64 * 64
    assert whole.arena_bytes >= 2 * each
    assert split.arena_bytes <= 1.5 * each
    assert {step.call.kernel for step in split.steps} <= {step.call.kernel for step in whole.steps}


def inverted_residual() -> Graph:
    """One of 128 KiB between its convolutions."""
    s = Sketch()
    x = block(s, s.input(1, 4, 32, 32), 4, 32, 2)
    return s.graph(s.node(point(None), x, s.weight(4, 32, 1, 1)))


@pytest.mark.parametrize(("target", "parts"), [
    ("cortex-m4", 8), ("cortex-a53", 1), ("x86-64-v3", 1)])
def test_the_machine_decides(target: str, parts: int) -> None:
    graph = inverted_residual()
    optimised = pipeline.optimise(graph, Request(find(target)), paranoid=True)
    assert ops(optimised.graph).count("Conv") == 2 * parts + 1
    assert any(step.name == "split_channels" for step in optimised.log)
    given = feeds(graph)
    (got,), (want,) = (interpret(g, given).values() for g in (optimised.graph, graph))
    assert np.allclose(got, want, rtol=0, atol=1e-5 * np.abs(want).max())


def test_what_is_near() -> None:
    assert near_bytes(find("cortex-a53")) == 512 << 10
    assert 0 < near_bytes(find("cortex-m4")) < 64 << 10


@pytest.mark.cc
def test_a_graph_split_for_another_machine_runs() -> None:
    graph = inverted_residual()
    small = pipeline.optimise(graph, Request(find("cortex-m4"))).graph
    given = feeds(graph)
    (got,) = load(schedule(small, Request(find("native")))).run(given).values()
    (want,) = interpret(graph, given).values()
    assert np.allclose(got, want, rtol=0, atol=1e-5 * np.abs(want).max())


@pytest.mark.parametrize(("x", "few", "many", "stride", "reason"), [
    ((1, 4, 32, 32), 4, 32, 1, SMALL),
    ((1, 4, 200, 200), 4, 16, 1, SMALL),
    ((2, 4, 96, 100), 4, 72, 1, SMALL),
    ((1, 64, 96, 96), 64, 64, 1, "in parts it would take more memory"),
])
def test_refusals(x: tuple[int, ...], few: int, many: int, stride: int, reason: str) -> None:
    s = Sketch()
    graph = s.graph(block(s, s.input(*x), few, many, stride))
    assert skips(bind(split_channels, LARGE), graph) == [reason]


def test_refuses_what_others_read() -> None:
    s = Sketch()
    wide = s.node(point(), s.input(1, 4, 96, 100), s.weight(72, 4, 1, 1))
    graph = s.graph(s.node(deep(72), wide, s.weight(72, 1, 3, 3)), s.node(Relu(), wide))
    assert skips(bind(split_channels, LARGE), graph) == [f"others read '{wide}' too"]


def test_refuses_groups_residuals_and_weights_known_at_run_time() -> None:
    s = Sketch()
    x = s.input(1, 4, 96, 100)
    grouped = s.node(Conv((1, 1), (0,) * 4, (1, 1), 2, CLIP), x, s.weight(72, 2, 1, 1))
    given = s.node(point(), x, s.input(72, 4, 1, 1))
    added = s.node(point(None), x, s.weight(72, 4, 1, 1), "", s.input(1, 72, 96, 100))
    graph = s.graph(*(s.node(deep(72), wide, s.weight(72, 1, 3, 3))
                      for wide in (grouped, given, added)))
    assert skips(bind(split_channels, LARGE), graph) == [
        "one of the two has groups, a residual or weights that are not constant"] * 3
