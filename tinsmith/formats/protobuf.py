"""Protocol Buffers as bytes: the fields of a message, without its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types: how a field's value is written. Groups, which nobody writes, are left out."""

FIXED = {FIXED64: 8, FIXED32: 4}
LONGEST_VARINT = 10


class Field(NamedTuple):
    """A field of a message: its number, its wire type, and its value in bytes."""

    number: int
    wire: int
    value: bytes


def fields(data: bytes) -> Iterator[Field]:
    """The fields of a message; the last one is cut where ``data`` is only the message's beginning.

    Raises:
        ValueError: what follows is no field.
    """
    at = 0
    while at < len(data):
        try:
            tag, start = _varint(data, at)
            number, wire = tag >> 3, tag & 7
            if not number:
                raise ValueError("field 0")
            if wire == VARINT:
                _, end = _varint(data, start)
            elif wire == BYTES:
                size, start = _varint(data, start)
                end = start + size
            elif wire in FIXED:
                end = start + FIXED[wire]
            else:
                raise ValueError(f"wire type {wire}")
        except EOFError:
            return
        yield Field(number, wire, data[start:end])
        at = end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of 7 bits a byte, least first, and where it ends."""
    value = 0
    for i, byte in enumerate(data[at:at + LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, at + i + 1
    if len(data) < at + LONGEST_VARINT:
        raise EOFError("a number that is cut")
    raise ValueError("a number without end")
