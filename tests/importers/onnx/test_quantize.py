"""Quantised operators are plain ones between DequantizeLinear and QuantizeLinear."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from tests.importers.onnx.models import imported
from tests.passes.graphs import ops
from tinsmith import pipeline
from tinsmith.dtypes import DType
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.interpret import interpret
from tinsmith.ops.conv import Conv
from tinsmith.ops.quantize_linear import DequantizeLinear, QuantizeLinear

RNG = np.random.default_rng(0)
BYTES = pytest.mark.parametrize("kind", ["uint8", "int8"])


def graph_of(op, x, *constants, **attributes):
    """One operator on an input x and constants; "" where there is none."""
    names = ["x", *(f"c{i}" if c is not None else "" for i, c in enumerate(constants))]
    code = helper.np_dtype_to_tensor_dtype
    model = helper.make_model(helper.make_graph(
        [helper.make_node(op, names, ["y"], name="layer", **attributes)], "m",
        [helper.make_tensor_value_info("x", code(x.dtype), x.shape)],
        [onnx.ValueInfoProto(name="y")],
        [numpy_helper.from_array(np.asarray(c), f"c{i}")
         for i, c in enumerate(constants) if c is not None]),
        opset_imports=[helper.make_opsetid("", 10)], ir_version=8)
    return build(read_proto(model), {}, {})


def rescaled(sums, factor, zero_point):
    """What integer arithmetic gives: one factor of float32, ties to even."""
    limits = np.iinfo(zero_point.dtype)
    real = np.rint(sums.astype(np.float32) * factor.astype(np.float32))
    return np.clip(real + zero_point, limits.min, limits.max).astype(zero_point.dtype)


def drawn(kind, *shape):
    """Random bytes."""
    limits = np.iinfo(kind)
    return RNG.integers(limits.min, limits.max + 1, shape).astype(kind)


def pointwise(kind):
    """A 1x1 QLinearConv with a scale for each channel; its input; and what it gives."""
    x, w = drawn(kind, 1, 16, 5, 7), drawn("int8", 6, 16, 1, 1)
    bias = RNG.integers(-500, 500, 6).astype(np.int32)
    xs, ys, zero = np.float32(0.1), np.float32(0.2), np.asarray(3, kind)
    ws = RNG.choice([0.5, 0.25, 0.05, 0.01], 6).astype(np.float32)
    graph = graph_of("QLinearConv", x, xs, zero, w, ws, np.zeros(6, np.int8), ys, zero, bias)
    sums = np.einsum("mc,nchw->nmhw", w[:, :, 0, 0].astype(int), x.astype(int) - int(zero))
    factor = (xs * ws / ys)[:, None, None]
    return graph, x, rescaled(sums + bias[:, None, None], factor, zero)


@BYTES
def test_a_convolution_is_one_of_real_numbers(kind):
    graph, _, _ = pointwise(kind)
    assert sorted(ops(graph)) == ["Conv", *["DequantizeLinear"] * 3, "QuantizeLinear"]
    producer = graph.producer("y")
    assert producer.op == QuantizeLinear(DType(kind))
    product = graph.producer(producer.inputs[0])
    assert isinstance(product.op, Conv)
    x, w, bias = (graph.producer(value) for value in product.inputs)
    assert (x.inputs[0], x.op.axis, graph.types[x.inputs[1]].size) == ("x", 0, 1)
    assert w.op == DequantizeLinear(DType.F32, 0)
    assert graph.types[w.inputs[0]].dtype is DType.I8
    assert graph.types[w.inputs[1]].shape == (6,)
    assert len(bias.inputs) == 2
    assert np.array_equal(graph.weights[bias.inputs[1]],
                          np.float32(0.1) * graph.weights[w.inputs[1]])


@BYTES
def test_its_optimised_form_gives_what_integers_give(kind):
    graph, x, wanted = pointwise(kind)
    after = pipeline.optimise(graph, paranoid=True).graph
    assert np.array_equal(interpret(after, {"x": x})["y"], wanted)


@BYTES
def test_a_product_with_a_scale_for_each_column(kind):
    a, b = drawn(kind, 9, 40), drawn("int8", 40, 4)
    xs, ys, zero = np.float32(0.02), np.float32(0.64), np.asarray(100, kind)
    ws = np.float32([0.5, 0.1, 0.02, 0.04])
    graph = graph_of("QLinearMatMul", a, xs, zero, b, ws, np.zeros(4, np.int8), ys, zero)
    assert sorted(ops(graph)) == [*["DequantizeLinear"] * 2, "MatMul", "QuantizeLinear"]
    after = pipeline.optimise(graph, paranoid=True).graph
    sums = (a.astype(int) - int(zero)) @ b.astype(int)
    assert np.array_equal(interpret(after, {"x": a})["y"], rescaled(sums, xs * ws / ys, zero))


def test_one_zero_point_for_many_scales():
    x, w = drawn("uint8", 1, 3, 4, 4), drawn("uint8", 2, 3, 1, 1)
    ws, zero = np.float32([0.5, 0.25]), np.uint8(128)
    graph = graph_of("QLinearConv", x, np.float32(1), np.uint8(0), w, ws, zero, np.float32(16),
                     zero)
    sums = np.einsum("mc,nchw->nmhw", w[:, :, 0, 0].astype(int) - 128, x.astype(int))
    after = pipeline.optimise(graph, paranoid=True).graph
    assert np.array_equal(interpret(after, {"x": x})["y"],
                          rescaled(sums, (ws / 16)[:, None, None], zero))


def test_a_scale_for_each_row_of_each_matrix():
    a, b = drawn("int8", 2, 3, 4), drawn("int8", 4, 5)
    scales = np.float32([[[1], [2], [4]], [[8], [16], [32]]])
    one, zero = np.float32(1), np.int8(0)
    graph = graph_of("QLinearMatMul", a, scales, np.zeros((2, 3, 1), np.int8), b, one, zero,
                     np.float32(64), zero)
    wanted = rescaled(a.astype(int) @ b.astype(int), scales / 64, zero)
    assert np.array_equal(interpret(graph, {"x": a})["y"], wanted)


QDQ = ("m (uint8[2,3] x) => (float[2,4] y) "
       "<float s = {0.5}, float t = {0.25}, int8[3,4] w = {1,2,3,4,5,6,7,8,9,10,11,12}> "
       "{ a = DequantizeLinear (x, s) b = DequantizeLinear (w, t) y = MatMul (a, b) }")


def test_constants_stay_behind_their_dequantize_linear():
    graph = imported(QDQ)
    assert sorted(ops(graph)) == ["DequantizeLinear", "DequantizeLinear", "MatMul"]
    assert {graph.types[w].dtype for w in graph.weights} == {DType.I8, DType.F32}
    assert ops(pipeline.optimise(graph).graph) == ["DequantizeLinear", "Gemm"]


def test_a_mapping_may_ask_for_such_a_constant():
    graph = imported("m (float[1,1,2,4] x) => (y) <float s = {0.5}, int8[4] q = {2,2,4,4}> "
                     "{ r = DequantizeLinear (q, s) y = Resize (x, r) }", opset=10)
    assert graph.types["y"].shape == (1, 1, 4, 8)
    assert ops(graph) == ["Resize"]


def test_an_output_may_be_such_a_constant():
    graph = imported("m (float[2] x) => (float[2] y, float[2] z) <float s = {0.5}, "
                     "int8[2] q = {2,4}> { z = DequantizeLinear (q, s) y = Relu (x) }")
    found = interpret(graph, {"x": np.zeros(2, np.float32)})
    assert found["z"].tolist() == [1, 2]
