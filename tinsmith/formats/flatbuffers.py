"""FlatBuffers, as much as a .tflite file needs: tables, vectors, strings, scalars.

A table is placed before what it refers to, its list of field offsets before the table, and every
number where its size divides its address. Offsets are unsigned, from the field that holds them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, Union

import numpy as np

from tinsmith.dtypes import Array

SIZES = {"b": 1, "B": 1, "?": 1, "i": 4, "I": 4, "f": 4}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number inside a table, in a format of ``struct``."""

    format: str
    value: float


@dataclass(frozen=True, slots=True)
class Table:
    """Fields by their position in the schema. Those that it lacks have their default."""

    fields: Mapping[int, Field]


Field: TypeAlias = Union[Scalar, Table, str, Array, "Sequence[Table]"]
"""What a field holds: an array is a vector of its elements, its start aligned to 16 bytes."""


def encode(root: Table, identifier: bytes) -> bytes:
    """A whole file: the offset of the root table, four letters that tell its kind, all the rest."""
    out = bytearray(4) + identifier
    position = _place(out, root)
    struct.pack_into("<I", out, 0, position)
    return bytes(out)


def _place(out: bytearray, field: Field) -> int:
    """Appends what an offset leads to; where it starts."""
    if isinstance(field, Table):
        return _place_table(out, field)
    if isinstance(field, str):
        return _place_bytes(out, field.encode() + b"\0", len(field.encode()), 4)
    if isinstance(field, np.ndarray):
        data = np.ascontiguousarray(field).reshape(-1)
        return _place_bytes(out, data.view(np.uint8).data, data.size, 16)
    assert not isinstance(field, Scalar)
    return _place_tables(out, field)


def _place_table(out: bytearray, table: Table) -> int:
    held = sorted(table.fields.items(), key=lambda item: -_inline_size(item[1]))
    slots = [0] * (max(table.fields, default=-1) + 1)
    size = 4
    for slot, field in held:
        slots[slot] = size
        size += _inline_size(field)
    directory = struct.pack(f"<{2 + len(slots)}H", 4 + 2 * len(slots), size, *slots)
    _align(out, 4, len(directory))
    out += directory
    start = len(out)
    out += struct.pack("<i", len(directory)) + bytes(size - 4)
    for slot, field in held:
        at = start + slots[slot]
        if isinstance(field, Scalar):
            struct.pack_into(f"<{field.format}", out, at, field.value)
        else:
            struct.pack_into("<I", out, at, _place(out, field) - at)
    return start


def _inline_size(field: Field) -> int:
    return SIZES[field.format] if isinstance(field, Scalar) else 4


def _place_bytes(out: bytearray, data: bytes | memoryview, count: int, alignment: int) -> int:
    """A vector of ``count`` elements."""
    _align(out, alignment, 4)
    start = len(out)
    out += struct.pack("<I", count)
    out += data
    return start


def _place_tables(out: bytearray, tables: Sequence[Table]) -> int:
    _align(out, 4)
    start = len(out)
    out += struct.pack("<I", len(tables)) + bytes(4 * len(tables))
    for i, table in enumerate(tables):
        at = start + 4 + 4 * i
        struct.pack_into("<I", out, at, _place_table(out, table) - at)
    return start


def _align(out: bytearray, alignment: int, ahead: int = 0) -> None:
    """Fills up so that what comes ``ahead`` bytes later is aligned."""
    out += bytes(-(len(out) + ahead) % alignment)
