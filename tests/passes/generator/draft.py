"""A random ONNX model that grows node by node, and the dice that decide its details."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tinsmith.dtypes import Array
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.ir.graph import Graph

OPSET = 20
KINDS = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE,
         "float16": TensorProto.FLOAT16, "int32": TensorProto.INT32, "int64": TensorProto.INT64,
         "int8": TensorProto.INT8, "uint8": TensorProto.UINT8, "bool": TensorProto.BOOL}
EXTENTS = (1, 1, 2, 2, 3, 4, 5, 7, 8)
T = TypeVar("T")


class Draft:
    """The model so far. ``dtype``: of its floats or integers, unless something else is said."""

    def __init__(self, seed: tuple[int, int], dtypes: Sequence[str]) -> None:
        self.random = np.random.default_rng(seed)
        self.dtype = self.pick(*dtypes)
        self.nodes: list[onnx.NodeProto] = []
        self.inputs: dict[str, tuple[str, tuple[int, ...]]] = {}
        self.weights: dict[str, Array] = {}
        self.values: list[str] = []

    def chance(self, probability: float) -> bool:
        """True so often."""
        return bool(self.random.random() < probability)

    def pick(self, *options: T) -> T:
        """One of them."""
        return options[int(self.random.integers(len(options)))]

    def extents(self, rank: int) -> tuple[int, ...]:
        """A small shape."""
        return tuple(self.pick(*EXTENTS) for _ in range(rank))

    def input(self, *shape: int, dtype: str = "") -> str:
        """A graph input."""
        name = f"x{len(self.inputs)}"
        self.inputs[name] = (dtype or self.dtype, shape)
        return name

    def constant(self, array: object, dtype: str = "") -> str:
        """A constant, exactly so."""
        name = f"w{len(self.weights)}"
        self.weights[name] = np.asarray(array).astype(dtype or self.dtype)
        return name

    def weight(self, *shape: int) -> str:
        """A constant of random numbers, some of them round."""
        array = self.random.uniform(-1, 1, shape) * self.pick(0.1, 1, 1, 3)
        if self.dtype[0] != "f" or self.chance(0.2):
            array = np.rint(array * 3)
        if self.dtype[0] == "u":
            array = np.abs(array)
        return self.constant(array)

    def number(self, value: float, like: str = "") -> str:
        """A constant meant to be ``value``: of any rank, at times another number, or no constant.

        ``like``: a value whose shape, or channels, it may be spread over.
        """
        if self.chance(0.15):
            value = self.pick(value * (1 + 2e-6), value * 1.001, value * 2, -value, value + 1,
                              0.0, 1.0, value * 1e-30, value * 1e30)
        shape: tuple[int, ...] = (1,) * self.pick(0, 0, 0, 1, 1, 2, 3, 4, 5)
        if like and self.chance(0.2):
            full = self.shape(like)
            shape = self.pick(full, full[-1:], (full[1], *(1,) * len(full[2:])) if len(full) > 1
                              else full)
        if self.chance(0.03):
            return self.input(*shape)
        with np.errstate(all="ignore"):
            array = np.full(shape, value)
            if self.dtype[0] != "f":
                array = np.clip(np.rint(array), 0 if self.dtype[0] == "u" else -100, 100)
            return self.constant(array)

    def op(self, kind: str, *inputs: str, count: int = 1, **attributes: Any) -> str:
        """A node; the name of its first result."""
        outputs = [f"v{len(self.nodes)}" + (f"_{i}" if i else "") for i in range(count)]
        self.nodes.append(helper.make_node(
            kind, list(inputs), outputs, name=f"n{len(self.nodes)}", **attributes))
        self.values += outputs
        return outputs[0]

    def either(self, kind: str, a: str, b: str) -> str:
        """A node of two operands, in any order."""
        return self.op(kind, *((a, b) if self.chance(0.5) else (b, a)))

    def reduce(self, kind: str, x: str, axes: Sequence[int], keepdims: int) -> str:
        """A reduction over given axes."""
        return self.op(kind, x, self.constant(list(axes), "int64"), keepdims=keepdims)

    def shape(self, value: str) -> tuple[int, ...]:
        """The shape of a value, as the importer sees it."""
        if value in self.weights:
            return self.weights[value].shape
        if value in self.inputs:
            return self.inputs[value][1]
        return self.graph(value).types[value].shape

    def model(self, *outputs: str) -> onnx.ModelProto:
        """The model that gives these values."""
        graph = helper.make_graph(
            self.nodes, "generated",
            [helper.make_tensor_value_info(n, KINDS[kind], shape)
             for n, (kind, shape) in self.inputs.items()],
            [onnx.ValueInfoProto(name=v) for v in outputs],
            [numpy_helper.from_array(a, n) for n, a in self.weights.items()])
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)],
                                 ir_version=9)

    def graph(self, *outputs: str) -> Graph:
        """The model, imported."""
        return build(read_proto(self.model(*outputs)), {}, {})
