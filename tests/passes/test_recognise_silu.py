"""recognise_silu."""

from tests.passes.graphs import Sketch, check, ops
from tinsmith.ops.activations import Sigmoid, Swish
from tinsmith.ops.arithmetic import Mul
from tinsmith.passes.recognise_silu import recognise_silu


def test_both_orders() -> None:
    for flip in (False, True):
        s = Sketch()
        x = s.input(3, 20)
        pair = (x, s.node(Sigmoid(), x))
        after = check(recognise_silu, s.graph(s.node(Mul(), *(pair[::-1] if flip else pair))))
        assert [node.op for node in after.nodes] == [Swish(1.0)]
        assert after.nodes[0].origin == ("n_sigmoid0", "n_mul1")


def test_with_a_slope() -> None:
    s = Sketch()
    x = s.input(3, 20)
    y = s.node(Mul(), x, s.node(Sigmoid(), s.node(Mul(), s.constant(1.5), x)))
    after = check(recognise_silu, s.graph(y))
    assert [node.op for node in after.nodes] == [Swish(1.5)]


def test_leaves_others() -> None:
    s = Sketch()
    x, z = s.input(3, 20), s.input(3, 20)
    gate = s.node(Sigmoid(), x)
    graph = s.graph(gate, s.node(Mul(), gate, x), s.node(Mul(), s.node(Sigmoid(), x), z))
    assert recognise_silu(graph) is graph
    assert ops(graph).count("Sigmoid") == 2
