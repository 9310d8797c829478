"""Seeded choices: everything random in a model comes out of one ``Draw``."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from tinsmith.dtypes import Array

T = TypeVar("T")
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -3.5, 1e-40, -1e-30, 1e30, -3e38, np.inf, -np.inf,
           np.nan)
FLOATS = ("float32", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
INTEGERS = (*SIGNED, *UNSIGNED)


class Draw:
    """The choices of model ``number`` of a kind under a seed."""

    def __init__(self, kind: str, number: int, seed: int) -> None:
        self.rng = np.random.default_rng([seed, zlib.crc32(kind.encode()), number])

    def pick(self, *options: T) -> T:
        """One of them."""
        return options[int(self.rng.integers(len(options)))]

    def int(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        """True in this share of all cases."""
        return bool(self.rng.random() < share)

    def some(self, options: Sequence[T], least: int = 0) -> list[T]:
        """A random selection, in random order."""
        count = self.int(least, len(options))
        return [options[int(i)] for i in self.rng.permutation(len(options))[:count]]

    def ints(self, count: int, low: int, high: int) -> list[int]:
        """Whole numbers."""
        return [self.int(low, high) for _ in range(count)]

    def shape(self, low_rank: int = 1, high_rank: int = 4, low: int = 1,
              high: int = 6) -> tuple[int, ...]:
        """A shape, now and then with an axis of one."""
        rank = self.int(low_rank, high_rank)
        return tuple(1 if self.chance(0.15) and low < 2 else self.int(low, high)
                     for _ in range(rank))

    def attributes(self, **options: Sequence[object]) -> dict[str, object]:
        """Each attribute with one of its values, or left out (where ``None`` is drawn)."""
        drawn = {name: self.pick(*values) for name, values in options.items()}
        return {name: value for name, value in drawn.items() if value is not None}

    def array(self, shape: Sequence[int], dtype: str = "float32", special: bool = False) -> Array:
        """Numbers of a type: normal ones, or rounded ones, or with special ones among them."""
        kind = np.dtype(dtype)
        if kind.kind == "b":
            return np.asarray(self.rng.random(shape) < 0.5)
        if kind.kind in "iu":
            limits = np.iinfo(kind)
            low, high = (limits.min, limits.max) if special else (max(limits.min, -20), 20)
            return np.asarray(self.rng.integers(low, high, shape, dtype=kind, endpoint=True))
        values = self.rng.standard_normal(shape) * self.pick(1.0, 1.0, 1.0, 5.0, 0.1)
        if self.chance(0.2):
            values = np.rint(values * 2) / 2  # ties
        values = np.asarray(values).astype(kind)
        if special and values.size:
            marked = self.rng.random(shape) < 0.3
            with np.errstate(all="ignore"):
                extra = np.asarray(SPECIAL)[self.rng.integers(len(SPECIAL), size=shape)]
                values = np.where(marked, extra.astype(kind), values)
        return np.asarray(values)
