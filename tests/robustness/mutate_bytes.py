"""Mutations of a file's bytes."""

from __future__ import annotations

import random

from tests.robustness.corpus import corpus


def spoil_bytes(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    ways = rng.choices(BYTE_WAYS, k=rng.choice((1, 1, 1, 2, 3, 8)))
    out = bytearray(data)
    for way in ways:
        way(out, rng)
    return bytes(out), " ".join(way.__name__ for way in ways)


def _place(data: bytearray, rng: random.Random) -> int:
    return rng.randrange(len(data)) if data else 0


def flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        if data:
            data[_place(data, rng)] ^= 1 << rng.randrange(8)


def insert(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at:at] = rng.randbytes(rng.choice((1, 2, 4, 16, 200)))


def delete(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    del data[at:at + rng.choice((1, 1, 2, 8, 64))]


def truncate(data: bytearray, rng: random.Random) -> None:
    del data[_place(data, rng):]


def splice(data: bytearray, rng: random.Random) -> None:
    other = rng.choice(rng.choice(corpus())).data
    start = rng.randrange(len(other))
    at = _place(data, rng)
    data[at:at + rng.choice((0, 10, 100, len(data)))] = other[start:start + rng.choice((
        10, 100, 1000, len(other)))]


def repeat(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    part = data[at:at + rng.choice((1, 4, 40, 400))]
    data[at:at] = part * rng.choice((1, 2, 50))


def maximise(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    size = rng.choice((1, 4, 8))
    data[at:at + size] = rng.choice((b"\xff", b"\x00", b"\x80", b"\x7f")) * size


BYTE_WAYS = (flip, flip, flip, insert, delete, truncate, splice, repeat, maximise)
