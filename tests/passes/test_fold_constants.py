"""fold_constants."""

import numpy as np

from tests.passes.graphs import Sketch, check, ops, skips
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.expand import Expand
from tinsmith.passes.fold_constants import fold_constants


def test_computes_what_is_constant() -> None:
    s = Sketch()
    total = s.node(Mul(), s.node(Add(), s.constant([1.0, 2.0]), s.constant([3.0, 4.0])),
                   s.constant(2.0))
    after = check(fold_constants, s.graph(s.node(Add(), s.input(3, 2), total)))
    assert ops(after) == ["Add"]
    assert np.array_equal(after.weights[total], [8.0, 12.0])


def test_keeps_what_would_bloat() -> None:
    s = Sketch()
    big = s.node(Expand((1200, 1000)), s.constant(1.0))
    graph = s.graph(s.node(Add(), s.input(1200, 1000), big))
    assert skips(fold_constants, graph) == ["its result would add 4800000 bytes of weights"]


def test_keeps_an_output() -> None:
    s = Sketch()
    s.input(1)
    graph = s.graph(s.node(Add(), s.constant(1.0), s.constant(2.0)))
    assert skips(fold_constants, graph) == ["it gives a graph output"]
