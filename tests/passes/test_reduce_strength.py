"""reduce_strength."""

import numpy as np

from tests.passes.graphs import Sketch, check, ops, skips
from tinsmith.dtypes import DType
from tinsmith.ops.activations import PRelu, Sigmoid
from tinsmith.ops.arithmetic import Div, Pow
from tinsmith.passes.reduce_strength import reduce_strength


def test_powers() -> None:
    for exponent, expected in ((2.0, "Mul"), (0.5, "Sqrt"), (-1.0, "Reciprocal")):
        s = Sketch()
        y = s.node(Pow(), s.node(Sigmoid(), s.input(3, 4)), s.constant(exponent))
        assert ops(check(reduce_strength, s.graph(y))) == ["Sigmoid", expected]


def test_division_by_a_constant() -> None:
    s = Sketch()
    y = s.node(Div(), s.input(3, 4), s.weight(3, 1, low=0.5))
    assert ops(check(reduce_strength, s.graph(y))) == ["Mul"]


def test_one_slope_for_all() -> None:
    s = Sketch()
    y = s.node(PRelu(), s.input(3, 4), s.constant([[0.1]] * 3))
    assert ops(check(reduce_strength, s.graph(y))) == ["LeakyRelu"]


def test_leaves_others() -> None:
    s = Sketch()
    x = s.input(2, 3)
    graph = s.graph(
        s.node(PRelu(), x, s.weight(3)), s.node(Pow(), x, s.constant(3.0)),
        s.node(Pow(), x, s.constant([2.0, 2.0, 2.0])),
        s.node(Div(), x, s.constant([1.0, 0.0, 1.0])), s.node(Div(), x, s.constant(1e-45)),
        s.node(Div(), x, s.constant(np.inf)), s.node(Div(), x, x),
        s.node(Div(), s.input(2, dtype=DType.I32), s.constant(2, "int32")))
    assert reduce_strength(graph) is graph


def test_a_root_needs_what_is_never_negative() -> None:
    s = Sketch()
    x = s.input(3, 4)
    graph = s.graph(s.node(Pow(), x, s.constant(0.5)))
    assert skips(reduce_strength, graph) == [
        "it reads what may be -inf, which has a power and no root"]
