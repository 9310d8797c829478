"""A network that amplifies rounding gets fewer fast algorithms, as seen on its inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.schedule.test_memory import graph_of
from tests.schedule.test_prepared import CONV, convolutions, weight
from tinsmith import pipeline
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.activations import Sigmoid
from tinsmith.ops.arithmetic import Mul
from tinsmith.runtime.rounding import effect, with_noise

X = {"x": np.random.default_rng(5).standard_normal((1, 32, 16, 16)).astype(np.float32)}


def steep(factor: float) -> Graph:
    """Convolutions and a sigmoid so steep that a small error before it is a large one behind."""
    return graph_of(
        {"x": (1, 32, 16, 16)},
        [(CONV, "x w0", "a"), (CONV, "a w1", "b"), (Mul(), "b k", "c"), (Sigmoid(), "c", "y")],
        "y", {"w0": weight(0), "w1": weight(1), "k": np.array(factor, np.float32)})


def test_without_fast_algorithms_there_is_no_effect() -> None:
    assert effect(convolutions(0, 1), {}, X) == 0.0


def test_the_effect_grows_with_what_is_added_and_with_what_amplifies_it() -> None:
    graph = convolutions(0, 1)
    names = [node.name for node in graph.nodes]
    small, large = (effect(graph, dict.fromkeys(names, size), X) for size in (1e-6, 1e-5))
    assert 0 < small < 0.1
    assert large == pytest.approx(10 * small, rel=0.2)
    gentle, sharp = (effect(steep(f), dict.fromkeys(names, 1e-6), X) for f in (0.01, 1.0))
    assert sharp > 5 * gentle


def test_a_plan_for_inputs_keeps_its_error_within_half_of_what_is_allowed() -> None:
    gentle, sharp = (pipeline.optimise(steep(f)).graph for f in (1e-3, 10.0))
    target = "x86-64-v3"
    request = pipeline.request_for(gentle, target, 1)
    free = pipeline.plan(gentle, request)
    assert free.roundings
    assert pipeline.plan(gentle, request, X).roundings == free.roundings
    quiet = pipeline.plan(sharp, request, X)
    assert sum(quiet.roundings.values()) < sum(pipeline.plan(sharp, request).roundings.values())
    assert effect(sharp, quiet.roundings, X) <= 2 * pipeline.SHARE


def test_noise_comes_in_before_a_fused_activation() -> None:
    """tanh makes 1 of 1,000, and of its noise nothing."""
    graph = convolutions(0, 1)
    graph = graph.replace(nodes=(graph.nodes[0], replace(
        graph.nodes[1], op=replace(CONV, activation=Activation("tanh")))))
    large = {"x": X["x"] * 1000}
    noise = {graph.nodes[1].name: 1e-2}
    name, = graph.outputs
    apart = np.abs(with_noise(graph, noise, large)[name] - interpret(graph, large)[name])
    assert np.median(apart) == 0.0
    assert apart.max() > 1e-2
