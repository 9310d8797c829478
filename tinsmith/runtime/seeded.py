"""Seeded inputs: the same numbers for the same seed, for self-tests, profiles and checks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.schedule.plan import Port


def seeded_feeds(ports: Iterable[Port], seed: int = 0) -> dict[str, Array]:
    """Normal numbers for inputs of floating-point types, zeros and ones for all others."""
    rng = np.random.default_rng(seed)
    inputs: dict[str, Array] = {}
    for port in ports:
        kind = port.type
        data = (np.asarray(rng.standard_normal(kind.shape)) if kind.dtype.is_float
                else np.asarray(rng.integers(0, 2, kind.shape)))
        inputs[port.name] = data.astype(kind.dtype.numpy)
    return inputs
