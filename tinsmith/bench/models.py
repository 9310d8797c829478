"""The network that all engines get: an ONNX file whose shapes are static, inputs and reference."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from tinsmith import pipeline
from tinsmith.bench.check import softmax_outputs
from tinsmith.bench.engine import CannotRunError
from tinsmith.dtypes import Array
from tinsmith.errors import ModelError, TinsmithError
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.ir.graph import Graph

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A network at one batch size, ready for every engine.

    Attributes:
        model: the ONNX file.
        digest: a hash of it.
        feeds: an .npz file with the inputs.
        wanted: the reference's outputs.
        softmax: the outputs that are probabilities.
        macs: multiply-accumulates of a run.
        precision: the network's own, where it is lower than what was asked.
    """

    model: Path
    digest: str
    feeds: Path
    wanted: Mapping[str, Array]
    softmax: frozenset[str]
    macs: int
    precision: str


def prepare(path: Path, batch: int, shapes: Shapes, folder: Path,
            precision: str = "f32") -> Prepared:
    """Writes the model and its inputs to ``folder`` and computes the reference.

    Args:
        path: the ONNX file.
        batch: samples in one run.
        shapes: of inputs that the file leaves open, for one sample.
        folder: where to.
        precision: that engines are asked for.

    Raises:
        CannotRunError: the model fixes its batch.
        UserError: the model is damaged or unsupported.
    """
    proto = read_file(path)
    graph = at_batch(proto, batch, shapes).replace(name=path.stem)
    write_shapes(proto, graph)
    model, feeds = folder / f"{path.stem}.onnx", folder / "feeds.npz"
    model.write_bytes(proto.SerializeToString())
    answers = pipeline.golden(graph)
    inputs, wanted = answers.inputs, answers.outputs
    with feeds.open("wb") as file:
        np.savez(file, allow_pickle=False, **inputs)
    return Prepared(model, hashlib.sha256(model.read_bytes()).hexdigest(), feeds, wanted,
                    softmax_outputs(graph), sum(graph.macs(node) for node in graph.nodes),
                    pipeline.precision_of(graph, precision))


def read_file(path: Path) -> onnx.ModelProto:
    """The model with its external data; ``ModelError`` when it is no ONNX file."""
    try:
        return onnx.load(str(path))
    except Exception as error:  # protobuf, the file system, external data: no class in common
        raise ModelError(f"bench: file '{path}': expected an ONNX model, got "
                         f"{type(error).__name__}; check the file") from error


def at_batch(proto: onnx.ModelProto, batch: int, shapes: Shapes) -> Graph:
    """The graph with so many samples in each input; ``proto`` becomes that model.

    Raises:
        CannotRunError: the model takes no batch but its own.
    """
    single = build(read_proto(proto), dict(shapes), {})
    if batch == 1:
        return single
    for name in single.inputs:
        if single.types[name].shape[:1] != (1,):
            raise CannotRunError(f"the model fixes its batch: input '{name}' has "
                                 f"{list(single.types[name].shape)}")
    several = onnx.ModelProto()
    several.CopyFrom(proto)
    open_shapes(several, {name: (batch, *single.types[name].shape[1:]) for name in single.inputs})
    try:
        graph = build(read_proto(several), {}, {})
    except TinsmithError as error:
        raise CannotRunError(f"the model fixes its batch: {error}") from error
    for name in graph.outputs:
        check_output(name, single.types[name].shape, graph.types[name].shape, batch)
    proto.CopyFrom(several)
    return graph


def check_output(name: str, one: tuple[int, ...], several: tuple[int, ...], batch: int) -> None:
    """Refuses an output that does not hold one result for each sample."""
    changed = [(a, b) for a, b in zip(one, several, strict=False) if a != b]
    if len(one) != len(several) or len(changed) != 1 or (
            math.prod(several) != batch * math.prod(one)):
        raise CannotRunError(f"the model fixes its batch: output '{name}' has {list(one)} for one "
                             f"sample, {list(several)} for {batch}")


def open_shapes(proto: onnx.ModelProto, shapes: Shapes) -> None:
    """Gives inputs these shapes and forgets what the file says of all others."""
    for port in proto.graph.input:
        if port.name in shapes:
            set_shape(port, shapes[port.name])
    del proto.graph.value_info[:]
    for port in proto.graph.output:
        port.type.tensor_type.ClearField("shape")


def set_shape(port: onnx.ValueInfoProto, shape: tuple[int, ...]) -> None:
    """Declares a static shape."""
    dims = port.type.tensor_type.shape
    dims.ClearField("dim")
    for size in shape:
        dims.dim.add().dim_value = size


def write_shapes(proto: onnx.ModelProto, graph: Graph) -> None:
    """Declares the graph's shapes of inputs and outputs."""
    for port in (*proto.graph.input, *proto.graph.output):
        if port.name in (*graph.inputs, *graph.outputs):
            set_shape(port, graph.types[port.name].shape)
