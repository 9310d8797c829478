"""Valid models to spoil: hand-made networks, official cases of every operator, small zoo networks.

Every seed is a serialised model with the files that it reads beside it. The order is fixed, so
that a number and a seed name the same spoilt model on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
from google.protobuf.message import DecodeError
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto
from onnx import helper as h

from tinsmith import zoo

LARGEST_CASE = 20_000
CASES_EACH = 2
NETWORKS = ("ds-cnn", "fqa", "autoencoder", "squeezenet1.1", "shufflenetv2")
OPSET = 17


@dataclass(frozen=True, slots=True)
class Seed:
    """A valid model: its name, bytes, and the files that lie beside it."""

    name: str
    data: bytes
    files: dict[str, bytes] = field(default_factory=dict)


@cache
def corpus() -> tuple[tuple[Seed, ...], tuple[Seed, ...], tuple[Seed, ...]]:
    """Hand-made seeds, one-operator seeds, zoo seeds."""
    made = tuple(Seed(make.__name__, *_serialised(make())) for make in HAND_MADE)
    return made, tuple(official()), tuple(networks())


def _serialised(made: ModelProto | tuple[ModelProto, dict[str, bytes]]
                ) -> tuple[bytes, dict[str, bytes]]:
    model, files = made if isinstance(made, tuple) else (made, {})
    return model.SerializeToString(), files


# -- official cases: one operator each

FIXING = frozenset({  # operators whose inputs all fix a shape
    "BlackmanWindow", "ConstantOfShape", "HammingWindow", "HannWindow", "NonZero", "OneHot",
    "Range", "Unique",
})
SCALARS = frozenset({"scales", "iou_threshold", "score_threshold", "roi"})
STRANGE = 8  # how many cases with text, sequences or foreign operators to keep


def official() -> Iterator[Seed]:
    """A few cases of every operator; inputs that mostly fix shapes become constants."""
    folder = Path(onnx.__file__).parent / "backend/test/data/node"
    seen: dict[str, int] = {}
    strange = 0
    for case in sorted(folder.iterdir()):
        path = case / "model.onnx"
        if "_expanded" in case.name or not path.is_file() or path.stat().st_size > LARGEST_CASE:
            continue
        model = onnx.load(path, load_external_data=False)
        kind = model.graph.node[0].op_type
        if seen.get(kind, 0) >= CASES_EACH:
            continue
        seen[kind] = seen.get(kind, 0) + 1
        if _is_strange(model):
            strange += 1
            if strange > STRANGE:
                continue
        _bind(model, kind, case / "test_data_set_0")
        yield Seed(case.name, model.SerializeToString())


def _is_strange(model: ModelProto) -> bool:
    values = [*model.graph.input, *model.graph.output]
    return any(n.domain for n in model.graph.node) or any(
        not v.type.HasField("tensor_type") or v.type.tensor_type.elem_type == TensorProto.STRING
        for v in values)


def _bind(model: ModelProto, kind: str, data: Path) -> None:
    """Makes inputs initialisers: integers that are not the first, and what fixes a shape."""
    graph = model.graph
    integers = (TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL)
    for i, value in reversed(list(enumerate(graph.input))):
        small = i > 0 and value.type.tensor_type.elem_type in integers
        if not small and kind not in FIXING and value.name not in SCALARS:
            continue
        try:
            tensor = TensorProto.FromString((data / f"input_{i}.pb").read_bytes())
        except (OSError, DecodeError):
            continue
        tensor.name = value.name
        graph.initializer.append(tensor)
        del graph.input[i]


# -- zoo networks: their weights lie beside them, so that mutations hit the structure

def networks() -> Iterator[Seed]:
    """Networks of the zoo with their large weights in one file."""
    for name in NETWORKS:
        model = zoo.build(name)
        weights = bytearray()
        for tensor in model.graph.initializer:
            data = onnx.numpy_helper.to_array(tensor).tobytes()
            if len(data) < 256:
                continue
            tensor.ClearField("float_data")
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in (("location", f"{name}.bin"), ("offset", str(len(weights))),
                               ("length", str(len(data)))):
                tensor.external_data.add(key=key, value=value)
            weights += data
        yield Seed(name, model.SerializeToString(), {f"{name}.bin": bytes(weights)})


# -- hand-made networks

def _value(name: str, *shape: int | str | None, kind: int = TensorProto.FLOAT) -> ValueInfoProto:
    return h.make_tensor_value_info(name, kind, shape)


def _weight(name: str, *shape: int, kind: str = "float32", scale: float = 0.5) -> TensorProto:
    values = np.random.default_rng(len(name) + sum(shape)).uniform(-scale, scale, shape)
    return onnx.numpy_helper.from_array(np.asarray(values.astype(kind)), name)


def _constant(name: str, value: object, kind: str = "int64") -> TensorProto:
    return onnx.numpy_helper.from_array(np.asarray(value, dtype=kind), name)


def _model(nodes: Sequence[NodeProto], inputs: Sequence[ValueInfoProto],
           outputs: Sequence[ValueInfoProto], weights: Sequence[TensorProto] = (),
           opset: int = OPSET, **more: object) -> ModelProto:
    graph = h.make_graph(nodes, "net", inputs, outputs, weights)
    opsets = more.pop("opset_imports", [h.make_opsetid("", opset)])
    return h.make_model(graph, opset_imports=opsets, ir_version=10, **more)


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
    weights = [_weight("w0", 8, 3, 3, 3), _weight("b0", 8), _weight("s", 8), _weight("t", 8),
               _weight("m", 8), _constant("v", np.ones(8), "float32"), _weight("w1", 10, 8),
               _weight("b1", 10)]
    return _model(nodes, [_value("x", "N", 3, 16, 16)], [_value("y", "N", 10)], weights)


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
    weights = [_weight("w0", 16, 8, 1, 1), _constant("low", 0, "float32"),
               _constant("high", 6, "float32"), _weight("w1", 16, 1, 3, 3),
               _weight("w2", 8, 16, 1, 1)]
    return _model(nodes, [_value("x", 1, 8, 9, 9)], [_value("y", 1, 8, 9, 9)], weights)


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
    weights = [_weight("w1", 4, 6, 1, 1), _weight("w3", 5, 6, 3, 3), _weight("w5", 3, 6, 3, 3),
               _constant("lengths", [10, 8]), _constant("scales", [1, 1, 2, 2], "float32")]
    return _model(nodes, [_value("x", 2, 6, 8, 8)], [_value("y", 2, 18, 8, 8)], weights)


def glue() -> ModelProto:
    nodes = [
        h.make_node("Shape", ["x"], ["shape"], "shape"),
        h.make_node("Gather", ["shape", "zero"], ["n"], "batch", axis=0),
        h.make_node("Unsqueeze", ["n", "axis"], ["n1"], "unsqueeze"),
        h.make_node("Concat", ["n1", "rest"], ["target"], "concat", axis=0),
        h.make_node("Concat", ["n1", "known"], ["filled"], "filled", axis=0),
        h.make_node("Reshape", ["x", "target"], ["flat"], "reshape"),
        h.make_node("ConstantOfShape", ["filled"], ["zeros"], "zeros",
                    value=_constant("value", [1.5], "float32")),
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
    weights = [_constant("zero", 0), _constant("four", 4), _constant("one", 1),
               _constant("axis", [0]), _constant("rest", [3, -1]), _constant("known", [3, 8]),
               _constant("starts", [0, -4]),
               _constant("ends", [2**63 - 1, 2**31 - 1]), _constant("axes", [1, 2]),
               _constant("steps", [1, 1]), _constant("wide", [3, 2, 4]),
               _constant("repeats", [1, 1, 2]), _constant("pads", [0, 0, 1, 0, 0, 1]),
               _constant("mask", True, "bool"), _constant("half", 0.5, "float32")]
    return _model(nodes, [_value("x", 2, 3, 4, 2)],
                  [_value("y", 1, None, None), _value("k", None, None, None,
                                                      kind=TensorProto.INT64),
                   _value("z", None, None, None)], weights)


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
    weights = [_weight("g", 8), _weight("b", 8), _weight("wqkv", 8, 24),
               _constant("heads", [0, 0, 3, 2, 4]), _constant("first", [0]),
               _constant("root", 2.0, "float32"), _constant("joined", [0, 0, -1])]
    return _model(nodes, [_value("x", 1, 5, 8)], [_value("y", 1, 5, 8)], weights)


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
    weights = [_weight("w", 2, 16, 3), _weight("r", 2, 16, 4), _weight("b", 2, 32),
               _weight("h0", 2, 2, 4), _weight("c0", 2, 2, 4), _constant("joined", [0, 0, -1]),
               _weight("gw", 1, 9, 8), _weight("gr", 1, 9, 3), _weight("nw", 1, 2, 8),
               _weight("nr", 1, 2, 2)]
    return _model(nodes, [_value("x", 5, 2, 3)], [_value("g", 5, 1, 2, 3), _value("c", 2, 2, 4),
                                                  _value("last", 1, 2, 2)], weights)


def _branch(name: str, op: str, output: str) -> GraphProto:
    return h.make_graph([h.make_node(op, ["x"], [output], f"{name}.{op}")], name, [],
                        [_value(output, 2, 3)])


def branches() -> ModelProto:
    inner = h.make_graph(
        [h.make_node("If", ["no"], ["inner.y"], "inner",
                     then_branch=_branch("a", "Neg", "a.y"),
                     else_branch=_branch("b", "Abs", "b.y")),
         h.make_node("Add", ["inner.y", "half"], ["else.y"], "plus")], "else", [],
        [_value("else.y", 2, 3)], [_constant("no", False, "bool")])
    nodes = [
        h.make_node("If", ["yes"], ["c"], "constant", then_branch=_branch("t", "Exp", "t.y"),
                    else_branch=inner),
        h.make_node("If", ["when"], ["d"], "live", then_branch=_branch("u", "Tanh", "u.y"),
                    else_branch=inner),
        h.make_node("Mul", ["c", "d"], ["y"], "mul"),
    ]
    weights = [_constant("yes", True, "bool"), _constant("half", 0.5, "float32")]
    return _model(nodes, [_value("x", 2, 3), _value("when", kind=TensorProto.BOOL)],
                  [_value("y", 2, 3)], weights)


def loops() -> ModelProto:
    body = h.make_graph(
        [h.make_node("Add", ["sum", "x"], ["next"], "body.add"),
         h.make_node("Identity", ["go"], ["on"], "body.on"),
         h.make_node("Mul", ["next", "two"], ["twice"], "body.mul")], "body",
        [_value("i", kind=TensorProto.INT64), _value("go", kind=TensorProto.BOOL),
         _value("sum", 2, 3)],
        [_value("on", kind=TensorProto.BOOL), _value("next", 2, 3), _value("twice", 2, 3)],
        [_constant("two", 2.0, "float32")])
    scan = h.make_graph(
        [h.make_node("Add", ["state", "row"], ["state.next"], "scan.add"),
         h.make_node("Relu", ["state.next"], ["row.out"], "scan.relu")], "scan",
        [_value("state", 3), _value("row", 3)],
        [_value("state.next", 3), _value("row.out", 3)])
    nodes = [
        h.make_node("Loop", ["steps", "true", "x"], ["last", "all"], "loop", body=body),
        h.make_node("Scan", ["start", "last"], ["end", "rows"], "scan", body=scan,
                    num_scan_inputs=1),
    ]
    weights = [_constant("steps", 3), _constant("true", True, "bool"), _weight("start", 3)]
    return _model(nodes, [_value("x", 2, 3)],
                  [_value("all", None, 2, 3), _value("end", 3), _value("rows", None, 3)], weights)


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
    return _model(nodes, [_value("x", 1, 4)], [_value("y", 1, 4)], opset_imports=imports,
                  functions=[outer, inner])


def external() -> tuple[ModelProto, dict[str, bytes]]:
    model = convolutions()
    data = b""
    for tensor in model.graph.initializer:
        raw = tensor.raw_data
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", "weights.bin"), ("offset", str(len(data))),
                           ("length", str(len(raw)))):
            tensor.external_data.add(key=key, value=value)
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
    weights = [_constant("xs", 0.05, "float32"), _constant("xz", 128, "uint8"),
               _constant("w", np.arange(-12, 12).reshape(4, 6, 1, 1), "int8"),
               _constant("ws", [0.1, 0.2, 0.3, 0.4], "float32"),
               _constant("wz", [0, 0, 0, 0], "int8"),
               _constant("w2", np.arange(-36, 36).reshape(2, 4, 3, 3), "int8"),
               _constant("ws1", 0.1, "float32"), _constant("wz1", 0, "int8")]
    return _model(nodes, [_value("x", 1, 6, 5, 5)], [_value("y", 1, 2, 3, 3)], weights)


def half() -> ModelProto:
    nodes = [
        h.make_node("Cast", ["x"], ["xh"], "down", to=TensorProto.FLOAT16),
        h.make_node("ConvTranspose", ["xh", "w"], ["c"], "deconv", strides=[2, 2],
                    output_padding=[1, 1]),
        h.make_node("PRelu", ["c", "slope"], ["p"], "prelu"),
        h.make_node("InstanceNormalization", ["p", "s", "b"], ["n"], "norm"),
        h.make_node("Cast", ["n"], ["y"], "up", to=TensorProto.FLOAT),
    ]
    weights = [_weight("w", 3, 2, 3, 3, kind="float16"), _weight("slope", 2, 1, 1, kind="float16"),
               _weight("s", 2, kind="float16"), _weight("b", 2, kind="float16")]
    return _model(nodes, [_value("x", 1, 3, 4, 4)], [_value("y", 1, 2, 10, 10)], weights)


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
    inputs = [_value("x", 1, 2, 5, 5), _value("w", 3, 2, 3, 3)]
    return _model(nodes, inputs, [_value("y", 3, 8, 2)], [_weight("w", 3, 2, 3, 3)], opset=8)


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
    weights = [_weight("w", 7, 2, 3), _constant("b0", [0]), _constant("b1", [4]),
               _constant("b2", [7]), _constant("last", [2]), _constant("limit", 3),
               _constant("iou", 0.5, "float32"), _constant("least", 0.1, "float32"),
               _constant("k", [3]), _constant("one", 1)]
    return _model(nodes, [_value("x", 1, 2, 13)],
                  [_value("chosen", None, 3, kind=TensorProto.INT64), _value("total", 1, 3)],
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
    weights = [_weight("w", 4, 2, 2, 3, 2), _constant("image", [1, 4, 2, -1]),
               _constant("axes", [2, -1]), _constant("index", [[0, -1], [2, 1]]),
               _constant("where", [[0, 1], [0, 0]]), _weight("what", 2, 2, 2, 4)]
    return _model(nodes, [_value("x", 1, 4, 3, 4, 3)], [_value("y", 1, None, None),
                                                        _value("s", None, None, None, None, None)],
                  weights)


def sparse() -> ModelProto:
    model = _model([h.make_node("MatMul", ["x", "w"], ["y"], "matmul"),
                    h.make_node("Constant", [], ["k"], "constant", value_floats=[1.0, 2.0]),
                    h.make_node("Add", ["y", "k"], ["z"], "add")],
                   [_value("x", 2, 3)], [_value("z", 2, 2)])
    values = _constant("w", [1.0, -2.0], "float32")
    model.graph.sparse_initializer.append(
        h.make_sparse_tensor(values, _constant("places", [1, 4]), [3, 2]))
    return model


HAND_MADE: tuple[Callable[[], ModelProto | tuple[ModelProto, dict[str, bytes]]], ...] = (
    convolutions, mobile, inception, glue, attention, recurrent, branches, loops, functions,
    external, quantised, half, old, detector, volume, sparse,
)
