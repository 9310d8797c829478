"""Valid models to spoil: hand-made networks, official cases of every operator, small zoo networks.

Every seed is a serialised model with the files that it reads beside it. The order is fixed, so
that a number and a seed name the same spoilt model on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import onnx
import onnx.numpy_helper
from google.protobuf.message import DecodeError
from onnx import ModelProto, TensorProto

from tests.robustness.hand_made import HAND_MADE
from tinsmith import zoo

LARGEST_CASE = 20_000
CASES_EACH = 2
NETWORKS = ("ds-cnn", "fqa", "autoencoder", "squeezenet1.1", "shufflenetv2")


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
