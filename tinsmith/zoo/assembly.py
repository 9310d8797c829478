"""Collects nodes, weights and facts about the input, and closes them into an ONNX model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tinsmith.zoo.moments import Moments, standard

OPSET = 17
IR_VERSION = 8


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A float32 tensor of the network under construction.

    Attributes:
        name: the ONNX value, which has the name of the node that makes it.
        shape: its static shape.
        moments: the foreseen mean and variance of each channel (axis 1; the last axis of a
            sequence).
    """

    name: str
    shape: tuple[int, ...]
    moments: Moments


@dataclass(frozen=True, slots=True)
class Preprocess:
    """How an image becomes the network's input: (pixel - mean) / std, with pixels in 0..255.

    Attributes:
        mean: one number per channel, RGB or grey.
        std: one number per channel.
        crop: the share of the shorter side that the centred crop keeps (the shorter side is
            scaled to size / crop, then the middle is cut out); None stretches the whole image
            to the input's size.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    crop: float | None = None


class Assembly:
    """An ONNX graph that grows node by node; the rest of the Builder stands on it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._inputs: list[Value] = []
        self._constants: dict[str, np.ndarray] = {}
        self._metadata: dict[str, str] = {}

    def input(
        self, name: str, shape: tuple[int, ...], preprocess: Preprocess | None = None
    ) -> Value:
        """Declare an input of the network; its facts go into the model's metadata.

        `tinsmith.mean`, `tinsmith.std`: numbers with commas. `tinsmith.size`: height,width.
        `tinsmith.crop`: the share that is kept; absent where the image is stretched.
        """
        value = Value(name, shape, standard(shape[1]))
        self._inputs.append(value)
        if preprocess is not None:
            self._metadata["tinsmith.mean"] = _numbers(preprocess.mean)
            self._metadata["tinsmith.std"] = _numbers(preprocess.std)
            self._metadata["tinsmith.size"] = _numbers(shape[2:])
            if preprocess.crop is not None:
                self._metadata["tinsmith.crop"] = _numbers((preprocess.crop,))
        return value

    def node(
        self,
        op: str,
        name: str,
        inputs: Sequence[Value | str],
        shape: tuple[int, ...],
        moments: Moments,
        **attributes: object,
    ) -> Value:
        """Append a node with one output, and return that output."""
        self.nodes(op, name, inputs, [name], **attributes)
        return Value(name, shape, moments)

    def nodes(
        self,
        op: str,
        name: str,
        inputs: Sequence[Value | str],
        outputs: Sequence[str],
        **attributes: object,
    ) -> None:
        """Append a node; an input is a value, or the name of a constant ("" leaves one out)."""
        names = [each.name if isinstance(each, Value) else each for each in inputs]
        self._nodes.append(helper.make_node(op, names, list(outputs), name=name, **attributes))

    def constant(self, name: str, array: np.ndarray) -> str:
        """Store an initializer and return its name; the same name again is the same constant."""
        self._constants.setdefault(name, array)
        return name

    def close(self, outputs: Mapping[str, Value], description: str) -> onnx.ModelProto:
        """The finished model, with the outputs under the given names."""
        renamed = {value.name: public for public, value in outputs.items()}
        for node in self._nodes:
            for names in (node.input, node.output):
                names[:] = [renamed.get(each, each) for each in names]
        graph = helper.make_graph(
            self._nodes,
            self._name,
            [_tensor(value.name, value) for value in self._inputs],
            [_tensor(public, value) for public, value in outputs.items()],
            [numpy_helper.from_array(array, name) for name, array in self._constants.items()],
        )
        model = helper.make_model(
            graph,
            producer_name="tinsmith.zoo",
            doc_string=description,
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )
        helper.set_model_props(model, self._metadata)
        return model


def _tensor(name: str, value: Value) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape)


def _numbers(values: Sequence[float]) -> str:
    return ",".join(f"{value:g}" for value in values)
