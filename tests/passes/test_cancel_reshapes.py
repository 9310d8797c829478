"""cancel_reshapes."""

from tests.passes.graphs import Sketch, check, conv, ops
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.reshape import Reshape
from tinsmith.passes.cancel_reshapes import cancel_reshapes
from tinsmith.passes.eliminate_dead_code import eliminate_dead_code
from tinsmith.passes.fuse_activation import fuse_activation


def test_one_for_two() -> None:
    s = Sketch()
    middle = s.node(Reshape((4, 6)), s.input(2, 3, 4))
    y = s.node(Reshape((24,)), middle)
    assert ops(eliminate_dead_code(check(cancel_reshapes, s.graph(y)))) == ["Reshape"]
    assert ops(check(cancel_reshapes, s.graph(y, middle))) == ["Reshape", "Reshape"]


def test_lets_the_activation_reach_the_operator() -> None:
    s = Sketch()
    y = s.node(Relu(), s.node(Reshape((2, 2, 5)), conv(s, s.input(1, 3, 5), 4)))
    after = check(cancel_reshapes, s.graph(y))
    assert ops(after) == ["Conv", "Relu", "Reshape"]
    assert ops(check(fuse_activation, after)) == ["Conv", "Reshape"]


def test_lets_a_number_reach_the_operator() -> None:
    s = Sketch()
    gemm = s.node(Gemm(), s.input(6, 3), s.weight(3, 4))
    y = s.node(Mul(), s.constant([0.5]), s.node(Reshape((2, 3, 4)), gemm))
    assert ops(check(cancel_reshapes, s.graph(y))) == ["Gemm", "Mul", "Reshape"]


def test_leaves_others() -> None:
    s = Sketch()
    x = s.input(1, 4, 5)
    c = conv(s, x, 4)
    flat = s.node(Reshape((20,)), c)
    shared = s.node(Reshape((2, 2, 5)), c)
    graph = s.graph(
        s.node(Relu(), s.node(Reshape((20,)), x)),
        s.node(Mul(), flat, s.weight(20)), s.node(Add(), flat, flat),
        shared, s.node(Relu(), shared),
        s.node(Mul(), s.node(Reshape((4, 5)), c), s.weight(1, 1, 1, 1)))
    assert cancel_reshapes(graph) is graph
