"""What was measured of a core, where it is believed: figures beside the documented model.

Machines are shared and busy, so a figure counts only within bounds of the documented one; outside
of them the documented one stands. One that comes close to it is it, so that equal machines are
equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tinsmith.targets.model import Cache
from tinsmith.targets.target import Target

CLOSE = 0.1  # of the documented figure
Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that can be measured: its name, its unit, and how far it may be off.

    ``least`` and ``most`` are factors of the documented figure. ``exact``: one that comes close is
    the documented one.
    """

    name: str
    unit: str
    least: float
    most: float
    exact: bool = False


FIGURES = (
    Figure("clock", "GHz", 0.5, 3.0),
    Figure("f32 latency", "cycles", 0.6, 1.6, exact=True),
    Figure("f32 rate", "vectors a cycle", 0.5, 1.2, exact=True),
    Figure("l1d", "bytes a cycle", 0.5, 1.1, exact=True),
    Figure("l2", "bytes a cycle", 0.4, 2.0),
    Figure("l3", "bytes a cycle", 0.2, 3.0),
    Figure("memory", "GB/s", 0.1, 4.0),
    Figure("memory of all", "GB/s", 0.1, 10.0),
    Figure("wake", "us", 0.05, 10.0),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure as the documents have it and as it was measured (None: it was not), and which of
    them counts."""

    figure: Figure
    documented: float
    measured: float | None
    taken: float

    @property
    def refused(self) -> bool:
        """Whether what was measured is out of bounds."""
        return self.measured is not None and not (
            self.figure.least <= self.measured / self.documented <= self.figure.most)


def documented(target: Target) -> dict[str, float]:
    """The figures of a target's model, by name; those of a cache that is not there are left out."""
    model = target.model
    figures = {
        "clock": model.clock_ghz,
        "f32 latency": model.f32.latency,
        "f32 rate": model.f32.rate(target.vector_bits),
        "l1d": model.l1d.bytes_per_cycle if model.l1d.size_bytes else 0.0,
        "l2": model.l2.bytes_per_cycle if model.l2.size_bytes else 0.0,
        "l3": model.l3.bytes_per_cycle if model.l3.size_bytes else 0.0,
        "memory": model.memory_bytes_per_s / 1e9,
        "memory of all": model.memory_bytes_per_s_of_all / 1e9,
        "wake": model.wake_s * 1e6,
    }
    return {name: value for name, value in figures.items() if value}


def findings(target: Target, figures: Figures) -> tuple[Finding, ...]:
    """What counts of ``figures``, measured on a machine of which ``target`` is documented."""
    found = []
    known = documented(target)
    for figure in FIGURES:
        if figure.name in known:
            value = known[figure.name]
            finding = Finding(figure, value, figures.get(figure.name), value)
            if finding.measured is not None and not finding.refused and not (
                    figure.exact and abs(finding.measured / value - 1) <= CLOSE):
                finding = replace(finding, taken=finding.measured)
            found.append(finding)
    return tuple(found)


def with_figures(target: Target, figures: Figures) -> Target:
    """The target with what counts of the figures in its model."""
    taken = {each.figure.name: each.taken for each in findings(target, figures)
             if each.taken != each.documented}
    model, f32 = target.model, target.model.f32
    faster = taken["f32 rate"] / f32.rate(target.vector_bits) if "f32 rate" in taken else 1.0

    def read_at(name: str, cache: Cache) -> Cache:
        return replace(cache, bytes_per_cycle=taken.get(name, cache.bytes_per_cycle))

    def scaled(name: str, unit: float, value: float) -> float:
        return taken[name] * unit if name in taken else value

    one = scaled("memory", 1e9, model.memory_bytes_per_s)
    wake_s = scaled("wake", 1e-6, model.wake_s)
    return target.with_model(replace(
        model,
        clock_ghz=taken.get("clock", model.clock_ghz),
        f32=replace(f32, per_cycle=f32.per_cycle * faster,
                    latency=taken.get("f32 latency", f32.latency)),
        l1d=read_at("l1d", model.l1d),
        l2=read_at("l2", model.l2),
        l3=read_at("l3", model.l3),
        memory_bytes_per_s=one,
        memory_bytes_per_s_of_all=max(
            one, scaled("memory of all", 1e9, model.memory_bytes_per_s_of_all)),
        wake_s=wake_s,
        spin_s=max(model.spin_s, wake_s),
    ))
