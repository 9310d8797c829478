"""eliminate_common_subexpressions."""

import numpy as np

from tests.passes.graphs import Sketch, check, ops, skips
from tinsmith.ops.activations import Clip, Relu, Sigmoid
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.passes.eliminate_common_subexpressions import eliminate_common_subexpressions


def test_equal_branches_collapse_at_once() -> None:
    s = Sketch()
    x = s.input(2, 3)
    sides = [s.node(Sigmoid(), s.node(Add(), x, s.constant([1.0, 2.0, 3.0]))) for _ in range(2)]
    after = eliminate_common_subexpressions(s.graph(s.node(Mul(), *sides)))
    assert ops(after) == ["Add", "Sigmoid", "Mul"]
    assert len(after.weights) == 1
    check(eliminate_common_subexpressions, s.graph(sides[0], s.node(Mul(), *sides)))


def test_attributes_matter() -> None:
    s = Sketch()
    x = s.input(2, 3)
    graph = s.graph(s.node(Add(), s.node(Clip(0, 1), x), s.node(Clip(0, 2), x)))
    assert eliminate_common_subexpressions(graph) is graph


def test_every_bit_of_a_weight_matters() -> None:
    s = Sketch()
    big = np.zeros((10, 100), np.float32)
    other = big.copy()
    other[7, 77] = 1e-30
    x = s.input(10, 100)
    graph = s.graph(s.node(Add(), s.node(Add(), x, s.constant(big)), s.constant(other)))
    assert eliminate_common_subexpressions(graph) is graph


def test_an_output_keeps_its_name() -> None:
    s = Sketch()
    x = s.input(2, 3)
    reasons = skips(eliminate_common_subexpressions,
                    s.graph(s.node(Relu(), x), s.node(Relu(), x)))
    assert reasons == ["it names a graph output, though it equals 'n_relu0'"]
