"""recognise_clip."""

import numpy as np

from tests.passes.graphs import Sketch, check, ops
from tinsmith.dtypes import DType
from tinsmith.ops.activations import Clip, Relu
from tinsmith.ops.arithmetic import Max, Min
from tinsmith.passes.recognise_clip import recognise_clip


def test_min_of_relu_is_clip() -> None:
    s = Sketch()
    y = s.node(Min(), s.constant([6.0]), s.node(Relu(), s.input(3, 4)))
    after = check(recognise_clip, s.graph(y))
    assert [node.op for node in after.nodes] == [Clip(0, 6.0)]


def test_max_with_zero_is_relu() -> None:
    s = Sketch()
    assert ops(check(recognise_clip, s.graph(s.node(Max(), s.input(3), s.constant(0.0))))) == [
        "Relu"]


def test_random_rows_of_limits() -> None:
    for seed in range(30):
        s = Sketch(seed)
        y = s.input(50)
        for _ in range(4):
            a, b = np.sort(s.random.normal(0, 1, 2))
            choice = s.random.integers(0, 4)
            if choice < 2:
                y = s.node((Min(), Max())[choice], y, s.constant(a))
            else:
                y = s.node(Relu() if choice == 2 else Clip(float(a), float(b)), y)
        assert len(check(recognise_clip, s.graph(y)).nodes) == 1


def test_leaves_others() -> None:
    s = Sketch()
    x = s.input(2, 3)
    once = s.node(Clip(0, 1), x)
    graph = s.graph(once, s.node(Clip(0, 2), once), s.node(Min(), x, s.weight(3)),
                    s.node(Min(), s.input(1), s.constant(np.ones((2, 1, 1), np.float32))),
                    s.node(Min(), s.input(2, dtype=DType.I32), s.constant(1, "int32")),
                    s.node(Min(), x, s.constant(np.nan)))
    assert recognise_clip(graph) is graph
