"""What fast algorithms may add to rounding: estimates, the budget of a network, small memories."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.passes.graphs import Sketch
from tests.schedule.test_memory import graph_of
from tests.schedule.test_prepared import CONV, convolutions
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.ir.op import Op
from tinsmith.kernels.conv.winograd_algorithms import F43, F63, Algorithm, noise
from tinsmith.ops.arithmetic import Exp
from tinsmith.ops.conv import Conv
from tinsmith.ops.rounding import Floor
from tinsmith.pipeline import compile
from tinsmith.request import Request
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.budget import level, total
from tinsmith.schedule.fit import shortfalls
from tinsmith.targets import find

WINOGRAD = "conv2d_winograd"


def seen_noise(algorithm: Algorithm, w: np.ndarray, sums: str) -> float:
    """The error of float32 sums by an algorithm on random tiles, as a share of the results."""
    m, f = algorithm.matrices, np.float32
    n, taps, out = algorithm.inputs, algorithm.taps, algorithm.outputs
    x = np.random.default_rng(1).standard_normal((64, w.shape[1], n, n)).astype(f)
    wide = np.zeros((64, w.shape[0], out, out))
    direct = wide.astype(f)
    for c in range(w.shape[1]):
        for i in range(taps):
            for j in range(taps):
                part = x[:, None, c, i:i + out, j:j + out]
                direct += part * w[None, :, c, i, j, None, None]
                wide += part.astype(float) * w[None, :, c, i, j, None, None].astype(float)
    products = np.zeros((64, w.shape[0], n, n), f)
    u, v = (m.g @ w @ m.g.T).astype(f), m.bt.astype(f) @ x @ m.bt.T.astype(f)
    for c in range(w.shape[1]):
        products += u[None, :, c] * v[:, None, c]
    got = m.at.astype(f) @ products @ m.at.T.astype(f) if sums == "fast" else direct
    return float(np.sqrt(np.mean((got - wide)**2) / np.mean(wide**2)))


@pytest.mark.parametrize("algorithm", [F43, F63], ids=lambda a: a.name)
@pytest.mark.parametrize("channels", [8, 64])
def test_noise_is_between_what_is_seen_and_four_times_that(algorithm: Algorithm,
                                                           channels: int) -> None:
    w = np.random.default_rng(0).standard_normal((16, channels, 3, 3)).astype(np.float32)
    seen = seen_noise(algorithm, w, "fast") / seen_noise(algorithm, w, "direct")
    assert seen <= noise(algorithm, w) <= 4 * seen


def test_six_outputs_are_noisier_than_four() -> None:
    w = np.random.default_rng(0).standard_normal((8, 8, 3, 3)).astype(np.float32)
    assert noise(F63, w) > 1.5 * noise(F43, w)
    assert noise(F43, np.zeros((8, 8, 3, 3), np.float32)) == 1.0


def test_the_level_uses_up_the_budget() -> None:
    assert level([], 1.0) == level([0.1, 0.2], 1.0) == math.inf
    found = [0.1, 3.0, 5.0, 4.0]
    cut = level(found, 2.0)
    assert total([min(each, cut) for each in found]) == pytest.approx(2.0)


def test_a_network_over_its_budget_takes_quieter_algorithms() -> None:
    graph = convolutions(*range(6))
    free = schedule(graph, Request(find("x86-64-v3")))
    assert total(tuple(free.roundings.values())) > 0
    half = total(tuple(free.roundings.values())) / 2
    quiet = schedule(graph, Request(find("x86-64-v3")), budget=half)
    assert total(tuple(quiet.roundings.values())) <= half
    assert schedule(graph, Request(find("x86-64-v3")), budget=0.0).roundings == {}
    assert schedule(graph, Request(find("x86-64-v3")).direct()).roundings == {}


def large(channels: int) -> Graph:
    """A convolution whose transformed filters take four times the bytes."""
    w = np.random.default_rng(0).standard_normal((channels, channels, 3, 3)).astype(np.float32)
    return graph_of({"x": (1, channels, 8, 8)}, [(CONV, "x w", "y")], "y", {"w": w})


def test_what_does_not_fit_a_chip_transformed_is_computed_directly() -> None:
    target = find("cortex-m4")
    flash = next(m.bytes for m in target.memories if m.name == "flash")
    channels = int(math.sqrt(flash / (2 * 36)))  # half of the flash; twice as much, transformed
    plan = schedule(large(channels), Request(target))
    assert not list(shortfalls(plan))
    assert plan.roundings == {}
    whole = schedule(large(int(math.sqrt(flash / 20))), Request(target))
    assert [short.what for short in shortfalls(whole)][:1] == ["weights"]


def sums(taps: int, *behind: Op) -> Graph:
    """A convolution by 0 and 1, and what reads it."""
    s = Sketch()
    weights = np.random.default_rng(0).integers(0, 2, (64, 64, taps, taps)).astype(np.float32)
    y = s.node(Conv((1, 1), (taps // 2,) * 4, (1, 1)), s.input(1, 64, 56, 56), s.constant(weights))
    for op in behind:
        y = s.node(op, y)
    return s.graph(y)


@pytest.mark.parametrize("target", ["x86-64-v4", "x86-64-v3", "c"])
def test_exact_sums_are_direct_where_something_jumps_behind_them(target: str) -> None:
    def kernels(graph: Graph) -> set[str]:
        return {step.call.kernel for step in schedule(graph, Request(find(target))).steps}

    assert WINOGRAD in kernels(sums(3))
    assert WINOGRAD in kernels(sums(3, Exp(), Floor()))
    assert WINOGRAD not in kernels(sums(3, Floor()))


@pytest.mark.cc
@pytest.mark.parametrize("taps", [1, 3])
def test_whole_numbers_are_whole_where_they_are_cut(taps: int) -> None:
    graph = sums(taps, Floor())
    feeds = {"x0": np.random.default_rng(1).integers(0, 4, (1, 64, 56, 56)).astype(np.float32)}
    (want,), (got,) = (found.values() for found in (
        interpret(graph, feeds), compile(graph, threads=1, check=False).run(feeds)))
    assert np.array_equal(got, want)
