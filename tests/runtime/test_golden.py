"""Answers of a self-test, and how far each output may be from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import tinsmith
from tests.passes.graphs import Sketch, conv, feeds
from tests.test_layers import imported
from tinsmith.dtypes import DType
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Add, Div, Mul, Sqrt, Sub
from tinsmith.ops.conv import Conv
from tinsmith.ops.quantize_linear import DequantizeLinear, QuantizeLinear
from tinsmith.ops.reduce import ReduceMean
from tinsmith.ops.rounding import Floor
from tinsmith.ops.topk import ArgMax
from tinsmith.runtime.golden import (
    CAP,
    JUMP_CAP,
    SOURCES,
    answers,
    golden,
    read_golden,
    write_golden,
)
from tinsmith.tolerance import SAME, UNLIKE, Distance, distance

PACKAGE = Path(tinsmith.__file__).parent


def variance_by_difference(rows: int = 64) -> tuple[Sketch, str, str]:
    """x / sqrt(E[x^2] - E[x]^2 + 1e-6): nothing but rounding where rows hardly vary."""
    g = Sketch()
    x = g.input(4, rows)
    mean = g.node(ReduceMean((1,)), x)
    square = g.node(ReduceMean((1,)), g.node(Mul(), x, x))
    variance = g.node(Sub(), square, g.node(Mul(), mean, mean))
    deviation = g.node(Sqrt(), g.node(Add(), variance, g.constant(1e-6)))
    return g, x, g.node(Div(), x, deviation)


def test_a_sound_network_is_held_to_what_its_type_allows() -> None:
    g = Sketch()
    y = g.node(Relu(), conv(g, g.input(1, 8, 12, 12), 8))
    graph = g.graph(y)
    found = answers(graph, feeds(graph), "f32", "")
    assert found.allowed == {y: Distance(1e-4, 1e-4)}
    assert found.outputs[y].dtype == np.float32


def test_a_network_that_amplifies_rounding_is_allowed_what_it_amplifies() -> None:
    g, x, y = variance_by_difference()
    graph = g.graph(y)
    given = {x: (10 + np.random.default_rng(0).normal(0, 0.3, (4, 64))).astype(np.float32)}
    found = answers(graph, given, "f32", "")
    exact = given[x] / np.sqrt(given[x].astype(np.float64).var(1, keepdims=True) + 1e-6)
    assert distance(found.outputs[y].astype(np.float64), exact).largest < 2e-7
    assert 1e-4 < found.allowed[y].largest < CAP.largest


def test_another_input_is_taken_where_rounding_decides() -> None:
    g, x, y = variance_by_difference()
    graph = g.graph(y)
    bad = {x: np.full((4, 64), 100.1, np.float32)}
    good = {x: np.random.default_rng(0).standard_normal((4, 64)).astype(np.float32)}
    assert answers(graph, bad, "f32", "").allowed == {y: UNLIKE}
    found = golden(graph, [("bad", bad), ("good", good)])
    assert found.source == "good"
    assert found.allowed == {y: Distance(1e-4, 1e-4)}
    assert golden(graph, [("bad", bad)]).doubtful == (y,)


def test_what_float32_means_is_the_answer_where_it_is_settled() -> None:
    g = Sketch()
    x = g.input(1, 4, 6, 6)
    rounded = g.constant(12582912.0)
    total = g.node(Mul(), conv(g, x, 4), g.constant(20.0))
    y = g.node(Sub(), g.node(Add(), total, rounded), rounded)
    graph = g.graph(y)
    found = answers(graph, feeds(graph), "f32", "")
    assert np.array_equal(found.outputs[y], np.rint(found.outputs[y]))
    assert found.allowed[y].within(JUMP_CAP)


def test_a_jump_on_what_is_settled_allows_nothing_more() -> None:
    g = Sketch()
    x = g.input(1, 200)
    y = g.node(Floor(), g.node(Div(), x, g.constant(41.0)))
    graph = g.graph(y)
    given = {x: np.arange(200, dtype=np.float32)[None]}
    assert answers(graph, given, "f32", "").allowed == {y: Distance(1e-4, 1e-4)}


def test_steps_of_a_quantiser_behind_a_sum_are_allowed_by_how_many_and_how_far() -> None:
    g = Sketch()
    x = g.input(1, 16, 16, 16)
    scale, zero = g.constant(0.02), g.constant(128, "uint8")
    q = g.node(QuantizeLinear(DType.U8), conv(g, x, 16), scale, zero)
    y = g.node(DequantizeLinear(DType.F32), q, scale, zero)
    graph = g.graph(q, y)
    found = answers(graph, feeds(graph), "f32", "")
    assert found.allowed[q].largest == 2
    assert 0 < found.allowed[q].mean < 0.1
    assert 1e-4 < found.allowed[y].largest < 0.05
    assert found.allowed[y].mean < 1e-3
    flipped = found.outputs[q].copy()
    flipped.reshape(-1)[7] ^= 1
    assert distance(flipped, found.outputs[q]).within(found.allowed[q])
    assert not distance(flipped + np.uint8(4), found.outputs[q]).within(found.allowed[q])
    assert not distance(np.roll(flipped, 1, 1), found.outputs[q]).within(found.allowed[q])


def test_indices_are_equal_where_there_is_no_tie() -> None:
    g = Sketch()
    x = g.input(1, 8, 6, 6)
    y = g.node(ArgMax(1), conv(g, x, 8))
    graph = g.graph(y)
    found = answers(graph, feeds(graph), "f32", "")
    assert found.allowed[y] == SAME


def test_halves_that_overflow_on_the_way_are_checked_by_what_float32_gives() -> None:
    g = Sketch()
    x = g.input(1, 8, 4, 4, dtype=DType.F16)
    w = g.constant(g.random.uniform(-1, 1, (8, 8, 1, 1)).astype(np.float16))
    y = g.node(Conv((1, 1), (0, 0, 0, 0), (1, 1)), x, w)
    large = g.node(Mul(), y, g.constant(60000, "float16"))
    y = g.node(Mul(), large, g.constant(2.0**-16, "float16"))
    graph = g.graph(y)
    found = answers(graph, feeds(graph), "f16", "")
    assert np.isfinite(found.outputs[y]).all()
    assert found.allowed == {y: Distance(2e-3, 2e-3)}


def test_answers_come_back_from_a_folder(tmp_path: Path) -> None:
    g, x, y = variance_by_difference()
    graph = g.graph(y)
    for value in (100.1, 1.0):
        given = {x: (np.random.default_rng(0).uniform(0, value, (4, 64)) if value == 1 else
                     np.full((4, 64), value)).astype(np.float32)}
        found = answers(graph, given, "f32", "a word")
        write_golden(tmp_path, found)
        back = read_golden(tmp_path, graph)
        assert (back.allowed, back.source) == (found.allowed, "a word")
        assert np.array_equal(back.inputs[x], given[x])
        assert np.array_equal(back.outputs[y], found.outputs[y], equal_nan=True)


def file_of(module: str) -> str:
    """The file, inside the package, of something that is imported."""
    parts = module.split(".")[1:]
    names = ("/".join(parts[:i]) + ".py" for i in range(len(parts), 0, -1))
    return next(name for name in names if (PACKAGE / name).is_file())


def test_kept_answers_are_made_anew_when_what_makes_them_changes() -> None:
    read = {file_of(name) for source in SOURCES for _, name in imported(PACKAGE / source)
            if name.startswith("tinsmith.")}
    read = {name for name in read if not name.startswith(("ir/", "ops/"))}
    holds_data = {"errors.py", "emit/bundle.py", "schedule/plan.py"}
    assert "passes/exactness.py" in read
    assert read - holds_data <= set(SOURCES)
