"""What the harness and the process of an engine say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tinsmith.bench.engine import Converted, LayerTime, Settings
from tinsmith.dtypes import Array

MANY = 1_000_000_000


@dataclass(frozen=True, slots=True)
class AskVersion:
    """Which version is installed? Answered with a ``Version``."""


@dataclass(frozen=True, slots=True)
class AskConvert:
    """Convert a model. Answered with the ``Converted``."""

    model: Path
    folder: Path
    settings: Settings


@dataclass(frozen=True, slots=True)
class AskLoad:
    """Load a network. Answered with ``Loaded``; without ``converted`` no engine is loaded."""

    model: Path
    converted: Converted | None
    settings: Settings
    feeds: Path


@dataclass(frozen=True, slots=True)
class AskFirst:
    """Run for the first time, and ``more`` times. Answered with ``First``."""

    more: int = 2


@dataclass(frozen=True, slots=True)
class AskBlock:
    """Run a block: warm up, then time runs. Answered with ``Block``.

    Attributes:
        warm_seconds: of runs that do not count; at least one.
        seconds: of runs that count, and at least ``least`` of them, at most ``most``.
    """

    warm_seconds: float = 0.03
    seconds: float = 0.15
    least: int = 3
    most: int = MANY


@dataclass(frozen=True, slots=True)
class AskLayers:
    """Time the layers over ``runs`` runs. Answered with ``Layers``."""

    runs: int


@dataclass(frozen=True, slots=True)
class Version:
    """The installed version of an engine."""

    text: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """A network is loaded: the seconds that took, imports of Python packages left out."""

    seconds: float


@dataclass(frozen=True, slots=True)
class First:
    """The first runs are done.

    Attributes:
        seconds: of the very first.
        outputs: of the last.
        peak_bytes: of resident memory, so far; None if the system does not say.
    """

    seconds: float
    outputs: Mapping[str, Array]
    peak_bytes: int | None


@dataclass(frozen=True, slots=True)
class Block:
    """Timed runs, in seconds, and the processor time of all threads over their sum."""

    times: tuple[float, ...]
    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Layers:
    """Times of layers; None if the engine cannot tell."""

    layers: tuple[LayerTime, ...] | None


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not work: the reason on one line.

    Attributes:
        expected: the engine said itself that it cannot; it will say so again.
    """

    reason: str
    expected: bool
