"""What models are made of: declared tensors, weights by chance or as given, the whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx.numpy_helper
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto
from onnx import helper as h

OPSET = 17


def tensor(name: str, *shape: int | str | None, kind: int = TensorProto.FLOAT) -> ValueInfoProto:
    return h.make_tensor_value_info(name, kind, shape)


def numbers(name: str, *shape: int, kind: str = "float32", scale: float = 0.5) -> TensorProto:
    values = np.random.default_rng(len(name) + sum(shape)).uniform(-scale, scale, shape)
    return onnx.numpy_helper.from_array(np.asarray(values.astype(kind)), name)


def as_weight(name: str, value: object, kind: str = "int64") -> TensorProto:
    return onnx.numpy_helper.from_array(np.asarray(value, dtype=kind), name)


def net_of(nodes: Sequence[NodeProto], inputs: Sequence[ValueInfoProto],
           outputs: Sequence[ValueInfoProto], weights: Sequence[TensorProto] = (),
           opset: int = OPSET, **more: object) -> ModelProto:
    graph = h.make_graph(nodes, "net", inputs, outputs, weights)
    opsets = more.pop("opset_imports", [h.make_opsetid("", opset)])
    return h.make_model(graph, opset_imports=opsets, ir_version=10, **more)
