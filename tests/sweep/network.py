"""A model that grows node by node, each value's shape known at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import onnx.shape_inference
from onnx import helper, numpy_helper

from tests.sweep.draw import Draw
from tests.sweep.trial import model_of, typed
from tinsmith.dtypes import Array

OPSET = 20


class Network:
    """Nodes so far, their weights, and the shape of every value."""

    def __init__(self, draw: Draw) -> None:
        self.d = draw
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.feeds: dict[str, Array] = {}
        self.nodes: list[onnx.NodeProto] = []
        self._weights: dict[str, Array] = {}

    def input(self, shape: Sequence[int]) -> str:
        """An input of the network."""
        name = f"x{len(self.feeds)}"
        self.feeds[name] = self.d.array(shape)
        self.shapes[name] = tuple(shape)
        return name

    def weight(self, array: Array) -> str:
        """A constant."""
        name = f"w{len(self._weights)}"
        self._weights[name] = np.asarray(array)
        self.shapes[name] = self._weights[name].shape
        return name

    def normal(self, *shape: int, fan: int = 1) -> str:
        """A constant of normal numbers, for sums of ``fan`` terms."""
        values = self.d.rng.standard_normal(shape) / np.sqrt(max(fan, 1))
        return self.weight(values.astype(np.float32))

    def add(self, op: str, inputs: Sequence[str], outputs: int = 1,
            **attributes: object) -> list[str]:
        """One more node; the names of its results."""
        names = [f"{op.lower()}{len(self.nodes)}" + (f"_{i}" if outputs > 1 else "")
                 for i in range(outputs)]
        node = helper.make_node(op, inputs, names, name=names[0], **attributes)
        kinds = {n: _kind(self._weights[n].dtype if n in self._weights else np.dtype(np.float32),
                          self.shapes[n]) for n in inputs if n}
        data = {n: numpy_helper.from_array(self._weights[n], n) for n in inputs
                if n in self._weights}
        inferred = onnx.shape_inference.infer_node_outputs(
            onnx.defs.get_schema(op, OPSET), node, kinds, data,
            opset_imports=[helper.make_opsetid("", OPSET)])
        for name in names:
            self.shapes[name] = tuple(
                d.dim_value for d in inferred[name].tensor_type.shape.dim)
        self.nodes.append(node)
        return names

    def one(self, op: str, *inputs: str, **attributes: object) -> str:
        """One more node with one result."""
        return self.add(op, inputs, **attributes)[0]

    def model(self, outputs: Sequence[str]) -> onnx.ModelProto:
        """The nodes that lead to ``outputs``, as a model."""
        graph = helper.make_graph(
            self.nodes, "chain", [typed(n, a) for n, a in self.feeds.items()],
            [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, self.shapes[n])
             for n in outputs],
            [numpy_helper.from_array(a, n) for n, a in self._weights.items()])
        return model_of(graph, OPSET)

    def unread(self) -> list[str]:
        """Results that no node reads."""
        read = {value for node in self.nodes for value in node.input}
        return [value for node in self.nodes for value in node.output if value not in read]


def _kind(dtype: np.dtype[np.generic], shape: Sequence[int]) -> onnx.TypeProto:
    return helper.make_tensor_type_proto(helper.np_dtype_to_tensor_dtype(dtype), shape)
