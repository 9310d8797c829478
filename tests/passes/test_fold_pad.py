"""fold_pad."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch, check, ops, skips
from tinsmith.ops.activations import Relu
from tinsmith.ops.conv import Conv
from tinsmith.ops.pad import Pad
from tinsmith.ops.pool import AveragePool, MaxPool, Pool
from tinsmith.passes.eliminate_dead_code import eliminate_dead_code
from tinsmith.passes.fold_pad import fold_pad

AROUND = Pad((0, 0, 1, 2), (0, 0, 0, 1))


def padded(s: Sketch, x: str, pad: Pad = AROUND, value: float | None = None) -> str:
    return s.node(pad, x) if value is None else s.node(pad, x, s.constant(value))


def test_into_conv() -> None:
    s = Sketch()
    op = Conv((2, 1), (0, 1, 2, 0), (1, 2), 1)
    y = s.node(op, padded(s, s.input(1, 2, 7, 9)), s.weight(3, 2, 3, 2))
    after = eliminate_dead_code(check(fold_pad, s.graph(y)))
    assert ops(after) == ["Conv"]
    assert after.nodes[0].op == Conv((2, 1), (1, 3, 2, 1), (1, 2), 1)
    assert after.nodes[0].origin == ("n_pad0", "n_conv1")


@pytest.mark.parametrize("count", [False, True])
def test_into_average_pool(count: bool) -> None:
    s = Sketch()
    pads = (1, 1, 1, 1) if count else (0, 0, 0, 0)
    op = AveragePool((3, 3), (2, 1), pads, (1, 1), count_include_pad=count)
    after = check(fold_pad, s.graph(s.node(op, padded(s, s.input(1, 2, 7, 9)))))
    assert isinstance(after.nodes[-1].op, AveragePool)
    assert after.nodes[-1].inputs == ("x0",)


def test_into_max_pool() -> None:
    for value in (-np.inf, 0.0):
        s = Sketch()
        x = s.input(1, 2, 7, 9)
        x = s.node(Relu(), x) if value == 0 else x
        op = MaxPool((3, 3), (2, 2), (0, 0, 0, 0), (1, 1))
        after = check(fold_pad, s.graph(s.node(op, padded(s, x, value=value))))
        assert after.nodes[-1].inputs == (x,)


@pytest.mark.parametrize(("pad", "value", "op", "reason"), [
    (Pad((0, 0, 1), (0, 0, 1), "edge"), None, Conv((1,), (0, 0), (1,)), "'n_pad0' pads by edge"),
    (Pad((0, 1, 0), (0, 0, 0)), None, Conv((1,), (0, 0), (1,)), "'n_pad0' pads images or channels"),
    (Pad((0, 0, 1), (0, 0, 1)), 1.0, Conv((1,), (0, 0), (1,)), "it pads with zeros, not 1.0"),
    (Pad((0, 0, 1), (0, 0, 1)), None, AveragePool((2,), (2,), (0, 0), (1,), ceil=True),
     "its last window may hang over the end"),
    (Pad((0, 0, 1), (0, 0, 1)), None, AveragePool((2,), (1,), (1, 1), (1,)),
     "it does not count its own padding"),
    (Pad((0, 0, 1), (0, 0, 1)), 0.0, MaxPool((2,), (1,), (0, 0), (1,)),
     "it pads with -inf, not 0.0"),
    (Pad((0, 0, 2), (0, 0, 2)), -np.inf, MaxPool((2,), (1,), (0, 0), (1,)),
     "a window may lie in the padding alone"),
])
def test_refuses(pad: Pad, value: float | None, op: Conv | Pool, reason: str) -> None:
    s = Sketch()
    x = padded(s, s.input(1, 1, 8), pad, value)
    inputs = (x, s.weight(2, s.types[x].shape[1], 3)) if isinstance(op, Conv) else (x,)
    assert skips(fold_pad, s.graph(s.node(op, *inputs))) == [reason]


def test_places_of_maxima_count_the_pad() -> None:
    s = Sketch()
    op = MaxPool((3,), (2,), (0, 0), (1,), indices=True)
    x = padded(s, s.input(1, 2, 7), Pad((0, 0, 1), (0, 0, 1)), -np.inf)
    graph = s.graph(*s.nodes_out(op, 2, x))
    assert skips(fold_pad, graph) == ["its indices count what is padded"]
    assert ops(check(fold_pad, s.graph(s.node(op, x))))[-1] == "MaxPool"


def test_dilated_windows_that_all_see_something() -> None:
    s = Sketch()
    op = MaxPool((3,), (1,), (0, 0), (2,))
    x = s.input(1, 2, 7)
    y = s.node(op, padded(s, x, Pad((0, 0, 2), (0, 0, 2)), -np.inf))
    assert check(fold_pad, s.graph(y)).nodes[-1].inputs == (x,)
