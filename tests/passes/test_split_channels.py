"""split_channels."""

from __future__ import annotations

import pytest

from tests.passes.graphs import Sketch, check, ops, skips
from tinsmith import pipeline
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.activations import Relu
from tinsmith.ops.conv import Conv
from tinsmith.passes.split_channels import split_channels

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
    after = check(split_channels, graph)
    assert ops(after) == ["Conv", "Conv"] * 2 + ["Concat"]
    assert [after.types[n.outputs[0]].shape[1] for n in after.nodes[:-1:2]] == [32, 40]
    assert after.nodes[0].origin == graph.nodes[0].origin
    assert after.nodes[1].origin == graph.nodes[1].origin


def test_one_channel_block_at_least() -> None:
    s = Sketch()
    after = check(split_channels, s.graph(block(s, s.input(1, 3, 140, 140), 3, 40)))
    assert [after.types[n.outputs[0]].shape[1] for n in after.nodes[:-1:2]] == [16, 16, 8]


def test_memory_is_saved_and_the_parts_are_no_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    s = Sketch()
    x = block(s, s.input(1, 8, 64, 64), 8, 160)
    graph = s.graph(s.node(point(None), x, s.weight(8, 160, 1, 1)))
    split = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "cortex-a53", 1))
    monkeypatch.setattr("tinsmith.passes.split_channels.NEAR_BYTES", 1 << 30)
    whole = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "cortex-a53", 1))
    each = 4 * 160 * 64 * 64
    assert whole.arena_bytes >= 2 * each
    assert split.arena_bytes <= 1.5 * each
    assert {step.call.kernel for step in split.steps} == {step.call.kernel for step in whole.steps}


@pytest.mark.parametrize(("x", "few", "many", "stride", "reason"), [
    ((1, 4, 32, 32), 4, 32, 1, SMALL),
    ((1, 4, 200, 200), 4, 16, 1, SMALL),
    ((2, 4, 96, 100), 4, 72, 1, SMALL),
    ((1, 64, 96, 96), 64, 64, 1, "in parts it would take more memory"),
])
def test_refusals(x: tuple[int, ...], few: int, many: int, stride: int, reason: str) -> None:
    s = Sketch()
    assert skips(split_channels, s.graph(block(s, s.input(*x), few, many, stride))) == [reason]


def test_refuses_what_others_read() -> None:
    s = Sketch()
    wide = s.node(point(), s.input(1, 4, 96, 100), s.weight(72, 4, 1, 1))
    graph = s.graph(s.node(deep(72), wide, s.weight(72, 1, 3, 3)), s.node(Relu(), wide))
    assert skips(split_channels, graph) == [f"others read '{wide}' too"]


def test_refuses_groups_residuals_and_weights_known_at_run_time() -> None:
    s = Sketch()
    x = s.input(1, 4, 96, 100)
    grouped = s.node(Conv((1, 1), (0,) * 4, (1, 1), 2, CLIP), x, s.weight(72, 2, 1, 1))
    given = s.node(point(), x, s.input(72, 4, 1, 1))
    added = s.node(point(None), x, s.weight(72, 4, 1, 1), "", s.input(1, 72, 96, 100))
    graph = s.graph(*(s.node(deep(72), wide, s.weight(72, 1, 3, 3))
                      for wide in (grouped, given, added)))
    assert skips(split_channels, graph) == [
        "one of the two has groups, a residual or weights that are not constant"] * 3
