"""Where a network's weights come from: drawn from a seed, or read from a state_dict."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from tinsmith.errors import ModelError

Array = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
Draw = Callable[[np.random.Generator], np.ndarray]


class WeightSource(Protocol):
    """Gives each weight of a network once, by name."""

    def take(self, name: str, shape: tuple[int, ...], draw: Draw) -> Array:
        """The weight of that name as float32. `draw` makes one up, for a source that has none."""

    def skip(self, name: str) -> None:
        """Pass over an entry that inference has no use for."""

    def finish(self) -> None:
        """Called after the last weight; raises ModelError when something was left over."""


class Seeded:
    """Random weights. One depends on the seed and its own name only, not on those before it."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def take(self, name: str, shape: tuple[int, ...], draw: Draw) -> Array:
        """Draw the weight from a generator of its own."""
        entropy = np.random.SeedSequence([self._seed, zlib.crc32(name.encode())])
        drawn = draw(np.random.Generator(np.random.PCG64(entropy)))
        return np.ascontiguousarray(drawn, dtype=np.float32).reshape(shape)

    def skip(self, name: str) -> None:
        """Do nothing: no such entry exists."""

    def finish(self) -> None:
        """Do nothing: nothing can be left over."""


class Loaded:
    """Weights from a state_dict, each of which has to fit and has to be used."""

    def __init__(self, entries: Mapping[str, np.ndarray], source: str) -> None:
        self._entries = dict(entries)
        self._source = source

    def take(self, name: str, shape: tuple[int, ...], draw: Draw) -> Array:
        """Hand out the entry of that name, after checking its shape and type."""
        entry = self._entries.pop(name, None)
        if entry is None:
            raise ModelError(
                f"zoo: weight '{name}': expected shape {shape}, got no such entry in "
                f"'{self._source}'; use the file that belongs to this network"
            )
        if entry.shape != shape:
            raise ModelError(
                f"zoo: weight '{name}': expected shape {shape}, got {entry.shape} in "
                f"'{self._source}'; use the file that belongs to this network"
            )
        if not np.issubdtype(entry.dtype, np.floating):
            raise ModelError(
                f"zoo: weight '{name}': expected floating point numbers, got {entry.dtype} in "
                f"'{self._source}'; use the file that belongs to this network"
            )
        return np.ascontiguousarray(entry, dtype=np.float32)

    def skip(self, name: str) -> None:
        """Count the entry as used, when there is one."""
        self._entries.pop(name, None)

    def finish(self) -> None:
        """Raise ModelError when an entry was not used."""
        if self._entries:
            first = next(iter(self._entries))
            raise ModelError(
                f"zoo: weight '{first}': expected every entry of '{self._source}' to be used, "
                f"got {len(self._entries)} left over; use the file that belongs to this network"
            )
