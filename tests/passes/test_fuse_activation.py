"""fuse_activation."""

import pytest

from tests.passes.graphs import Sketch, check, conv, ops, skips
from tinsmith.dtypes import DType
from tinsmith.ir.op import Op
from tinsmith.ops.activation_function import activation_of
from tinsmith.ops.activations import (
    Celu,
    Clip,
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Mish,
    Relu,
    Selu,
    Sigmoid,
    Softplus,
    Swish,
    Tanh,
)
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalAveragePool
from tinsmith.ops.pool import AveragePool, MaxPool
from tinsmith.passes.fuse_activation import fuse_activation


@pytest.mark.parametrize("op", [
    Relu(), Clip(0, 6), Clip(None, 0.5), Clip(-0.5), LeakyRelu(0.1), Sigmoid(), Swish(),
    HardSigmoid(0.3, 0.4), HardSwish(), Tanh(), Elu(0.7), Selu(), Celu(0.4), Gelu(),
    Gelu(True), Mish(), Softplus()], ids=str)
def test_each_kind(op: Op) -> None:
    s = Sketch()
    after = check(fuse_activation, s.graph(s.node(op, conv(s, s.input(1, 3, 5, 5), 4))))
    assert ops(after) == ["Conv"]
    assert after.nodes[0].op.activation == activation_of(op)  # type: ignore[attr-defined]
    assert len(after.nodes[0].origin) == 2


@pytest.mark.parametrize("op", [
    ConvTranspose((2,), (0, 0), (1,), (0,)), MaxPool((2,), (2,), (0, 0), (1,)),
    AveragePool((2,), (2,), (0, 0), (1,)), GlobalAveragePool()], ids=str)
def test_each_carrier(op: Op) -> None:
    s = Sketch()
    x = s.input(1, 3, 8)
    inputs = (x, s.weight(3, 2, 3)) if isinstance(op, ConvTranspose) else (x,)
    after = check(fuse_activation, s.graph(s.node(Relu(), s.node(op, *inputs))))
    assert ops(after) == [op.name]


def test_after_gemm_and_residual() -> None:
    s = Sketch()
    y = s.node(Relu(), s.node(Gemm(), s.input(2, 3), s.weight(3, 4)))
    assert ops(check(fuse_activation, s.graph(y))) == ["Gemm"]
    s = Sketch()
    x = s.input(1, 3, 5)
    y = s.node(Relu(), s.node(Conv((1,), (1, 1), (1,)), x, s.weight(3, 3, 3), "", x))
    assert ops(check(fuse_activation, s.graph(y))) == ["Conv"]


def test_refusals() -> None:
    s = Sketch()
    x = conv(s, s.input(1, 3, 5), 4)
    assert skips(fuse_activation, s.graph(x, s.node(Relu(), x))) == [f"others read '{x}' too"]
    s = Sketch()
    x = conv(s, s.input(1, 3, 5), 4)
    after = fuse_activation(s.graph(s.node(Tanh(), s.node(Relu(), x))))
    assert skips(fuse_activation, after) == ["'n_conv0' already has an activation, relu"]
    s = Sketch()
    x = conv(s, s.input(1, 3, 5), 4)
    assert skips(fuse_activation, s.graph(s.node(Swish(1.7), x))) == [
        "no kernel applies Swish(alpha=1.7) on the way"]
    s = Sketch()
    x = conv(s, s.input(1, 3, 5), 4)
    assert skips(fuse_activation, s.graph(s.node(Celu(-0.5), x))) == [
        "no kernel applies Celu(alpha=-0.5) on the way"]
    s = Sketch()
    x = s.node(Gemm(), s.input(2, 3, dtype=DType.I32), s.input(3, 4, dtype=DType.I32))
    assert skips(fuse_activation, s.graph(s.node(Relu(), x))) == ["it works on integers"]
    s = Sketch()
    y, places = s.nodes_out(MaxPool((2,), (2,), (0, 0), (1,), indices=True), 2, s.input(1, 3, 8))
    assert skips(fuse_activation, s.graph(s.node(Relu(), y), places)) == [
        "'n_maxpool0' gives the places of its maxima too"]
