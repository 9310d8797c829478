"""A format of one's own, whole: ``chain 2x3`` and then an activation a line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tinsmith.dtypes import Array, DType
from tinsmith.errors import UnsupportedError
from tinsmith.importers.builder import GraphBuilder
from tinsmith.importers.inputs import Declared, Imported, InputShape
from tinsmith.importers.outputs import finished
from tinsmith.ir.op import TensorType
from tinsmith.ops.activations import Relu, Sigmoid, Tanh

TITLE = "Chain"
OPERATORS = {"relu": Relu, "sigmoid": Sigmoid, "tanh": Tanh}


def probe(head: bytes) -> bool:
    return head.startswith(b"chain ")


def declared(path: Path) -> dict[str, Declared | None]:
    first = path.read_text().splitlines()[0]
    return {"x": tuple(map(int, first.removeprefix("chain ").split("x")))}


def load(path: Path, shapes: Mapping[str, tuple[int, ...]], bind: Mapping[str, Array],
         rows: Mapping[str, int]) -> Imported:
    shape = declared(path)["x"]
    given = shapes.get("x", tuple(d for d in shape or () if isinstance(d, int)))
    builder, value = GraphBuilder(), "x"
    builder.add_input("x", TensorType(given, DType.F32))
    for i, name in enumerate(path.read_text().split()[2:]):
        if name not in OPERATORS:
            raise UnsupportedError(f"import: operator '{name}': expected one of "
                                   f"{', '.join(OPERATORS)}, got another; replace it")
        builder.add_node(f"{name}.{i}", OPERATORS[name](), (value,), (f"y{i}",))
        value = f"y{i}"
    graph = finished(builder, path.stem, {"y": value, "x": "x"}, ["y"], {})
    return Imported(graph, (InputShape("x", shape, given, "declared"),))
