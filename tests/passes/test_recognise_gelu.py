"""recognise_gelu."""

import math

import numpy as np
import pytest

from tests.passes.graphs import Sketch, check
from tinsmith.dtypes import DType
from tinsmith.ops.activations import Gelu, Tanh
from tinsmith.ops.arithmetic import Add, Div, Erf, Mul, Pow
from tinsmith.passes.recognise_gelu import recognise_gelu


@pytest.mark.parametrize("way", range(4))
@pytest.mark.parametrize("divide", [False, True])
def test_exact(way: int, divide: bool) -> None:
    s = Sketch()
    x, half = s.input(3, 20), s.constant(0.5)
    inner = (s.node(Div(), x, s.constant(math.sqrt(2))) if divide
             else s.node(Mul(), s.constant(math.sqrt(0.5)), x))
    gate = s.node(Add(), s.node(Erf(), inner), s.constant(1.0))
    y = (lambda: s.node(Mul(), s.node(Mul(), x, gate), half),
         lambda: s.node(Mul(), s.node(Mul(), half, x), gate),
         lambda: s.node(Mul(), x, s.node(Mul(), gate, half)),
         lambda: s.node(Div(), s.node(Mul(), x, gate), s.constant(2.0)))[way]()
    assert [node.op for node in check(recognise_gelu, s.graph(y)).nodes] == [Gelu()]


@pytest.mark.parametrize("cube", ["pow", "mul", "square"])
def test_by_tanh(cube: str) -> None:
    s = Sketch()
    x, c = s.input(3, 20), s.constant(0.044715)
    if cube == "pow":
        term = s.node(Mul(), s.node(Pow(), x, s.constant(3.0)), c)
    elif cube == "mul":
        term = s.node(Mul(), s.node(Mul(), s.node(Mul(), c, x), x), x)
    else:
        term = s.node(Mul(), s.node(Mul(), s.node(Pow(), x, s.constant(2.0)), x), c)
    inner = s.node(Mul(), s.constant(math.sqrt(2 / math.pi)), s.node(Add(), x, term))
    gate = s.node(Add(), s.constant(1.0), s.node(Tanh(), inner))
    y = s.node(Mul(), s.node(Mul(), s.constant(0.5), x), gate)
    assert [node.op for node in check(recognise_gelu, s.graph(y)).nodes] == [Gelu(tanh=True)]


def test_leaves_others() -> None:
    s = Sketch()
    x, half = s.input(3, 20), s.constant(0.5)
    def gate(scale: float, one: float) -> str:
        return s.node(Add(), s.node(Erf(), s.node(Mul(), x, s.constant(scale))), s.constant(one))
    graph = s.graph(
        s.node(Mul(), s.node(Mul(), x, gate(0.7, 1.0)), half),
        s.node(Mul(), s.node(Mul(), x, gate(math.sqrt(0.5), 2.0)), half),
        s.node(Mul(), s.node(Mul(), x, gate(math.sqrt(0.5), 1.000002)), half),  # at -65504: -0.07
        s.node(Mul(), x, gate(math.sqrt(0.5), 1.0)),
        s.node(Mul(), s.node(Mul(), s.input(3, 20), gate(math.sqrt(0.5), 1.0)), half))
    assert recognise_gelu(graph) is graph


@pytest.mark.parametrize("place", ["half", "root", "one", "power"])
def test_a_number_that_raises_the_rank_stays(place: str) -> None:
    s = Sketch()
    x = s.input(3, 4)

    def number(value: float, here: str) -> str:
        return s.constant(np.full((1, 1, 1) if here == place else (1, 1), value, np.float32))

    if place == "power":
        cube = s.node(Pow(), x, number(3.0, "power"))
        inner = s.node(Mul(), s.node(Add(), x, s.node(Mul(), cube, s.constant(0.044715))),
                       s.constant(math.sqrt(2 / math.pi)))
        function = s.node(Tanh(), inner)
    else:
        function = s.node(Erf(), s.node(Div(), x, number(math.sqrt(2), "root")))
    gate = s.node(Add(), function, number(1.0, "one"))
    graph = s.graph(s.node(Mul(), s.node(Mul(), x, number(0.5, "half")), gate))
    assert recognise_gelu(graph) is graph


def test_numbers_of_float64_are_asked_for_more_digits() -> None:
    s = Sketch()
    x = s.input(3, 4, dtype=DType.F64)
    inner = s.node(Mul(), x, s.constant(0.707107, "float64"))
    gate = s.node(Add(), s.node(Erf(), inner), s.constant(1.0, "float64"))
    graph = s.graph(s.node(Mul(), s.node(Mul(), x, gate), s.constant(0.5, "float64")))
    assert recognise_gelu(graph) is graph
