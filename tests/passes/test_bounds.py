"""bounds."""

import math

import numpy as np
import pytest

from tests.passes.graphs import Sketch, conv, feeds
from tinsmith.dtypes import DType
from tinsmith.interpret import interpret
from tinsmith.ir.op import Op
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.activations import Clip, HardSigmoid, Relu, Sigmoid, Tanh
from tinsmith.ops.arithmetic import Abs, Add, Exp, Mul, Neg, Pow, Sqrt
from tinsmith.ops.concat import Concat
from tinsmith.ops.conv import Conv
from tinsmith.ops.pool import MaxPool
from tinsmith.ops.reduce import ReduceMean, ReduceSum
from tinsmith.ops.softmax import Softmax
from tinsmith.passes.bounds import bounds


@pytest.mark.parametrize(("op", "expected"), [
    (Relu(), (0, math.inf)), (Clip(-1, 1), (-1, 1)), (Clip(None, 1), (-math.inf, 1)),
    (Sigmoid(), (0, 1)), (HardSigmoid(), (0, 1)), (Softmax(1), (0, 1)), (Tanh(), (-1, 1)),
    (Abs(), (0, math.inf)), (Exp(), (0, math.inf)), (Sqrt(), (0, math.inf)),
    (Neg(), (-math.inf, math.inf)),
    (Conv((1,), (1, 1), (1,)), (-math.inf, math.inf)),
    (Conv((1,), (1, 1), (1,), 1, Activation("clip", 0, 6)), (0, 6)),
    (Conv((1,), (1, 1), (1,), 1, Activation("silu")), (-math.inf, math.inf)),
    (Conv((1,), (1, 1), (1,), 1, Activation("relu")), (0, math.inf)),
], ids=str)
def test_of_an_operator(op: Op, expected: tuple[float, float]) -> None:
    s = Sketch()
    x = s.input(1, 3, 7)
    inputs = (x, s.weight(4, 3, 3)) if isinstance(op, Conv) else (x,)
    y = s.node(op, *inputs)
    graph = s.graph(y)
    assert bounds(graph, y) == expected
    found = interpret(graph, feeds(graph))[y]
    found = found[~np.isnan(found)]
    assert expected[0] <= found.min()
    assert found.max() <= expected[1]


def test_passes_through_and_joins() -> None:
    s = Sketch()
    x = s.input(1, 3, 8)
    joined = s.node(Concat(1), s.node(Tanh(), x), s.node(Relu(), x), s.constant([[[2.0] * 8]]))
    pooled = s.node(MaxPool((2,), (2,), (0, 0), (1,)), joined)
    active = s.node(MaxPool((2,), (2,), (0, 0), (1,), activation=Activation("sigmoid")), pooled)
    graph = s.graph(pooled, active, s.node(Concat(1), x, conv(s, x, 2)))
    assert bounds(graph, pooled) == (-1, math.inf)
    assert bounds(graph, active) == (0, 1)
    assert bounds(graph, graph.outputs[2]) == (-math.inf, math.inf)


def test_of_constants() -> None:
    s = Sketch()
    w = s.constant([3.0, -2.0])
    empty = s.constant(np.zeros((0,), np.float32))
    graph = s.graph(s.node(Abs(), s.input(1, dtype=DType.I32)))
    assert bounds(graph, w) == (-2, 3)
    assert bounds(graph, empty) == (-math.inf, math.inf)


def test_a_window_of_padding_alone_gives_minus_infinity() -> None:
    s = Sketch()
    x = s.node(Relu(), s.input(1, 3, 2))
    inside = s.node(MaxPool((2,), (1,), (1, 1), (1,)), x)
    outside = s.node(MaxPool((2,), (1,), (1, 1), (3,)), x)
    graph = s.graph(inside, outside)
    assert bounds(graph, inside) == (0, math.inf)
    assert bounds(graph, outside) == (-math.inf, math.inf)


def test_a_residual_behind_the_activation_has_no_bounds() -> None:
    s = Sketch()
    x = s.input(1, 3, 7)
    op = Conv((1,), (0, 0), (1,), 1, Activation("relu"), residual_after=True)
    y = s.node(op, x, s.weight(3, 3, 1), "", x)
    assert bounds(s.graph(y), y) == (-math.inf, math.inf)


def test_bounds_that_cross_give_the_upper_one() -> None:
    s = Sketch()
    x = s.input(1, 3, 7)
    y = s.node(Clip(5, 1), x)
    z = s.node(Conv((1,), (0, 0), (1,), 1, Activation("clip", 5, 1)), x, s.weight(3, 3, 1))
    graph = s.graph(y, z)
    assert bounds(graph, y) == bounds(graph, z) == (1, 1)


def test_the_least_integer_has_no_magnitude() -> None:
    s = Sketch()
    y = s.node(Abs(), s.input(3, dtype=DType.I8))
    assert bounds(s.graph(y), y)[0] < 0


def test_many_joins_take_no_time() -> None:
    s = Sketch()
    y = s.node(Relu(), s.input(1, 1, 2))
    for _ in range(40):
        y = s.node(MaxPool((2,), (2,), (0, 0), (1,)), s.node(Concat(2), y, y))
    assert bounds(s.graph(y), y) == (0, math.inf)


def test_sums_keep_the_sign_of_their_terms() -> None:
    s = Sketch()
    x = s.input(2, 3, 8)
    square = s.node(Mul(), x, x)
    power = s.node(Pow(), x, s.constant(2.0))
    total = s.node(Add(), s.node(ReduceSum((2,)), power), s.node(ReduceMean((2,)), square))
    mixed = s.node(Add(), square, x)
    graph = s.graph(total, mixed, s.node(Pow(), x, s.constant(3.0)))
    assert bounds(graph, square) == bounds(graph, power) == (0, math.inf)
    assert bounds(graph, total) == (0, math.inf)
    assert bounds(graph, mixed) == bounds(graph, graph.outputs[2]) == (-math.inf, math.inf)
