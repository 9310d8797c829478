"""split_conv_transpose."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch, check, ops, skips
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.passes.split_conv_transpose import split_conv_transpose


@pytest.mark.parametrize("kernel", [(2,), (2, 3), (2, 1, 3)])
@pytest.mark.parametrize("m", [1, 3])
@pytest.mark.parametrize("bias", [False, True])
def test_blocks(kernel: tuple[int, ...], m: int, bias: bool) -> None:
    s, d = Sketch(), len(kernel)
    op = ConvTranspose(kernel, (0,) * 2 * d, (1,) * d, (0,) * d, 1, Activation("sigmoid"))
    operands = [s.input(2, 5, *(4, 3, 2)[:d]), s.weight(5, m, *kernel)]
    y = s.node(op, *operands, *([s.weight(m)] if bias else []))
    after = check(split_conv_transpose, s.graph(y))
    assert ops(after) == ["Conv", "Reshape", "Transpose", "Reshape"]
    first = after.nodes[0]
    assert isinstance(first.op, Conv) and first.op.activation == Activation("sigmoid")
    assert after.types[first.outputs[0]].shape[1] == m * np.prod(kernel)


@pytest.mark.parametrize(("op", "m", "reason"), [
    (ConvTranspose((2,), (0, 0), (1,), (0,)), 4, "its channels fill vectors as they are"),
    (ConvTranspose((1,), (0, 0), (1,), (0,)), 1, "its windows overlap, leave gaps or are cut"),
    (ConvTranspose((2,), (1, 0), (1,), (0,)), 1, "its windows overlap, leave gaps or are cut"),
    (ConvTranspose((2,), (0, 0), (2,), (0,)), 1, "its windows overlap, leave gaps or are cut"),
    (ConvTranspose((2,), (0, 0), (1,), (1,)), 1, "its windows overlap, leave gaps or are cut"),
])
def test_refusals(op: ConvTranspose, m: int, reason: str) -> None:
    s = Sketch()
    graph = s.graph(s.node(op, s.input(1, 3, 5), s.weight(3, m, 2)))
    assert skips(split_conv_transpose, graph) == [reason]


def test_refuses_weights_known_at_run_time() -> None:
    s = Sketch()
    op = ConvTranspose((2,), (0, 0), (1,), (0,))
    graph = s.graph(s.node(op, s.input(1, 3, 5), s.input(3, 1, 2)))
    assert skips(split_conv_transpose, graph) == ["its weights are not constant"]


def test_refuses_weights_that_there_are_none_of() -> None:
    s = Sketch()
    op = ConvTranspose((2,), (0, 0), (1,), (0,))
    graph = s.graph(s.node(op, s.input(1, 0, 5), s.weight(0, 1, 2)))
    assert skips(split_conv_transpose, graph) == ["it has no weights"]
