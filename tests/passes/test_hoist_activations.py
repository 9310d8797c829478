"""hoist_activations."""

from tests.passes.graphs import Sketch, check, conv, ops
from tinsmith.ops.activations import HardSwish, Relu, Sigmoid
from tinsmith.ops.concat import Concat
from tinsmith.ops.pool import MaxPool
from tinsmith.passes.fuse_activation import fuse_activation
from tinsmith.passes.hoist_activations import hoist_activations

POOL = MaxPool((2,), (2,), (0, 0), (1,))


def test_above_concat() -> None:
    s = Sketch()
    x = s.input(1, 3, 8)
    y = s.node(HardSwish(), s.node(Concat(1), conv(s, x, 4), conv(s, x, 5)))
    after = check(hoist_activations, s.graph(y))
    assert sorted(ops(after)) == ["Concat", "Conv", "Conv", "HardSwish", "HardSwish"]
    assert ops(check(fuse_activation, after)) == ["Conv", "Conv", "Concat"]


def test_above_max_pool() -> None:
    s = Sketch()
    y = s.node(Relu(), s.node(POOL, conv(s, s.input(1, 3, 8), 4)))
    assert ops(check(hoist_activations, s.graph(y))) == ["Conv", "Relu", "MaxPool"]


def test_stays_below_otherwise() -> None:
    s = Sketch()
    x = s.input(1, 3, 8)
    c = conv(s, x, 4)
    graph = s.graph(
        s.node(Relu(), s.node(Concat(1), c, x)),
        s.node(Relu(), s.node(Concat(1), c, c)),
        s.node(Sigmoid(), s.node(POOL, conv(s, x, 4))),
        s.node(Relu(), s.node(POOL, s.node(Relu(), x))))
    assert hoist_activations(graph) is graph


def test_stays_below_a_pool_with_a_window_of_padding_alone() -> None:
    s = Sketch()
    pool = MaxPool((2,), (1,), (1, 1), (3,))
    graph = s.graph(s.node(Relu(), s.node(pool, conv(s, s.input(1, 3, 2), 4))))
    assert hoist_activations(graph) is graph
