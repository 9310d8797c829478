"""hoist_scales."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch, ops, skips
from tinsmith.dtypes import DType
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.ir.verify import verify
from tinsmith.ops.conv import Conv
from tinsmith.ops.quantize_linear import DequantizeLinear, QuantizeLinear
from tinsmith.passes.hoist_scales import hoist_scales
from tinsmith.proof.prove import prove

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (1, 32, 9, 9)).astype(np.uint8)
ONE_SOURCE = ("layer",)


def quantized(*, bias_scale: float = 1.0, one_source: bool = True, result_scales: int = 1,
              x_scale: float = 0.3) -> Graph:
    """A 3x3 convolution of bytes, weights with a scale for each channel."""
    s = Sketch()
    x = s.input(*X.shape, dtype=DType.U8)
    scale = np.float32(x_scale)
    channels = RNG.uniform(0.01, 0.05, 8).astype(np.float32)
    a = s.node(DequantizeLinear(DType.F32), x, s.constant(scale), s.constant(7, "uint8"))
    w = s.node(DequantizeLinear(DType.F32), s.constant(
        RNG.integers(-127, 128, (8, 32, 3, 3)).astype(np.int8)), s.constant(channels))
    b = s.node(DequantizeLinear(DType.F32), s.constant(
        RNG.integers(-900, 900, 8).astype(np.int32)), s.constant(scale * channels * np.float32(
            bias_scale)))
    y = s.node(Conv((1, 1), (1,) * 4, (1, 1)), a, w, b)
    results = s.constant(np.full(result_scales, 5.0, np.float32).reshape(
        () if result_scales == 1 else -1))
    graph = s.graph(s.node(QuantizeLinear(DType.I8, 1), y, results))
    if not one_source:
        return graph
    return graph.replace(nodes=tuple(n.replace(origin=ONE_SOURCE) for n in graph.nodes))


def exactly(graph: Graph) -> np.ndarray:
    """The same in integers."""
    weights = list(graph.weights.values())
    scale, zero, w, channels, bias, _, result = weights
    padded = np.pad(X.astype(int) - int(zero), ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))
    sums = np.einsum("nchwij,mcij->nmhw", windows, w.astype(int)) + bias[:, None, None]
    factor = (scale * channels / result)[:, None, None]
    return np.clip(np.rint(sums.astype(np.float32) * factor), -128, 127).astype(np.int8)


def test_sums_are_whole_numbers() -> None:
    graph = quantized()
    after = verify(hoist_scales(graph))
    assert ops(after)[-5:] == ["Mul", "Div", "Reshape", "Mul", "QuantizeLinear"]
    assert not prove(graph, after, lowering=False)
    (name,) = after.outputs
    assert np.array_equal(interpret(after, {"x0": X})[name], exactly(graph))
    assert hoist_scales(after) is after


def test_nodes_of_their_own_stay() -> None:
    graph = quantized(one_source=False)
    assert hoist_scales(graph) is graph


@pytest.mark.parametrize("graph", [quantized(bias_scale=2.0), quantized(result_scales=8)])
def test_needs_one_factor_for_a_channel(graph: Graph) -> None:
    assert skips(hoist_scales, graph) == [
        "its scales are not one for x, and one or one for each channel for w"]


def test_a_sum_that_others_read_stays() -> None:
    graph = quantized()
    product = next(n for n in graph.nodes if isinstance(n.op, Conv))
    shown = graph.replace(outputs=(*graph.outputs, product.outputs[0]))
    assert hoist_scales(shown) is shown
