"""fold_affine."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch, check, conv, ops, skips
from tinsmith.dtypes import DType
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Add, Div, Mul, Neg, Sub
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.elementwise import Binary
from tinsmith.ops.gemm import Gemm
from tinsmith.passes.fold_affine import fold_affine


@pytest.mark.parametrize("op", [Add(), Sub(), Mul(), Div()], ids=str)
@pytest.mark.parametrize("shape", [(), (1,), (6, 1, 1), (1, 6, 1, 1)])
def test_after_a_conv(op: Binary, shape: tuple[int, ...]) -> None:
    s = Sketch()
    y = s.node(op, conv(s, s.input(1, 3, 5, 5), 6), s.weight(*shape, low=0.5))
    assert ops(check(fold_affine, s.graph(y))) == ["Conv"]


@pytest.mark.parametrize("op", [Add(), Sub(), Mul()], ids=str)
def test_constant_first(op: Binary) -> None:
    s = Sketch()
    y = s.node(Neg(), s.node(op, s.weight(6, 1, 1), conv(s, s.input(1, 3, 5, 5), 6)))
    assert ops(check(fold_affine, s.graph(y))) == ["Conv"]


@pytest.mark.parametrize("op", [Add(), Sub(), Mul(), Div()], ids=str)
def test_before_a_conv_without_padding(op: Binary) -> None:
    s = Sketch()
    y = conv(s, s.node(op, s.input(1, 4, 5, 5), s.weight(4, 1, 1, low=0.5)), 6, pad=0, group=2)
    assert ops(check(fold_affine, s.graph(y))) == ["Conv"]


def test_before_padding_only_factors() -> None:
    s = Sketch()
    y = conv(s, s.node(Mul(), s.input(1, 4, 5), s.weight(4, 1)), 6)
    assert ops(check(fold_affine, s.graph(y))) == ["Conv"]
    s = Sketch()
    y = conv(s, s.node(Add(), s.input(1, 4, 5), s.weight(4, 1)), 6)
    assert skips(fold_affine, s.graph(y)) == [
        "'n_conv1' pads with zeros, to which the offset does not apply"]


def test_around_a_transposed_conv() -> None:
    s = Sketch()
    op = ConvTranspose((2,), (1, 1), (1,), (1,), 2)
    x = s.node(Mul(), s.input(1, 4, 6), s.weight(4, 1))
    y = s.node(Sub(), s.node(Mul(), s.node(op, x, s.weight(4, 3, 3)), s.weight(6, 1)), s.weight(1))
    assert ops(check(fold_affine, s.graph(y))) == ["ConvTranspose"]
    s = Sketch()
    x = s.node(Add(), s.input(1, 4, 6), s.weight(4, 1))
    assert skips(fold_affine, s.graph(s.node(op, x, s.weight(4, 3, 3)))) == [
        "'n_convtranspose1' does not see the offset through all taps"]


def test_around_a_gemm() -> None:
    s = Sketch()
    x = s.node(Add(), s.input(3, 5), s.weight(5))
    y = s.node(Mul(), s.node(Gemm(2.0, 0.5, False, True), x, s.weight(4, 5), s.weight(4)),
               s.weight(1, 4))
    assert ops(check(fold_affine, s.graph(y))) == ["Gemm"]


def test_refusals() -> None:
    s = Sketch()
    shared = conv(s, s.input(1, 3, 5), 6)
    assert skips(fold_affine, s.graph(shared, s.node(Mul(), shared, s.weight(6, 1)))) == [
        f"others read '{shared}' too"]
    s = Sketch()
    active = s.node(Conv((1,), (0, 0), (1,), 1, Activation("relu")), s.input(1, 3, 5),
                    s.weight(6, 3, 3))
    assert skips(fold_affine, s.graph(s.node(Mul(), active, s.weight(6, 1)))) == [
        "'n_conv0' already has an activation or a residual"]
    s = Sketch()
    free = s.node(Conv((1,), (0, 0), (1,)), s.input(1, 3, 5), s.input(6, 3, 3))
    assert skips(fold_affine, s.graph(s.node(Mul(), free, s.weight(6, 1)))) == [
        "the weights of 'n_conv0' are not constant"]
    s = Sketch()
    free = s.node(Gemm(), s.input(3, 5), s.weight(5, 4), s.input(4))
    assert skips(fold_affine, s.graph(s.node(Mul(), free, s.weight(4)))) == [
        "the bias of 'n_gemm0' is not constant"]
    s = Sketch()
    turned = s.node(Gemm(trans_a=True), s.node(Mul(), s.input(5, 3), s.weight(3)), s.weight(5, 4))
    assert skips(fold_affine, s.graph(turned)) == ["'n_gemm1' reads its input transposed"]


def test_leaves_what_is_no_affine_function_of_channels() -> None:
    s = Sketch()
    x = conv(s, s.input(1, 3, 5), 5)
    graph = s.graph(s.node(Mul(), x, s.weight(5)))
    assert fold_affine(graph) is graph
    s = Sketch()
    graph = s.graph(s.node(Div(), s.weight(6, 1), conv(s, s.input(1, 3, 5), 6)))
    assert fold_affine(graph) is graph
    s = Sketch()
    zero = s.constant(np.zeros((6, 1), np.float32))
    graph = s.graph(s.node(Div(), conv(s, s.input(1, 3, 5), 6), zero))
    assert fold_affine(graph) is graph
    s = Sketch()
    graph = s.graph(s.node(Mul(), s.input(2, 3, dtype=DType.I32), s.constant([1, 2, 3], "int32")))
    assert fold_affine(graph) is graph


def test_joins_factors_and_offsets() -> None:
    s = Sketch()
    x = s.node(Relu(), s.input(4, 3, 5))
    y = s.node(Mul(), s.weight(3, 1), s.node(Mul(), s.node(Mul(), x, s.weight(1)), s.weight(3, 5)))
    y = s.node(Add(), s.node(Add(), y, s.weight()), s.weight(5))
    assert ops(check(fold_affine, s.graph(y))) == ["Relu", "Mul", "Add"]


def test_never_enlarges_a_constant() -> None:
    s = Sketch()
    y = s.node(Mul(), s.node(Mul(), s.input(4, 64, 65), s.weight(64, 1)), s.weight(65))
    graph = s.graph(y)
    assert fold_affine(graph) is graph


def test_random_chains() -> None:
    for seed in range(30):
        s = Sketch(seed)
        y = s.input(1, 4, 7)
        for _ in range(7):
            if s.random.random() < 0.3:
                y = conv(s, y, 4, pad=int(s.random.integers(0, 2)),
                         group=int(s.random.choice([1, 2])), bias=bool(s.random.integers(0, 2)))
            else:
                op = [Add(), Sub(), Mul(), Div()][s.random.integers(0, 4)]
                shape = [(), (4, 1), (1, 4, 1)][s.random.integers(0, 3)]
                y = s.node(op, y, s.weight(*shape, low=0.5, high=2.0))
        before = s.graph(y)
        assert len(check(fold_affine, before).nodes) <= len(before.nodes)
