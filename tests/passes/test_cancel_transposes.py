"""cancel_transposes."""

import pytest

from tests.passes.graphs import Sketch, check, conv, ops, to_nchw, to_nhwc, transpose
from tinsmith.dtypes import DType
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Mul
from tinsmith.ops.cast import Cast
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.reshape import Reshape
from tinsmith.passes.cancel_transposes import cancel_transposes
from tinsmith.passes.eliminate_dead_code import eliminate_dead_code
from tinsmith.passes.fold_neutral import fold_neutral


def test_two_become_one_or_none() -> None:
    s = Sketch()
    y = transpose(s, transpose(s, s.input(2, 3, 4), 1, 2, 0), 0, 2, 1)
    after = eliminate_dead_code(check(cancel_transposes, s.graph(y)))
    assert ops(after) == ["Transpose"]
    s = Sketch()
    y = s.node(Relu(), to_nhwc(s, to_nchw(s, s.input(2, 3, 4, 5))))
    after = eliminate_dead_code(fold_neutral(cancel_transposes(s.graph(y))))
    assert ops(after) == ["Relu"]


def test_axes_of_one_move_nothing() -> None:
    s = Sketch()
    y = to_nchw(s, s.input(2, 1, 1, 5))
    assert ops(check(cancel_transposes, s.graph(y))) == ["Reshape"]
    s = Sketch()
    graph = s.graph(to_nchw(s, s.input(2, 1, 3, 5)))
    assert cancel_transposes(graph) is graph


@pytest.mark.parametrize("trans_b", [False, True])
@pytest.mark.parametrize("perm", [(0, 2, 3, 1), (0, 3, 1, 2), (0, 3, 2, 1)])
def test_flattened_into_the_weights_of_a_gemm(trans_b: bool, perm: tuple[int, ...]) -> None:
    s = Sketch()
    flat = s.node(Reshape((2, 60)), transpose(s, s.input(2, 3, 4, 5), *perm))
    w = s.weight(7, 60) if trans_b else s.weight(60, 7)
    after = check(cancel_transposes, s.graph(s.node(Gemm(trans_b=trans_b), flat, w, s.weight(7))))
    assert ops(after) == ["Reshape", "Gemm"]


def test_leaves_other_gemms() -> None:
    s = Sketch()
    images = s.node(Reshape((6, 20)), transpose(s, s.input(2, 3, 4, 5), 0, 2, 3, 1))
    moved = s.node(Reshape((3, 40)), transpose(s, s.input(2, 3, 4, 5), 1, 0, 2, 3))
    shared = s.node(Reshape((2, 60)), transpose(s, s.input(2, 3, 4, 5), 0, 2, 3, 1))
    graph = s.graph(s.node(Gemm(), images, s.weight(20, 7)), s.node(Gemm(), moved, s.weight(40, 7)),
                    s.node(Gemm(), shared, s.weight(60, 7)), shared)
    assert cancel_transposes(graph) is graph


@pytest.mark.parametrize("shape", [(), (4,), (6, 1, 4), (1, 6, 6, 1)])
def test_lets_arithmetic_reach_the_operator(shape: tuple[int, ...]) -> None:
    s = Sketch()
    y = s.node(Mul(), s.weight(*shape), to_nhwc(s, conv(s, s.input(1, 3, 6, 6), 4)))
    after = check(cancel_transposes, s.graph(s.node(Relu(), y)))
    assert ops(after) == ["Conv", "Mul", "Relu", "Transpose"]


def test_leaves_other_arithmetic() -> None:
    s = Sketch()
    x = s.input(1, 4, 6, 6)
    shared = to_nhwc(s, conv(s, x, 4))
    graph = s.graph(
        s.node(Relu(), to_nhwc(s, x)), shared, s.node(Relu(), shared),
        s.node(Mul(), to_nhwc(s, conv(s, x, 4)), s.input(4)),
        s.node(Mul(), to_nhwc(s, conv(s, x, 4)), s.weight(2, 6, 6, 4)),
        s.node(Cast(DType.F64), to_nhwc(s, conv(s, x, 4))))
    assert cancel_transposes(graph) is graph
