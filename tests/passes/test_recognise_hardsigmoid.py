"""recognise_hardsigmoid."""

import pytest

from tests.passes.graphs import Sketch, check, ops
from tinsmith.ops.activations import Clip
from tinsmith.ops.arithmetic import Add, Div, Mul, Sub
from tinsmith.passes.recognise_hardsigmoid import recognise_hardsigmoid


@pytest.mark.parametrize("way", ["div", "mul", "mul first"])
def test_relu6_of_x_and_three_by_six(way: str) -> None:
    s = Sketch()
    y = s.node(Clip(0, 6), s.node(Add(), s.constant(3.0), s.input(40)))
    if way == "div":
        y = s.node(Div(), y, s.constant(6.0))
    elif way == "mul":
        y = s.node(Mul(), y, s.constant(1 / 6))
    else:
        y = s.node(Mul(), s.constant([1 / 6]), y)
    assert ops(check(recognise_hardsigmoid, s.graph(y))) == ["HardSigmoid"]


@pytest.mark.parametrize("way", ["mul add", "div sub", "mul", "add"])
def test_clip_of_an_affine_function(way: str) -> None:
    s = Sketch()
    y = s.input(40)
    if way != "add":
        y = s.node(Div() if "div" in way else Mul(), y, s.constant(0.7))
    if way != "mul":
        y = s.node(Sub() if "sub" in way else Add(), y, s.constant(-0.4))
    assert ops(check(recognise_hardsigmoid, s.graph(s.node(Clip(0, 1), y)))) == ["HardSigmoid"]


def test_leaves_others() -> None:
    s = Sketch()
    x = s.input(40)
    six = s.node(Clip(0, 6), s.node(Add(), x, s.constant(3.0)))
    shared = s.node(Add(), x, s.constant(0.5))
    graph = s.graph(
        s.node(Clip(0, 1), x), s.node(Div(), six, s.constant(5.0)), shared,
        s.node(Clip(0, 1), shared), s.node(Clip(0, 1), s.node(Sub(), s.constant(1.0), x)),
        s.node(Clip(0, 1), s.node(Div(), s.constant(1.0), x)),
        s.node(Clip(-1, 1), s.node(Add(), x, s.constant(1.0))),
        s.node(Div(), s.constant(6.0), s.node(Clip(0, 6), s.node(Add(), x, s.constant(3.0)))))
    assert recognise_hardsigmoid(graph) is graph
