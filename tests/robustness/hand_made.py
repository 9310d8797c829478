"""Models written by hand, for what real ones have: kinds of layers, branches, loops, functions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from onnx import AttributeProto, GraphProto, ModelProto, TensorProto
from onnx import helper as h

from tests.robustness.makers import OPSET, as_weight, net_of, numbers, tensor


def convolutions() -> ModelProto:
    nodes = [
        h.make_node("Conv", ["x", "w0", "b0"], ["c0"], "conv", pads=[1, 1, 1, 1], strides=[2, 2],
                    kernel_shape=[3, 3]),
        h.make_node("BatchNormalization", ["c0", "s", "t", "m", "v"], ["n0"], "bn"),
        h.make_node("Relu", ["n0"], ["r0"], "relu"),
        h.make_node("MaxPool", ["r0"], ["p0"], "pool", kernel_shape=[3, 3], strides=[2, 2],
                    ceil_mode=1),
        h.make_node("GlobalAveragePool", ["p0"], ["g"], "gap"),
        h.make_node("Flatten", ["g"], ["f"], "flat"),
        h.make_node("Gemm", ["f", "w1", "b1"], ["z"], "fc", transB=1, alpha=0.5),
        h.make_node("Softmax", ["z"], ["y"], "softmax", axis=1),
    ]
    weights = [numbers("w0", 8, 3, 3, 3), numbers("b0", 8), numbers("s", 8), numbers("t", 8),
               numbers("m", 8), as_weight("v", np.ones(8), "float32"), numbers("w1", 10, 8),
               numbers("b1", 10)]
    return net_of(nodes, [tensor("x", "N", 3, 16, 16)], [tensor("y", "N", 10)], weights)


def mobile() -> ModelProto:
    nodes = [
        h.make_node("Conv", ["x", "w0"], ["a"], "expand"),
        h.make_node("Clip", ["a", "low", "high"], ["b"], "clip"),
        h.make_node("Conv", ["b", "w1"], ["c"], "depthwise", pads=[1, 1, 1, 1], group=16),
        h.make_node("HardSigmoid", ["c"], ["d"], "hs", alpha=1 / 6, beta=0.5),
        h.make_node("Mul", ["c", "d"], ["e"], "hswish"),
        h.make_node("Conv", ["e", "w2"], ["f"], "project"),
        h.make_node("Add", ["x", "f"], ["y"], "residual"),
    ]
    weights = [numbers("w0", 16, 8, 1, 1), as_weight("low", 0, "float32"),
               as_weight("high", 6, "float32"), numbers("w1", 16, 1, 3, 3),
               numbers("w2", 8, 16, 1, 1)]
    return net_of(nodes, [tensor("x", 1, 8, 9, 9)], [tensor("y", 1, 8, 9, 9)], weights)


def inception() -> ModelProto:
    nodes = [
        h.make_node("Conv", ["x", "w1"], ["a"], "one"),
        h.make_node("Conv", ["x", "w3"], ["b"], "three", auto_pad="SAME_UPPER"),
        h.make_node("Conv", ["x", "w5"], ["c"], "five", auto_pad="SAME_LOWER", dilations=[2, 2]),
        h.make_node("MaxPool", ["x"], ["d"], "pool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        h.make_node("Concat", ["a", "b", "c", "d"], ["e"], "concat", axis=1),
        h.make_node("LRN", ["e"], ["n"], "lrn", size=5),
        h.make_node("Split", ["n", "lengths"], ["s0", "s1"], "split", axis=1),
        h.make_node("AveragePool", ["s0"], ["p"], "mean", kernel_shape=[2, 2], strides=[2, 2],
                    count_include_pad=1),
        h.make_node("Resize", ["p", "", "scales"], ["u"], "up", mode="linear"),
        h.make_node("Concat", ["u", "s1"], ["y"], "again", axis=-3),
    ]
    weights = [numbers("w1", 4, 6, 1, 1), numbers("w3", 5, 6, 3, 3), numbers("w5", 3, 6, 3, 3),
               as_weight("lengths", [10, 8]), as_weight("scales", [1, 1, 2, 2], "float32")]
    return net_of(nodes, [tensor("x", 2, 6, 8, 8)], [tensor("y", 2, 18, 8, 8)], weights)


def glue() -> ModelProto:
    nodes = [
        h.make_node("Shape", ["x"], ["shape"], "shape"),
        h.make_node("Gather", ["shape", "zero"], ["n"], "batch", axis=0),
        h.make_node("Unsqueeze", ["n", "axis"], ["n1"], "unsqueeze"),
        h.make_node("Concat", ["n1", "rest"], ["target"], "concat", axis=0),
        h.make_node("Concat", ["n1", "known"], ["filled"], "filled", axis=0),
        h.make_node("Reshape", ["x", "target"], ["flat"], "reshape"),
        h.make_node("ConstantOfShape", ["filled"], ["zeros"], "zeros",
                    value=as_weight("value", [1.5], "float32")),
        h.make_node("Add", ["flat", "zeros"], ["sum"], "add"),
        h.make_node("Range", ["zero", "four", "one"], ["range"], "range"),
        h.make_node("Cast", ["range"], ["floats"], "cast", to=TensorProto.FLOAT),
        h.make_node("Slice", ["sum", "starts", "ends", "axes", "steps"], ["cut"], "slice"),
        h.make_node("Mul", ["cut", "floats"], ["product"], "mul"),
        h.make_node("Transpose", ["product"], ["t"], "transpose", perm=[1, 0, 2]),
        h.make_node("Expand", ["t", "wide"], ["e"], "expand"),
        h.make_node("Tile", ["e", "repeats"], ["tiled"], "tile"),
        h.make_node("Pad", ["tiled", "pads"], ["padded"], "pad", mode="constant"),
        h.make_node("Squeeze", ["padded"], ["squeezed"], "squeeze"),
        h.make_node("ReduceMean", ["squeezed"], ["y"], "mean", axes=[0], keepdims=1),
        h.make_node("ArgMax", ["squeezed"], ["k"], "argmax", axis=-1),
        h.make_node("Where", ["mask", "squeezed", "half"], ["z"], "where"),
    ]
    weights = [as_weight("zero", 0), as_weight("four", 4), as_weight("one", 1),
               as_weight("axis", [0]), as_weight("rest", [3, -1]), as_weight("known", [3, 8]),
               as_weight("starts", [0, -4]),
               as_weight("ends", [2**63 - 1, 2**31 - 1]), as_weight("axes", [1, 2]),
               as_weight("steps", [1, 1]), as_weight("wide", [3, 2, 4]),
               as_weight("repeats", [1, 1, 2]), as_weight("pads", [0, 0, 1, 0, 0, 1]),
               as_weight("mask", True, "bool"), as_weight("half", 0.5, "float32")]
    return net_of(nodes, [tensor("x", 2, 3, 4, 2)],
                  [tensor("y", 1, None, None), tensor("k", None, None, None,
                                                      kind=TensorProto.INT64),
                   tensor("z", None, None, None)], weights)


def attention() -> ModelProto:
    nodes = [
        h.make_node("LayerNormalization", ["x", "g", "b"], ["n"], "norm", axis=-1),
        h.make_node("MatMul", ["n", "wqkv"], ["qkv"], "qkv"),
        h.make_node("Reshape", ["qkv", "heads"], ["h"], "heads"),
        h.make_node("Transpose", ["h"], ["t"], "order", perm=[2, 0, 3, 1, 4]),
        h.make_node("Split", ["t"], ["q0", "k0", "v0"], "parts", axis=0),
        h.make_node("Squeeze", ["q0", "first"], ["q"], "q"),
        h.make_node("Squeeze", ["k0", "first"], ["k"], "k"),
        h.make_node("Squeeze", ["v0", "first"], ["v"], "v"),
        h.make_node("Transpose", ["k"], ["kt"], "kt", perm=[0, 1, 3, 2]),
        h.make_node("MatMul", ["q", "kt"], ["s"], "scores"),
        h.make_node("Div", ["s", "root"], ["d"], "scale"),
        h.make_node("Softmax", ["d"], ["p"], "softmax", axis=-1),
        h.make_node("Einsum", ["p", "v"], ["o"], "mix", equation="bhij,bhjd->bhid"),
        h.make_node("Transpose", ["o"], ["ot"], "back", perm=[0, 2, 1, 3]),
        h.make_node("Reshape", ["ot", "joined"], ["c"], "join"),
        h.make_node("Erf", ["c"], ["e"], "erf"),
        h.make_node("Add", ["e", "x"], ["y"], "residual"),
    ]
    weights = [numbers("g", 8), numbers("b", 8), numbers("wqkv", 8, 24),
               as_weight("heads", [0, 0, 3, 2, 4]), as_weight("first", [0]),
               as_weight("root", 2.0, "float32"), as_weight("joined", [0, 0, -1])]
    return net_of(nodes, [tensor("x", 1, 5, 8)], [tensor("y", 1, 5, 8)], weights)


def recurrent() -> ModelProto:
    nodes = [
        h.make_node("LSTM", ["x", "w", "r", "b", "", "h0", "c0"], ["a", "h", "c"], "lstm",
                    hidden_size=4, direction="bidirectional"),
        h.make_node("Transpose", ["a"], ["t"], "order", perm=[0, 2, 1, 3]),
        h.make_node("Reshape", ["t", "joined"], ["j"], "join"),
        h.make_node("GRU", ["j", "gw", "gr"], ["g"], "gru", hidden_size=3,
                    linear_before_reset=1),
        h.make_node("RNN", ["j", "nw", "nr"], ["", "last"], "rnn", hidden_size=2,
                    activations=["Relu"], clip=3.0),
    ]
    weights = [numbers("w", 2, 16, 3), numbers("r", 2, 16, 4), numbers("b", 2, 32),
               numbers("h0", 2, 2, 4), numbers("c0", 2, 2, 4), as_weight("joined", [0, 0, -1]),
               numbers("gw", 1, 9, 8), numbers("gr", 1, 9, 3), numbers("nw", 1, 2, 8),
               numbers("nr", 1, 2, 2)]
    return net_of(nodes, [tensor("x", 5, 2, 3)], [tensor("g", 5, 1, 2, 3), tensor("c", 2, 2, 4),
                                                  tensor("last", 1, 2, 2)], weights)


def _branch(name: str, op: str, output: str) -> GraphProto:
    return h.make_graph([h.make_node(op, ["x"], [output], f"{name}.{op}")], name, [],
                        [tensor(output, 2, 3)])


def branches() -> ModelProto:
    inner = h.make_graph(
        [h.make_node("If", ["no"], ["inner.y"], "inner",
                     then_branch=_branch("a", "Neg", "a.y"),
                     else_branch=_branch("b", "Abs", "b.y")),
         h.make_node("Add", ["inner.y", "half"], ["else.y"], "plus")], "else", [],
        [tensor("else.y", 2, 3)], [as_weight("no", False, "bool")])
    nodes = [
        h.make_node("If", ["yes"], ["c"], "constant", then_branch=_branch("t", "Exp", "t.y"),
                    else_branch=inner),
        h.make_node("If", ["when"], ["d"], "live", then_branch=_branch("u", "Tanh", "u.y"),
                    else_branch=inner),
        h.make_node("Mul", ["c", "d"], ["y"], "mul"),
    ]
    weights = [as_weight("yes", True, "bool"), as_weight("half", 0.5, "float32")]
    return net_of(nodes, [tensor("x", 2, 3), tensor("when", kind=TensorProto.BOOL)],
                  [tensor("y", 2, 3)], weights)


def loops() -> ModelProto:
    body = h.make_graph(
        [h.make_node("Add", ["sum", "x"], ["next"], "body.add"),
         h.make_node("Identity", ["go"], ["on"], "body.on"),
         h.make_node("Mul", ["next", "two"], ["twice"], "body.mul")], "body",
        [tensor("i", kind=TensorProto.INT64), tensor("go", kind=TensorProto.BOOL),
         tensor("sum", 2, 3)],
        [tensor("on", kind=TensorProto.BOOL), tensor("next", 2, 3), tensor("twice", 2, 3)],
        [as_weight("two", 2.0, "float32")])
    scan = h.make_graph(
        [h.make_node("Add", ["state", "row"], ["state.next"], "scan.add"),
         h.make_node("Relu", ["state.next"], ["row.out"], "scan.relu")], "scan",
        [tensor("state", 3), tensor("row", 3)],
        [tensor("state.next", 3), tensor("row.out", 3)])
    nodes = [
        h.make_node("Loop", ["steps", "true", "x"], ["last", "all"], "loop", body=body),
        h.make_node("Scan", ["start", "last"], ["end", "rows"], "scan", body=scan,
                    num_scan_inputs=1),
    ]
    weights = [as_weight("steps", 3), as_weight("true", True, "bool"), numbers("start", 3)]
    return net_of(nodes, [tensor("x", 2, 3)],
                  [tensor("all", None, 2, 3), tensor("end", 3), tensor("rows", None, 3)], weights)


def functions() -> ModelProto:
    imports = [h.make_opsetid("", OPSET), h.make_opsetid("local", 1)]
    outer = h.make_function(
        "local", "Twice", ["a"], ["b"],
        [h.make_node("Leaky", ["a"], ["m"], "once", domain="local", alpha=0.2),
         h.make_node("Leaky", ["m"], ["b"], "again", domain="local", alpha=0.3)], imports)
    inner = h.make_function("local", "Leaky", ["a"], ["b"],
                            [h.make_node("LeakyRelu", ["a"], ["c"], "leaky"),
                             h.make_node("Sigmoid", ["c"], ["b"], "sigmoid")], imports, ["alpha"])
    inner.node[0].attribute.append(AttributeProto(name="alpha", ref_attr_name="alpha",
                                                  type=AttributeProto.FLOAT))
    nodes = [h.make_node("Twice", ["x"], ["t"], "call", domain="local"),
             h.make_node("Leaky", ["t"], ["y"], "call2", domain="local", alpha=0.1)]
    return net_of(nodes, [tensor("x", 1, 4)], [tensor("y", 1, 4)], opset_imports=imports,
                  functions=[outer, inner])


def external() -> tuple[ModelProto, dict[str, bytes]]:
    model = convolutions()
    data = b""
    for weight in model.graph.initializer:
        raw = weight.raw_data
        weight.ClearField("raw_data")
        weight.data_location = TensorProto.EXTERNAL
        for key, value in (("location", "weights.bin"), ("offset", str(len(data))),
                           ("length", str(len(raw)))):
            weight.external_data.add(key=key, value=value)
        data += raw
    return model, {"weights.bin": data}


def quantised() -> ModelProto:
    nodes = [
        h.make_node("QuantizeLinear", ["x", "xs", "xz"], ["q"], "q"),
        h.make_node("DequantizeLinear", ["q", "xs", "xz"], ["d"], "d"),
        h.make_node("DequantizeLinear", ["w", "ws", "wz"], ["dw"], "dw", axis=0),
        h.make_node("Conv", ["d", "dw"], ["c"], "conv"),
        h.make_node("QuantizeLinear", ["c", "xs", "xz"], ["cq"], "cq"),
        h.make_node("QLinearConv", ["cq", "xs", "xz", "w2", "ws1", "wz1", "xs", "xz"], ["z"], "ql"),
        h.make_node("DequantizeLinear", ["z", "xs", "xz"], ["y"], "out"),
    ]
    weights = [as_weight("xs", 0.05, "float32"), as_weight("xz", 128, "uint8"),
               as_weight("w", np.arange(-12, 12).reshape(4, 6, 1, 1), "int8"),
               as_weight("ws", [0.1, 0.2, 0.3, 0.4], "float32"),
               as_weight("wz", [0, 0, 0, 0], "int8"),
               as_weight("w2", np.arange(-36, 36).reshape(2, 4, 3, 3), "int8"),
               as_weight("ws1", 0.1, "float32"), as_weight("wz1", 0, "int8")]
    return net_of(nodes, [tensor("x", 1, 6, 5, 5)], [tensor("y", 1, 2, 3, 3)], weights)


def half() -> ModelProto:
    nodes = [
        h.make_node("Cast", ["x"], ["xh"], "down", to=TensorProto.FLOAT16),
        h.make_node("ConvTranspose", ["xh", "w"], ["c"], "deconv", strides=[2, 2],
                    output_padding=[1, 1]),
        h.make_node("PRelu", ["c", "slope"], ["p"], "prelu"),
        h.make_node("InstanceNormalization", ["p", "s", "b"], ["n"], "norm"),
        h.make_node("Cast", ["n"], ["y"], "up", to=TensorProto.FLOAT),
    ]
    weights = [numbers("w", 3, 2, 3, 3, kind="float16"), numbers("slope", 2, 1, 1, kind="float16"),
               numbers("s", 2, kind="float16"), numbers("b", 2, kind="float16")]
    return net_of(nodes, [tensor("x", 1, 3, 4, 4)], [tensor("y", 1, 2, 10, 10)], weights)


def old() -> ModelProto:
    nodes = [
        h.make_node("Pad", ["x"], ["p"], "pad", pads=[0, 0, 1, 1, 0, 0, 1, 1], mode="reflect"),
        h.make_node("Conv", ["p", "w"], ["c"], "conv"),
        h.make_node("Upsample", ["c"], ["u"], "up", mode="nearest", scales=[1.0, 1.0, 2.0, 2.0]),
        h.make_node("Slice", ["u"], ["s"], "slice", starts=[1], ends=[-1], axes=[2]),
        h.make_node("Clip", ["s"], ["k"], "clip", min=0.0, max=6.0),
        h.make_node("TopK", ["k"], ["v", "i"], "topk", k=2, axis=3),
        h.make_node("Squeeze", ["v"], ["z"], "squeeze", axes=[0]),
        h.make_node("Softmax", ["z"], ["y"], "softmax", axis=1),
    ]
    inputs = [tensor("x", 1, 2, 5, 5), tensor("w", 3, 2, 3, 3)]
    return net_of(nodes, inputs, [tensor("y", 3, 8, 2)], [numbers("w", 3, 2, 3, 3)], opset=8)


def detector() -> ModelProto:
    nodes = [
        h.make_node("Conv", ["x", "w"], ["c"], "conv", strides=[2]),
        h.make_node("Transpose", ["c"], ["t"], "order", perm=[0, 2, 1]),
        h.make_node("Slice", ["t", "b0", "b1", "last"], ["boxes"], "boxes"),
        h.make_node("Slice", ["t", "b1", "b2", "last"], ["logits"], "logits"),
        h.make_node("Sigmoid", ["logits"], ["s"], "sigmoid"),
        h.make_node("Transpose", ["s"], ["scores"], "scores", perm=[0, 2, 1]),
        h.make_node("NonMaxSuppression", ["boxes", "scores", "limit", "iou", "least"], ["chosen"],
                    "nms"),
        h.make_node("ReduceMax", ["scores"], ["best"], "best", axes=[1], keepdims=0),
        h.make_node("TopK", ["best", "k"], ["values", "places"], "topk"),
        h.make_node("GatherElements", ["best", "places"], ["y"], "gather", axis=1),
        h.make_node("CumSum", ["y", "one"], ["total"], "cumsum"),
    ]
    weights = [numbers("w", 7, 2, 3), as_weight("b0", [0]), as_weight("b1", [4]),
               as_weight("b2", [7]), as_weight("last", [2]), as_weight("limit", 3),
               as_weight("iou", 0.5, "float32"), as_weight("least", 0.1, "float32"),
               as_weight("k", [3]), as_weight("one", 1)]
    return net_of(nodes, [tensor("x", 1, 2, 13)],
                  [tensor("chosen", None, 3, kind=TensorProto.INT64), tensor("total", 1, 3)],
                  weights)


def volume() -> ModelProto:
    nodes = [
        h.make_node("Conv", ["x", "w"], ["c"], "conv", group=2, pads=[1, 0, 1, 0, 1, 0]),
        h.make_node("AveragePool", ["c"], ["p"], "pool", kernel_shape=[2, 2, 2]),
        h.make_node("DepthToSpace", ["flat"], ["d"], "depth", blocksize=2),
        h.make_node("SpaceToDepth", ["d"], ["e"], "space", blocksize=2),
        h.make_node("ReduceSum", ["p", "axes"], ["y"], "sum", keepdims=0),
        h.make_node("Gather", ["e", "index"], ["z"], "gather", axis=1),
        h.make_node("ScatterND", ["z", "where", "what"], ["s"], "scatter"),
    ]
    nodes.insert(2, h.make_node("Reshape", ["p", "image"], ["flat"], "image"))
    weights = [numbers("w", 4, 2, 2, 3, 2), as_weight("image", [1, 4, 2, -1]),
               as_weight("axes", [2, -1]), as_weight("index", [[0, -1], [2, 1]]),
               as_weight("where", [[0, 1], [0, 0]]), numbers("what", 2, 2, 2, 4)]
    return net_of(nodes, [tensor("x", 1, 4, 3, 4, 3)], [tensor("y", 1, None, None),
                                                        tensor("s", None, None, None, None, None)],
                  weights)


def sparse() -> ModelProto:
    model = net_of([h.make_node("MatMul", ["x", "w"], ["y"], "matmul"),
                    h.make_node("Constant", [], ["k"], "constant", value_floats=[1.0, 2.0]),
                    h.make_node("Add", ["y", "k"], ["z"], "add")],
                   [tensor("x", 2, 3)], [tensor("z", 2, 2)])
    values = as_weight("w", [1.0, -2.0], "float32")
    model.graph.sparse_initializer.append(
        h.make_sparse_tensor(values, as_weight("places", [1, 4]), [3, 2]))
    return model


HAND_MADE: tuple[Callable[[], ModelProto | tuple[ModelProto, dict[str, bytes]]], ...] = (
    convolutions, mobile, inception, glue, attention, recurrent, branches, loops, functions,
    external, quantised, half, old, detector, volume, sparse,
)
