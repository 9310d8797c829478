"""A model with its inputs, ready to be judged; and how one operator is made such a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import onnx
from onnx import helper

from tests.sweep.draw import Draw
from tinsmith.dtypes import Array

EXACT = 0.0
NEAR = 2e-6
HALF = 2e-3


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A model and its inputs.

    ``share``: what floats may be off by, of an output's largest magnitude, beside what rounding
    explains. ``relative``: the same for each element, of its own magnitude. ``steps``: what
    integers may be off by.
    """

    kind: str
    number: int
    model: onnx.ModelProto
    feeds: Mapping[str, Array]
    share: float = NEAR
    relative: float = 0.0
    steps: int = 0

    @property
    def name(self) -> str:
        """Kind and number: what ``--only`` takes."""
        return f"{self.kind}:{self.number}"


@dataclass(frozen=True, slots=True, eq=False)
class Single:
    """One operator on given inputs.

    ``constant``: positions that decide shapes, and so are weights. The others are weights or
    inputs as drawn. ``outputs``: their number, some of them left out where a mask says so.
    """

    op: str
    inputs: tuple[Array | None, ...]
    attributes: Mapping[str, object] = field(default_factory=dict)
    constant: tuple[int, ...] = ()
    outputs: tuple[bool, ...] = (True,)
    opset: int = 22
    share: float = NEAR
    relative: float = 0.0
    steps: int = 0
    domain: str = ""

    def halved(self) -> Single:
        """The same on float16, rounded once more than ONNX Runtime may."""
        with np.errstate(over="ignore"):
            inputs = tuple(a.astype(np.float16) if a is not None and a.dtype == np.float32 else a
                           for a in self.inputs)
        return replace(self, inputs=inputs, share=max(self.share, HALF),
                       relative=max(self.relative, HALF))

    def trial(self, kind: str, number: int, draw: Draw) -> Trial:
        """As a model with values x0, x1 ... and y0, y1 ..."""
        given = [i for i, a in enumerate(self.inputs) if a is not None and i not in self.constant]
        fixed = {i for i in given[1:] if draw.chance(0.5)} | set(self.constant)
        names = [f"x{i}" if a is not None else "" for i, a in enumerate(self.inputs)]
        while names and not names[-1]:
            names.pop()
        results = [f"y{i}" if asked else "" for i, asked in enumerate(self.outputs)]
        node = helper.make_node(self.op, names, results, domain=self.domain, **self.attributes)
        arrays = {f"x{i}": a for i, a in enumerate(self.inputs) if a is not None}
        weights = {f"x{i}" for i in fixed}
        graph = helper.make_graph(
            [node], kind,
            [typed(n, a) for n, a in arrays.items() if n not in weights],
            [onnx.ValueInfoProto(name=n) for n in results if n],
            [onnx.numpy_helper.from_array(a, n) for n, a in arrays.items() if n in weights])
        return Trial(kind, number, model_of(graph, self.opset, self.domain),
                     {n: a for n, a in arrays.items() if n not in weights},
                     self.share, self.relative, self.steps)


def typed(name: str, array: Array) -> onnx.ValueInfoProto:
    """An input of a graph."""
    return helper.make_tensor_value_info(
        name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)


def model_of(graph: onnx.GraphProto, opset: int, domain: str = "") -> onnx.ModelProto:
    """A graph as a model."""
    imports = [helper.make_opsetid("", opset)]
    if domain:
        imports.append(helper.make_opsetid(domain, 1))
    return helper.make_model(graph, opset_imports=imports, ir_version=10)
