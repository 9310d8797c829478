"""Faults that are planted in compiled code are refused by the self-test, and nothing else is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.passes.graphs import Sketch, batchnorm, conv
from tests.runtime.test_golden import variance_by_difference
from tinsmith import pipeline
from tinsmith.dtypes import DType
from tinsmith.emit.bundle import Golden
from tinsmith.errors import SelftestError
from tinsmith.ir.graph import Graph, Node
from tinsmith.ops.activations import Relu, Sigmoid
from tinsmith.ops.arithmetic import Add
from tinsmith.ops.conv import Conv
from tinsmith.ops.identity import Identity
from tinsmith.ops.quantize_linear import DequantizeLinear, QuantizeLinear
from tinsmith.runtime.compare import check_answers
from tinsmith.runtime.program import build_program, selftest
from tinsmith.runtime.session import load
from tinsmith.schedule.plan import Plan

pytestmark = pytest.mark.cc


def float_network(side: int = 20) -> Graph:
    """Convolutions, one with a residual, and a Sigmoid that hides a part of every error."""
    g = Sketch()
    x = g.node(Relu(), conv(g, g.input(1, 3, side, side), 16))
    y = g.node(Relu(), conv(g, x, 16, pad=1))
    y = g.node(Relu(), g.node(Add(), x, conv(g, y, 16)))
    return g.graph(g.node(Sigmoid(), conv(g, y, 8, kernel=1)))


def quantised_network() -> Graph:
    """The same with every activation rounded to a byte."""
    g = Sketch()

    def stored(x: str, scale: float) -> str:
        q = g.node(QuantizeLinear(DType.U8), x, g.constant(scale), g.constant(120, "uint8"))
        return g.node(DequantizeLinear(DType.F32), q, g.constant(scale), g.constant(120, "uint8"))

    x = stored(g.node(Relu(), conv(g, stored(g.input(1, 3, 20, 20), 0.03), 16)), 0.1)
    y = stored(g.node(Relu(), conv(g, x, 16, pad=1)), 0.3)
    y = stored(g.node(Relu(), g.node(Add(), x, stored(conv(g, y, 16), 1.5))), 1.5)
    return g.graph(stored(g.node(Sigmoid(), conv(g, y, 8, kernel=1)), 0.008))


NETWORKS = {"float": float_network, "quantised": quantised_network}


def second_conv(graph: Graph) -> Node:
    return [node for node in graph.nodes if isinstance(node.op, Conv)][1]


def with_weights(graph: Graph, change: Callable[[np.ndarray], np.ndarray]) -> Graph:
    name = second_conv(graph).inputs[1]
    return graph.replace(weights={**graph.weights, name: change(graph.weights[name].copy())})


def wrong_weight(graph: Graph) -> Graph:
    def change(w: np.ndarray) -> np.ndarray:
        w.reshape(-1)[np.abs(w).argmax()] *= -1
        return w
    return with_weights(graph, change)


def swapped_channel(graph: Graph) -> Graph:
    return with_weights(graph, lambda w: w[[1, 0, *range(2, len(w))]])


def with_node(graph: Graph, old: Node, new: Node) -> Graph:
    return graph.replace(nodes=tuple(new if n is old else n for n in graph.nodes))


def wrong_pad(graph: Graph) -> Graph:
    node = second_conv(graph)
    assert isinstance(node.op, Conv)
    return with_node(graph, node, node.replace(op=replace(node.op, pads=(0, 1, 2, 1))))


def dropped_residual(graph: Graph) -> Graph:
    (node,) = (n for n in graph.nodes if isinstance(n.op, Add))
    return with_node(graph, node, node.replace(op=Identity(), inputs=node.inputs[1:]))


FAULTS = (wrong_weight, wrong_pad, swapped_channel, dropped_residual)


def planned(graph: Graph, target: str = "native", threads: int = 2) -> Plan:
    return pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, target, threads))


def check(made: Plan, answers: Golden) -> None:
    session = load(made)
    try:
        check_answers(session.run(answers.inputs), answers)
    finally:
        session.close()


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("target", ["native", "c"])
def test_a_sound_network_passes(network: str, target: str) -> None:
    graph = NETWORKS[network]()
    check(planned(graph, target), pipeline.golden(graph))


@pytest.mark.parametrize(("value", "varies", "checked"), [
    (0.3, 0.1, True), (10.0, 1.0, True), (100.1, 0.01, False)])
def test_a_variance_by_difference_passes_whatever_its_rows_are(
        value: float, varies: float, checked: bool) -> None:
    """Of rows that hardly vary it is rounding, which another input does not meet."""
    g, x, y = variance_by_difference(2048)
    graph = g.graph(y)
    rows = np.full((4, 2048), value, np.float32)
    rows[:, ::2] += np.float32(varies)
    answers = pipeline.golden(graph, "f32", {x: rows})
    check(planned(graph), answers)
    assert answers.doubtful == (() if checked else (y,))
    assert not pipeline.golden(graph).doubtful
    check(planned(graph), pipeline.golden(graph))


def test_a_deep_network_of_skips_and_sigmoids_passes() -> None:
    g = Sketch()
    x = conv(g, g.input(1, 3, 24, 24), 16)
    for _ in range(12):
        inner = g.node(Relu(), batchnorm(g, conv(g, x, 16)))
        x = g.node(Relu(), g.node(Add(), x, batchnorm(g, conv(g, inner, 16))))
    graph = g.graph(*(g.node(Sigmoid(), conv(g, x, 1)) for _ in range(3)))
    answers = pipeline.golden(graph)
    assert not answers.doubtful
    check(planned(graph), answers)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_refused(network: str, fault: Callable[[Graph], Graph]) -> None:
    graph = NETWORKS[network]()
    with pytest.raises(SelftestError, match=r"selftest: network: .*FAILED.*at element"):
        check(planned(fault(graph)), pipeline.golden(graph))


@pytest.mark.parametrize("network", NETWORKS)
def test_a_thread_that_leaves_out_its_part_is_refused(network: str) -> None:
    """What a race does when a thread is late: others read what was there before."""
    graph = NETWORKS[network]()
    made, answers = planned(graph), pipeline.golden(graph)
    shared = [i for i, step in enumerate(made.steps) if step.call.chunks > 1]
    assert shared
    for i in shared:
        step = made.steps[i]
        call = replace(step.call, chunks=step.call.chunks - 1)
        steps = (*made.steps[:i], replace(step, call=call), *made.steps[i + 1:])
        with pytest.raises(SelftestError, match="FAILED"):
            check(replace(made, steps=steps), answers)


@pytest.mark.parametrize(("target", "on"), [
    ("native", "here"), pytest.param("cortex-m4", "qemu", marks=pytest.mark.qemu)])
def test_the_program_of_a_bundle_refuses_them_too(target: str, on: str) -> None:
    if on == "qemu" and not (shutil.which("qemu-system-arm")
                             and shutil.which("arm-none-eabi-gcc")):
        pytest.skip("no emulator or compiler for a board")
    compiler = "gcc" if on == "qemu" else "zig"
    graph = float_network(side=8)
    for fault in (wrong_weight, dropped_residual):
        made = planned(fault(graph), target, 1)
        files = pipeline.bundle_files(graph, made)
        with pytest.raises(SelftestError, match=r"FAILED.*farthest at element"):
            selftest(build_program(files, made.target, compiler), made.target, files, on)
    made = planned(graph, target, 1)
    files = pipeline.bundle_files(graph, made)
    lines = selftest(build_program(files, made.target, compiler), made.target, files, on)
    assert ": passed, error" in lines[0]
    assert [line for line in lines[1:] if not line.startswith("stack: ")] == []
