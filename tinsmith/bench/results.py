"""What the bench found: frozen, and the same as plain data for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, TypeVar

import numpy as np

DataClass = TypeVar("DataClass")


class Status(Enum):
    """How an engine did on a network."""

    OK = "ok"
    DASH = "dash"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one run, over all samples that count."""

    least: float
    p50: float
    p90: float
    p99: float
    most: float
    samples: int

    @staticmethod
    def of(samples: Sequence[float]) -> Times:
        """The figures of these samples."""
        p50, p90, p99 = (float(p) for p in np.percentile(samples, (50, 90, 99)))
        return Times(min(samples), p50, p90, p99, max(samples), len(samples))


@dataclass(frozen=True, slots=True)
class Row:
    """One engine on one network with so many samples a run and threads.

    Attributes:
        reason: why there is no time; "" if there is.
        error: of the outputs, as a share of the largest magnitude; None if none were compared.
        times: of the samples that count.
        discarded: samples thrown away because something else used the cores.
        disturbed: all samples were disturbed, or nearly all: these are the least disturbed.
        load_s, first_s: to load the network, and to run it for the first time.
        peak_bytes: of resident memory; ``over_bytes``: more than a Python without an engine has.
        cpu_use: processor seconds for each second of running.
        model_bytes: model, weights, code; ``binary_bytes``: of the engine; None if unknown.
        groups: seconds of a run by group of layers; None if not asked or not known.
    """

    network: str
    batch: int
    threads: int
    engine: str
    status: Status
    reason: str = ""
    error: float | None = None
    times: Times | None = None
    discarded: int = 0
    disturbed: bool = False
    load_s: float | None = None
    first_s: float | None = None
    peak_bytes: int | None = None
    over_bytes: int | None = None
    cpu_use: float | None = None
    model_bytes: int | None = None
    binary_bytes: int | None = None
    groups: Mapping[str, float] | None = None

    @property
    def throughput(self) -> float | None:
        """Samples a second."""
        return self.batch / self.times.p50 if self.times else None


@dataclass(frozen=True, slots=True)
class Entrant:
    """An engine that was asked to take part.

    Attributes:
        name: its file's.
        title: as tables show it.
        version: what is installed; "" if it is missing.
        requirement: what pip installs.
        missing: why it cannot take part; "" if it can.
    """

    name: str
    title: str
    version: str
    requirement: str
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All that one call of the bench found.

    Attributes:
        command: what was typed.
        when: date and time it ended.
        machine: facts by name.
        settings: by name.
        engines: in the order of the tables.
        rows: of all networks, in the order of measuring.
        notes: what a reader should know besides.
    """

    command: str
    when: str
    machine: Mapping[str, str]
    settings: Mapping[str, str]
    engines: tuple[Entrant, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()



def row_of(data: Mapping[str, Any]) -> Row:
    """A row out of plain data, as JSON gives it back; ``asdict`` made it."""
    values = {field.name: data[field.name] for field in fields(Row)}
    times = values["times"]
    return Row(**{**values, "status": Status(values["status"]),
                  "times": Times(**times) if times else None})
