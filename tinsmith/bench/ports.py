"""Inputs and outputs of the ONNX model, for engines whose own form forgets names and shapes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

FILE = "ports.json"


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ports:
    """All of them, in the model's order."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def of_model(model: Path) -> Ports:
    """The ports of an ONNX file, its shapes static."""
    import onnx  # where engines only run, it is not loaded

    graph = onnx.load(str(model), load_external_data=False).graph
    weights = {weight.name for weight in graph.initializer}
    return Ports(tuple(port(value) for value in graph.input if value.name not in weights),
                 tuple(map(port, graph.output)))


def port(value: onnx.ValueInfoProto) -> Port:
    """One port as the file declares it."""
    return Port(value.name, tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim))


def write(ports: Ports, folder: Path) -> None:
    """Keeps the ports beside a converted model: to read the ONNX file again takes its memory."""
    (folder / FILE).write_text(json.dumps(asdict(ports)), encoding="utf-8")


def read(folder: Path) -> Ports:
    """The ports that ``write`` left."""
    kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return Ports(*(tuple(Port(entry["name"], tuple(entry["shape"])) for entry in kept[side])
                   for side in ("inputs", "outputs")))
