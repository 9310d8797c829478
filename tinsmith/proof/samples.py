"""Seeded inputs of several kinds, the edges of each element type among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import TensorType

HALF = 24  # the largest number among ties, doubled
STEPS_LIMIT = 64  # elements of a constant whose multiples are tried


@dataclass(frozen=True, slots=True)
class Draw:
    """Random numbers of one type; ``steps``: constants of which multiples are of interest."""

    random: np.random.Generator
    size: int
    dtype: DType
    steps: Array


def sample(kind: str, types: Mapping[str, TensorType], seed: int, steps: Array) -> dict[str, Array]:
    """An array for each value, of one of ``KINDS``; see ``steps_of``."""
    found = {}
    for i, (value, tensor) in enumerate(types.items()):
        draw = Draw(np.random.default_rng((seed, i)), tensor.size, tensor.dtype, steps)
        make = (_FLOATS if tensor.dtype.is_float else _INTEGERS)[kind]
        with np.errstate(all="ignore"):
            found[value] = make(draw).astype(tensor.dtype.numpy).reshape(tensor.shape)
    return found


def steps_of(weights: Iterable[Array]) -> Array:
    """1, and the numbers of small constants and their inverses: where formulas have their kinks."""
    numbers = [np.ones(1)]
    for array in weights:
        if array.size <= STEPS_LIMIT and array.dtype.kind != "b":
            numbers.append(np.asarray(array, np.float64).reshape(-1))
    with np.errstate(all="ignore"):
        found = np.abs(np.concatenate(numbers))
        found = np.unique(np.concatenate([found, 1 / found]))
    return np.asarray(found[(found > 1e-6) & (found < 1e6)])


def _normal(draw: Draw) -> Array:
    return draw.random.standard_normal(draw.size)


def _ties(draw: Draw) -> Array:
    """Halves and whole numbers, many of them equal; both zeros."""
    values = draw.random.integers(-HALF, HALF, draw.size, endpoint=True) / 2
    return np.where(draw.random.random(draw.size) < 0.2, np.copysign(0.0, values), values)


def _multiples(draw: Draw) -> Array:
    """Multiples of the constants, where a division by one of them is exact or all but."""
    count = draw.random.integers(-300, 300, draw.size, endpoint=True)
    return np.asarray(count * draw.random.choice(draw.steps, draw.size))


def _wide(draw: Draw) -> Array:
    """Of all magnitudes from 1e-4 to 1e4."""
    return np.asarray(draw.random.choice([-1.0, 1.0], draw.size)
                      * 10 ** draw.random.uniform(-4, 4, draw.size))


def _edges(draw: Draw) -> Array:
    """Zeros, infinities and NaN among plain numbers."""
    edges = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0])
    plain = draw.random.standard_normal(draw.size) * 3
    return np.where(draw.random.random(draw.size) < 0.4, draw.random.choice(edges, draw.size),
                    plain)


def _large(draw: Draw) -> Array:
    """Near the largest numbers of the type, and near their roots."""
    most = draw.dtype.ends.largest
    ends = np.where(draw.random.random(draw.size) < 0.5, np.sqrt(most), most)
    return np.asarray(ends * draw.random.uniform(-1.0, 1.0, draw.size))


def _small(draw: Draw) -> Array:
    """Near the smallest normal numbers of the type."""
    return np.asarray(draw.dtype.ends.normal * draw.random.uniform(-9, 9, draw.size))


def _few(draw: Draw) -> Array:
    if draw.dtype is DType.BOOL:
        return draw.random.integers(0, 2, draw.size)
    low = 0 if draw.dtype.is_unsigned_integer else -5
    return draw.random.integers(low, 6, draw.size)


def _any(draw: Draw) -> Array:
    if draw.dtype is DType.BOOL:
        return _few(draw)
    ends = np.iinfo(draw.dtype.numpy)
    numbers = draw.random.integers(ends.min, ends.max, draw.size, draw.dtype.numpy.type,
                                   endpoint=True)
    edges = np.array([ends.min, ends.max, 0, 1], draw.dtype.numpy)
    return np.where(draw.random.random(draw.size) < 0.3, draw.random.choice(edges, draw.size),
                    numbers)


def _whole_multiples(draw: Draw) -> Array:
    if draw.dtype is DType.BOOL:
        return _few(draw)
    ends = np.iinfo(draw.dtype.numpy)
    numbers = np.rint(_multiples(draw))
    return np.asarray(np.clip(numbers, max(ends.min, -2.0 ** 53), min(ends.max, 2.0 ** 53)))


Maker: TypeAlias = Callable[[Draw], Array]
_FLOATS: Mapping[str, Maker] = {
    "normal": _normal, "edges": _edges, "ties": _ties, "wide": _wide, "large": _large,
    "small": _small, "multiples": _multiples}
_INTEGERS: Mapping[str, Maker] = {
    "normal": _few, "edges": _any, "ties": _few, "wide": _any, "large": _any,
    "small": _few, "multiples": _whole_multiples}
KINDS = tuple(_FLOATS)
"""The kinds of inputs, those that tell most first."""
LEAP_KINDS = ("multiples", "ties")
"""Those on which a result may lie just where it jumps."""
