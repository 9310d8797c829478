"""fold_batchnorm."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch, batchnorm, check, conv, ops, skips
from tinsmith.ops.activations import Relu
from tinsmith.ops.batch_normalization import BatchNormalization
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm
from tinsmith.passes.fold_batchnorm import fold_batchnorm


@pytest.mark.parametrize("group", [1, 2, 6])
@pytest.mark.parametrize("bias", [False, True])
def test_into_the_conv_before(group: int, bias: bool) -> None:
    s = Sketch(seed=group)
    y = batchnorm(s, conv(s, s.input(2, 6, 5, 4), 12, group=group, bias=bias))
    after = check(fold_batchnorm, s.graph(y))
    assert ops(after) == ["Conv"]
    assert after.nodes[0].origin == ("n_conv0", "n_batchnormalization1")


@pytest.mark.parametrize("group", [1, 3])
def test_into_the_transposed_conv_before(group: int) -> None:
    s = Sketch()
    op = ConvTranspose((2, 1), (1, 0, 0, 1), (1, 1), (1, 0), group)
    y = batchnorm(s, s.node(op, s.input(1, 6, 4, 3), s.weight(6, 4, 3, 2)))
    assert ops(check(fold_batchnorm, s.graph(y))) == ["ConvTranspose"]


@pytest.mark.parametrize("trans_b", [False, True])
@pytest.mark.parametrize("c", [None, (), (1,), (4,), (3, 1), (3, 4)])
def test_into_the_gemm_before(trans_b: bool, c: tuple[int, ...] | None) -> None:
    s = Sketch()
    w = s.weight(4, 5) if trans_b else s.weight(5, 4)
    inputs = (s.input(3, 5), w) if c is None else (s.input(3, 5), w, s.weight(*c))
    y = batchnorm(s, s.node(Gemm(0.5, 2.0, False, trans_b), *inputs))
    assert ops(check(fold_batchnorm, s.graph(y))) == ["Gemm"]


@pytest.mark.parametrize("group", [1, 2])
@pytest.mark.parametrize("bias", [False, True])
def test_into_the_conv_after(group: int, bias: bool) -> None:
    s = Sketch()
    y = conv(s, batchnorm(s, s.input(1, 4, 6, 6)), 8, pad=0, group=group, bias=bias)
    assert ops(check(fold_batchnorm, s.graph(y))) == ["Conv"]


def test_into_the_gemm_after() -> None:
    s = Sketch()
    y = s.node(Gemm(0.5), batchnorm(s, s.input(3, 5)), s.weight(5, 4), s.weight(4))
    assert ops(check(fold_batchnorm, s.graph(y))) == ["Gemm"]


def test_without_shift_into_a_padded_conv_after() -> None:
    s = Sketch()
    zero, one = s.constant(np.zeros(3, np.float32)), s.constant(np.ones(3, np.float32))
    x = s.node(BatchNormalization(), s.input(1, 3, 4), s.weight(3), zero, zero, one)
    assert ops(check(fold_batchnorm, s.graph(conv(s, x, 5)))) == ["Conv"]


def test_becomes_arithmetic_elsewhere() -> None:
    s = Sketch()
    shared = conv(s, s.input(1, 3, 4), 5)
    y = s.node(Relu(), batchnorm(s, shared))
    padded = conv(s, batchnorm(s, s.node(Relu(), s.input(1, 3, 4))), 2)
    after = check(fold_batchnorm, s.graph(shared, y, padded))
    assert sorted(ops(after)) == ["Add", "Add", "Conv", "Conv", "Mul", "Mul", "Relu", "Relu"]


def test_of_a_vector() -> None:
    s = Sketch()
    assert ops(check(fold_batchnorm, s.graph(batchnorm(s, s.input(7))))) == ["Mul", "Add"]


def test_keeps_statistics_known_at_run_time_only() -> None:
    s = Sketch()
    y = s.node(BatchNormalization(), s.input(1, 3, 4), s.input(3), s.weight(3), s.weight(3),
               s.weight(3, low=0.5))
    assert skips(fold_batchnorm, s.graph(y)) == ["its statistics are not constant"]


def test_random_chains() -> None:
    for seed in range(20):
        s = Sketch(seed)
        y = s.input(1, 4, 9)
        for _ in range(5):
            y = (batchnorm(s, y) if s.random.random() < 0.5
                 else conv(s, y, 4, pad=int(s.random.integers(0, 2)),
                           group=int(s.random.choice([1, 2, 4]))))
        assert "BatchNormalization" not in ops(check(fold_batchnorm, s.graph(y)))
