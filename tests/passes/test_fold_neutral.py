"""fold_neutral."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch, check, conv, ops
from tinsmith.dtypes import DType
from tinsmith.ir.op import Op
from tinsmith.ops.activations import Clip, Relu, Sigmoid, Softplus
from tinsmith.ops.arithmetic import Add, Div, Mul, Pow, Sub
from tinsmith.ops.cast import Cast
from tinsmith.ops.concat import Concat
from tinsmith.ops.expand import Expand, Tile
from tinsmith.ops.pad import Pad
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.resize import Resize
from tinsmith.ops.slice import Slice
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.fold_neutral import fold_neutral

SHAPE = (2, 3, 4)


@pytest.mark.parametrize("op", [
    Cast(DType.F32), Concat(1), Expand(SHAPE), Tile((1, 1, 1)), Pad((0, 0, 0), (0, 0, 0)),
    Reshape(SHAPE), Slice((0, 0, 0), SHAPE, (1, 1, 1)), Transpose((0, 1, 2)),
    Resize(SHAPE, (1.0, 1.0, 1.0)), Clip(None, None)], ids=str)
def test_unary(op: Op) -> None:
    s = Sketch()
    after = check(fold_neutral, s.graph(s.node(Relu(), s.node(op, s.input(*SHAPE)))))
    assert ops(after) == ["Relu"]


@pytest.mark.parametrize(("op", "neutral"), [
    (Add(), 0), (Sub(), 0), (Mul(), 1), (Div(), 1), (Pow(), 1)], ids=str)
def test_by_constants(op: Op, neutral: float) -> None:
    s = Sketch()
    value = s.input(*SHAPE)
    for array in (np.full((), neutral), np.full((3, 1), neutral)):
        value = s.node(op, value, s.constant(array.astype(np.float32)))
    assert ops(check(fold_neutral, s.graph(value))) == ["Identity"]


@pytest.mark.parametrize(("op", "number"), [(Sub(), 0), (Div(), 1), (Pow(), 1)], ids=str)
def test_the_side_matters(op: Op, number: float) -> None:
    s = Sketch()
    graph = s.graph(s.node(op, s.constant(number), s.input(*SHAPE)))
    assert fold_neutral(graph) is graph


def test_keeps_what_broadcasts_or_reorders() -> None:
    s = Sketch()
    x = s.input(1, 2)
    graph = s.graph(s.node(Add(), x, s.constant(np.zeros((3, 2), np.float32))),
                    s.node(Slice((0, 1), (1, 2), (1, -1)), x), s.node(Transpose((1, 0)), x),
                    s.node(Cast(DType.I32), x))
    assert fold_neutral(graph) is graph


def test_limits_that_hold_already() -> None:
    s = Sketch()
    x = s.input(2, 3)
    y = s.node(Relu(), s.node(Clip(0, 6), s.node(Relu(), s.node(Sigmoid(), x))))
    assert ops(check(fold_neutral, s.graph(y))) == ["Sigmoid", "Identity"]


def test_limits_that_bind() -> None:
    s = Sketch()
    x = conv(s, s.input(1, 2, 4), 3)
    graph = s.graph(s.node(Relu(), x), s.node(Clip(0.0, 0.5), s.node(Sigmoid(), x)),
                    s.node(Clip(None, 1.0), s.node(Softplus(), x)))
    assert fold_neutral(graph) is graph
