"""Reads a .tflite file as far as tests ask, by the rules of FlatBuffers and nothing of ours."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.formats.tflite import Code


@dataclass(frozen=True)
class Table:
    """A table in a file."""

    data: bytes
    at: int

    def place(self, slot: int) -> int | None:
        directory = self.at - struct.unpack_from("<i", self.data, self.at)[0]
        size = struct.unpack_from("<H", self.data, directory)[0]
        if 4 + 2 * slot >= size:
            return None
        offset = struct.unpack_from("<H", self.data, directory + 4 + 2 * slot)[0]
        return self.at + offset if offset else None

    def scalar(self, slot: int, form: str) -> float:
        at = self.place(slot)
        return 0 if at is None else struct.unpack_from(f"<{form}", self.data, at)[0]

    def follow(self, slot: int) -> int:
        at = self.place(slot)
        assert at is not None
        return at + struct.unpack_from("<I", self.data, at)[0]

    def table(self, slot: int) -> Table:
        return Table(self.data, self.follow(slot))

    def tables(self, slot: int) -> list[Table]:
        at = self.follow(slot)
        count = struct.unpack_from("<I", self.data, at)[0]
        places = [at + 4 + 4 * i for i in range(count)]
        return [Table(self.data, p + struct.unpack_from("<I", self.data, p)[0]) for p in places]

    def vector(self, slot: int, dtype: str) -> Array:
        at = self.follow(slot)
        count = struct.unpack_from("<I", self.data, at)[0]
        assert (at + 4) % 16 == 0
        return np.frombuffer(self.data, dtype, count, at + 4)

    def text(self, slot: int) -> str:
        at = self.follow(slot)
        count = struct.unpack_from("<I", self.data, at)[0]
        assert self.data[at + 4 + count] == 0
        return self.data[at + 4:at + 4 + count].decode()


@dataclass(frozen=True)
class Call:
    """An operator as it stands in a file; constants are None in ``shapes``."""

    name: str
    options: Table | None
    shapes: list[tuple[int, ...]]
    constants: list[Array | None]


def root(data: bytes) -> Table:
    assert data[4:8] == b"TFL3"
    return Table(data, struct.unpack_from("<I", data)[0])


def calls(data: bytes) -> list[Call]:
    """The operators of a file, in order."""
    model = root(data)
    graph, = model.tables(2)
    codes = [Code(int(code.scalar(3, "i"))).name for code in model.tables(1)]
    tensors, buffers = graph.tables(0), model.tables(4)

    def constant(tensor: Table) -> Array | None:
        buffer = buffers[int(tensor.scalar(2, "I"))]
        if buffer.place(0) is None:
            return None
        kind = {0: "float32", 2: "int32"}[int(tensor.scalar(1, "b"))]
        return buffer.vector(0, "uint8").view(kind).reshape(shape(tensor))

    def shape(tensor: Table) -> tuple[int, ...]:
        return tuple(map(int, tensor.vector(0, "int32")))

    result = []
    for operator in graph.tables(3):
        inputs = [tensors[i] for i in operator.vector(1, "int32") if i >= 0]
        result.append(Call(
            codes[int(operator.scalar(0, "I"))],
            operator.table(4) if operator.scalar(3, "B") else None,
            [shape(tensor) for tensor in inputs], [constant(tensor) for tensor in inputs]))
    return result


def names(data: bytes) -> list[str]:
    """The operators of a file by name."""
    return [call.name for call in calls(data)]
