"""ONNX: ``read`` turns bytes into raw nodes, ``build`` and the ``map_*`` files into a graph."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tinsmith.dtypes import Array
from tinsmith.formats.protobuf import BYTES, VARINT, fields
from tinsmith.importers.inputs import Declared, Imported

TITLE = "ONNX"

MODEL = {1: VARINT, 2: BYTES, 3: BYTES, 4: BYTES, 5: VARINT, 6: BYTES, 7: BYTES, 8: BYTES,
         14: BYTES, 20: BYTES, 25: BYTES, 26: BYTES}
"""The fields of a ModelProto, and how they are written."""

WORDS = frozenset((2, 3, 4))
"""Those that name the producer, its version and the domain: text on one line."""


def probe(head: bytes) -> bool:
    """Whether a file that begins so is a ModelProto: protobuf with such fields, words in them."""
    count = 0
    try:
        for field in fields(head):
            known = MODEL.get(field.number)
            if known != field.wire and (known is not None or not count):
                return False  # of another message; a later version may add fields behind these
            if field.number in WORDS and any(byte < 0x20 for byte in field.value):
                return False
            count += 1
    except ValueError:
        return False
    return count > 0


def declared(path: Path) -> dict[str, Declared | None]:
    """What the file says of the shapes of its inputs, those with a default left out."""
    from tinsmith.importers.onnx.read import read

    raw = read(path).graph
    return {name: kind.shape for name, kind in raw.inputs.items() if name not in raw.weights}


def load(path: Path, shapes: Mapping[str, tuple[int, ...]], bind: Mapping[str, Array],
         rows: Mapping[str, int]) -> Imported:
    """The graph of a file. See ``importers.load``."""
    from tinsmith.importers.onnx.build import import_model
    from tinsmith.importers.onnx.read import read

    return import_model(read(path), shapes, bind, rows)
