"""recognise_hardswish."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch, check, ops
from tinsmith.ops.activations import Clip, HardSigmoid
from tinsmith.ops.arithmetic import Add, Div, Mul
from tinsmith.passes.recognise_hardswish import recognise_hardswish


@pytest.mark.parametrize("way", range(5))
def test_each_form(way: int) -> None:
    s = Sketch()
    x, sixth = s.input(3, 20), s.constant(1 / 6)
    if way == 0:
        y = s.node(Mul(), s.node(HardSigmoid(1 / 6, 0.5), x), x)
    else:
        six = s.node(Clip(0, 6), s.node(Add(), x, s.constant(3.0)))
        if way == 1:
            y = s.node(Div(), s.node(Mul(), x, six), s.constant(6.0))
        elif way == 2:
            y = s.node(Mul(), s.node(Mul(), six, x), sixth)
        elif way == 3:
            y = s.node(Mul(), s.node(Mul(), x, sixth), six)
        else:
            y = s.node(Mul(), x, s.node(Div(), six, s.constant(6.0)))
    assert ops(check(recognise_hardswish, s.graph(y))) == ["HardSwish"]


def test_leaves_others() -> None:
    s = Sketch()
    x, z = s.input(3, 20), s.input(3, 20)
    shared = s.node(HardSigmoid(1 / 6, 0.5), x)
    graph = s.graph(
        s.node(Mul(), s.node(HardSigmoid(0.2, 0.5), x), x), shared, s.node(Mul(), shared, x),
        s.node(Mul(), s.node(HardSigmoid(1 / 6, 0.5), x), z),
        s.node(Mul(), x, s.node(Clip(0, 6), s.node(Add(), x, s.constant(3.0)))),
        s.node(Div(), s.constant(2.0), x), s.node(Div(), x, s.constant(0.0)))
    assert recognise_hardswish(graph) is graph


@pytest.mark.parametrize("gate", ["hard_sigmoid", "clip"])
def test_a_gate_that_ends_elsewhere_stays(gate: str) -> None:
    s = Sketch()
    x = s.input(3, 20)
    if gate == "hard_sigmoid":
        y = s.node(Mul(), s.node(Mul(), x, s.node(HardSigmoid(1 / 3, 1.0), x)), s.constant(0.5))
    else:
        six = s.node(Clip(0, 3), s.node(Add(), x, s.constant(3.0)))
        y = s.node(Div(), s.node(Mul(), x, six), s.constant(6.0))
    graph = s.graph(y)
    assert recognise_hardswish(graph) is graph


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 1, 1, 1)])
def test_a_number_that_raises_the_rank_stays(shape: tuple[int, ...]) -> None:
    s = Sketch()
    x = s.input(3, 20)
    six = s.node(Clip(0, 6), s.node(Add(), x, s.constant(3.0)))
    sixth = s.constant(np.full(shape, 1 / 6, np.float32))
    graph = s.graph(s.node(Mul(), s.node(Mul(), x, six), sixth))
    assert recognise_hardswish(graph) is graph


def test_a_long_product_is_no_recursion() -> None:
    s = Sketch()
    y = s.input(2, 3)
    for _ in range(1100):
        y = s.node(Mul(), y, s.constant(1.01))
    graph = s.graph(y)
    assert recognise_hardswish(graph) is graph
