"""Inputs that look like those a network was made for."""

from __future__ import annotations

import numpy as np
import pytest

from tests.passes.graphs import Sketch, batchnorm, conv
from tinsmith.dtypes import DType
from tinsmith.ir.graph import Graph
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Div, Mul, Sub
from tinsmith.ops.cast import Cast
from tinsmith.ops.comparison import Equal
from tinsmith.ops.conv import Conv
from tinsmith.ops.gather import Gather
from tinsmith.ops.onehot import OneHot
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.transpose import Transpose
from tinsmith.runtime.likely import likely_feeds
from tinsmith.runtime.seeded import seeded_feeds
from tinsmith.schedule.plan import Port


def only(graph: Graph) -> np.ndarray:
    """The first that is tried for the only input."""
    _, feeds = next(iter(likely_feeds(graph)))
    (array,) = feeds.values()
    kind = graph.types[graph.inputs[0]]
    assert (array.shape, array.dtype) == (kind.shape, kind.dtype.numpy)
    return array


def test_images_are_smooth_and_around_one() -> None:
    g = Sketch()
    x = only(g.graph(conv(g, g.input(2, 3, 64, 48), 8)))
    assert -2.5 < x.min() < x.max() < 2.5
    assert 0.7 < x.std() < 1.3
    assert np.abs(np.diff(x, axis=3)).mean() < 0.5 * x.std()
    assert not np.array_equal(x[0], x[1])


def test_the_same_each_time_and_others_to_try() -> None:
    g = Sketch()
    graph = g.graph(conv(g, g.input(1, 3, 16, 16), 8))
    found = list(likely_feeds(graph))
    again = list(likely_feeds(graph))
    assert [source for source, _ in found] == [
        "like the network's own, seed 0", "like the network's own, seed 1", "normal numbers"]
    for (_, one), (_, other) in zip(found, again, strict=True):
        assert np.array_equal(one["x0"], other["x0"])
    ports = [Port("x0", graph.types["x0"])]
    assert np.array_equal(found[2][1]["x0"], seeded_feeds(ports, 0)["x0"])


@pytest.mark.parametrize("last", [False, True])
def test_what_is_divided_by_255_are_pixels(last: bool) -> None:
    g = Sketch()
    x = g.input(1, 32, 32, 3) if last else g.input(1, 3, 32, 32)
    y = g.node(Div(), x, g.constant(255.0))
    y = g.node(Transpose((0, 3, 1, 2)), y) if last else y
    array = only(g.graph(conv(g, y, 8)))
    assert 0 <= array.min() < 64
    assert 128 < array.max() <= 255.01


def test_a_mean_and_a_deviation_are_undone() -> None:
    g = Sketch()
    x = g.input(1, 3, 32, 32)
    mean = g.constant(np.full((1, 3, 1, 1), 127.5, np.float32))
    y = g.node(Mul(), g.node(Sub(), x, mean), g.constant(1 / 57.375))
    array = only(g.graph(conv(g, y, 8)))
    assert 100 < array.mean() < 155
    assert 40 < array.std() < 75


def test_bytes_are_pixels() -> None:
    g = Sketch()
    x = g.node(Cast(DType.F32), g.input(1, 3, 32, 32, dtype=DType.U8))
    array = only(g.graph(conv(g, x, 8)))
    assert array.max() > 128


def test_biases_and_statistics_of_a_first_convolution_tell_pixels() -> None:
    g = Sketch()
    x = g.input(1, 3, 32, 32)
    y = g.node(Conv((1, 1), (1, 1, 1, 1), (1, 1)), x, g.weight(8, 3, 3, 3, low=-0.01, high=0.01),
               g.weight(8, low=1, high=2))
    assert only(g.graph(y)).max() > 128
    g = Sketch()
    y = batchnorm(g, conv(g, g.input(1, 3, 32, 32), 8, bias=False))
    assert only(g.graph(g.node(Relu(), y))).max() < 3


def test_a_first_normalisation_is_undone() -> None:
    g = Sketch()
    x = g.input(4, 5000)
    y = batchnorm(g, g.node(Reshape((4, 50, 100)), x))
    name = g.nodes[-1].inputs
    g.weights[name[3]], g.weights[name[4]] = np.full(50, 40, np.float32), np.full(50, 9, np.float32)
    array = only(g.graph(y))
    assert abs(array.mean() - 40) < 0.5
    assert abs(array.std() - 3) < 0.2


def test_indices_have_the_range_of_what_they_index() -> None:
    g = Sketch()
    tokens = g.input(1, 4096, dtype=DType.I32)
    y = g.node(Gather(0), g.weight(257, 8), g.node(Reshape((4096,)), tokens))
    assert only(g.graph(y)).max() == 256
    g = Sketch()
    y = g.node(OneHot(30, 1), g.input(500, dtype=DType.I64), g.constant([0.0, 1.0]))
    assert only(g.graph(y)).max() == 29
    g = Sketch()
    classes = g.constant(np.arange(17, dtype=np.int32)[None])
    y = g.node(Equal(), g.node(Reshape((500, 1)), g.input(500, dtype=DType.I32)), classes)
    assert only(g.graph(y)).max() == 16
    g = Sketch()
    assert only(g.graph(g.node(Cast(DType.F32), g.input(500, dtype=DType.I64)))).max() == 1
