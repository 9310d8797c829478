"""fuse_residual."""

from tests.passes.graphs import Sketch, check, conv, ops, skips
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Add
from tinsmith.ops.conv import Conv
from tinsmith.passes.fuse_residual import fuse_residual


def test_takes_the_other_operand() -> None:
    for flip in (False, True):
        for bias in (False, True):
            s = Sketch()
            x = s.node(Relu(), s.input(1, 4, 5))
            pair = (conv(s, x, 4, bias=bias), x)
            y = s.node(Add(), *(pair[::-1] if flip else pair))
            after = check(fuse_residual, s.graph(y))
            assert ops(after) == ["Relu", "Conv"]
            assert after.nodes[1].inputs[3] == x


def test_the_later_conv_takes_it() -> None:
    for flip in (False, True):
        s = Sketch()
        x = s.input(1, 4, 5)
        first = conv(s, x, 6, kernel=1)
        second = conv(s, s.node(Relu(), conv(s, x, 3)), 6)
        y = s.node(Add(), *((first, second) if flip else (second, first)))
        after = check(fuse_residual, s.graph(y))
        assert [node.inputs[3:] for node in after.nodes] == [(), (), (), (first,)]


def test_the_earlier_conv_takes_it_if_the_later_cannot() -> None:
    s = Sketch()
    x = s.input(1, 4, 5)
    first = conv(s, x, 6, kernel=1)
    second = s.node(Conv((1,), (1, 1), (1,), 1), x, s.weight(6, 4, 3), s.weight(6),
                    s.input(1, 6, 5))
    after = check(fuse_residual, s.graph(s.node(Add(), first, second)))
    assert ops(after) == ["Conv", "Conv"]
    assert after.nodes[1].inputs[3] == second


def test_after_an_activation() -> None:
    s = Sketch()
    x = s.input(1, 4, 5)
    active = s.node(Conv((1,), (1, 1), (1,), 1, Activation("silu")), x, s.weight(4, 4, 3))
    after = check(fuse_residual, s.graph(s.node(Add(), x, active)))
    assert ops(after) == ["Conv"]
    assert isinstance(after.nodes[0].op, Conv) and after.nodes[0].op.residual_after
    assert after.nodes[0].inputs[3] == x


def test_chains_of_blocks() -> None:
    s = Sketch()
    x = s.input(1, 4, 5)
    for _ in range(4):
        x = s.node(Relu(), s.node(Add(), x, conv(s, s.node(Relu(), conv(s, x, 4)), 4)))
    assert ops(check(fuse_residual, s.graph(x))).count("Add") == 0


def test_refusals() -> None:
    s = Sketch()
    x = conv(s, s.input(1, 4, 5), 4)
    graph = s.graph(s.node(Add(), x, x))
    assert fuse_residual(graph) is graph
    s = Sketch()
    x = conv(s, s.input(1, 4, 5), 4)
    assert skips(fuse_residual, s.graph(s.node(Add(), x, s.input(1, 4, 1)))) == [
        "its operands have different shapes"]
    s = Sketch()
    x = conv(s, s.input(1, 4, 5), 4)
    assert skips(fuse_residual, s.graph(x, s.node(Add(), x, s.input(1, 4, 5)))) == [
        f"others read '{x}' too"]
    s = Sketch()
    x = s.node(Add(), conv(s, s.input(1, 4, 5), 4), s.input(1, 4, 5))
    after = fuse_residual(s.graph(s.node(Add(), x, s.input(1, 4, 5))))
    assert skips(fuse_residual, after) == ["'n_conv0' already has a residual"]
