"""recognise_mish."""

from tests.passes.graphs import Sketch, check, ops
from tinsmith.ops.activations import Softplus, Tanh
from tinsmith.ops.arithmetic import Add, Exp, Log, Mul
from tinsmith.passes.recognise_mish import recognise_mish


def test_of_softplus() -> None:
    s = Sketch()
    x = s.input(3, 20)
    y = s.node(Mul(), s.node(Tanh(), s.node(Softplus(), x)), x)
    assert ops(check(recognise_mish, s.graph(y))) == ["Mish"]


def test_of_log_and_exp() -> None:
    s = Sketch()
    x = s.input(3, 20)
    plus = s.node(Log(), s.node(Add(), s.constant(1.0), s.node(Exp(), x)))
    assert ops(check(recognise_mish, s.graph(s.node(Mul(), x, s.node(Tanh(), plus))))) == ["Mish"]


def test_leaves_others() -> None:
    s = Sketch()
    x, z = s.input(3, 20), s.input(3, 20)
    two = s.node(Log(), s.node(Add(), s.constant(2.0), s.node(Exp(), x)))
    nearly = s.node(Log(), s.node(Add(), s.constant(1.000002), s.node(Exp(), x)))
    graph = s.graph(s.node(Mul(), z, s.node(Tanh(), s.node(Softplus(), x))),
                    s.node(Mul(), x, s.node(Tanh(), two)),
                    s.node(Mul(), x, s.node(Tanh(), nearly)))  # far off at -65504
    assert recognise_mish(graph) is graph
