"""recognise_layernorm."""

import pytest

from tests.passes.graphs import Sketch, check, ops
from tinsmith.ops.arithmetic import Add, Div, Mul, Pow, Reciprocal, Sqrt, Sub
from tinsmith.ops.reduce import ReduceMean
from tinsmith.passes.recognise_layernorm import recognise_layernorm


def pieces(s: Sketch, x: str, axes: tuple[int, ...], power: bool = True,
           divide: bool = True, exponent: float = 2.0) -> str:
    d = s.node(Sub(), x, s.node(ReduceMean(axes), x))
    square = s.node(Pow(), d, s.constant(exponent)) if power else s.node(Mul(), d, d)
    root = s.node(Sqrt(), s.node(Add(), s.node(ReduceMean(axes), square), s.constant(1e-5)))
    return s.node(Div(), d, root) if divide else s.node(Mul(), s.node(Reciprocal(), root), d)


@pytest.mark.parametrize("power", [False, True])
@pytest.mark.parametrize("divide", [False, True])
@pytest.mark.parametrize("affine", ["", "scale", "scale bias", "bias"])
def test_each_form(power: bool, divide: bool, affine: str) -> None:
    s = Sketch()
    y = pieces(s, s.input(2, 3, 8), (2,), power, divide)
    if "scale" in affine:
        y = s.node(Mul(), y, s.weight(8))
    if "bias" in affine:
        y = s.node(Add(), s.weight(1, 1, 8), y)
    assert ops(check(recognise_layernorm, s.graph(y))) == ["LayerNormalization"]


def test_over_two_axes() -> None:
    s = Sketch()
    y = s.node(Mul(), pieces(s, s.input(2, 3, 8), (1, 2)), s.weight(3, 1))
    assert ops(check(recognise_layernorm, s.graph(y))) == ["LayerNormalization"]


def test_a_scale_of_other_axes_stays() -> None:
    s = Sketch()
    y = s.node(Mul(), pieces(s, s.input(2, 3, 8), (2,)), s.weight(3, 1))
    assert ops(check(recognise_layernorm, s.graph(y))) == ["LayerNormalization", "Mul"]


def test_leaves_others() -> None:
    for axes, exponent in (((1,), 2.0), ((2,), 3.0)):
        s = Sketch()
        graph = s.graph(pieces(s, s.input(2, 3, 8), axes, exponent=exponent))
        assert recognise_layernorm(graph) is graph
    s = Sketch()
    y = pieces(s, s.input(2, 3, 8), (2,))
    graph = s.graph(y, "sub1")
    assert recognise_layernorm(graph) is graph


def test_a_mean_without_its_axis_stays() -> None:
    s = Sketch()
    x = s.input(4, 4)
    d = s.node(Sub(), x, s.node(ReduceMean((1,), keepdims=False), x))
    root = s.node(Sqrt(), s.node(Add(), s.node(ReduceMean((1,)), s.node(Mul(), d, d)),
                                 s.constant(1e-5)))
    graph = s.graph(s.node(Div(), d, root))
    assert recognise_layernorm(graph) is graph


def test_nothing_to_normalise_stays() -> None:
    s = Sketch()
    graph = s.graph(pieces(s, s.input(2, 0), (1,)))
    assert recognise_layernorm(graph) is graph
