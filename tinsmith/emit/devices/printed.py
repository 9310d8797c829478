"""What a device adds to the C of a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tinsmith.errors import InternalError
from tinsmith.kernels.kernel import HOST
from tinsmith.schedule.plan import Place, Plan, Region


@dataclass(frozen=True, slots=True)
class Printed:
    """The C of one device for one plan. ``m`` is the network in all of it.

    Attributes:
        files: file names and texts.
        calls: for each task of the plan that runs on the device, by its position, the statements
            that do its chunks ``begin`` to ``end`` on ``thread``.
        includes: the headers that ``<name>.c`` includes.
        fields: members of the network's struct.
        start: statements of ``attach``, which may return a status.
        share: statements of ``share``, which make good for the preparations that ``m`` skips: they
            were done for the context ``from``.
        stop: statements of ``free``.
    """

    files: Mapping[str, str]
    calls: Mapping[int, str]
    includes: tuple[str, ...] = ()
    fields: str = ""
    start: str = ""
    share: str = ""
    stop: str = ""


Printer: TypeAlias = Callable[[Plan, str], Printed]
"""Prints what a device runs of a plan; the name is the network's in C."""


def host_address(place: Place, plan: Plan) -> str:
    """An address in the host's memory.

    Raises:
        InternalError: it lies elsewhere.
    """
    if place.device != HOST:
        raise InternalError(f"emit: place in {place.region.value} + {place.offset}: expected an "
                            f"address in the host's memory, got one of {place.device}; report this")
    base = {
        Region.ARENA: "m->arena",
        Region.WEIGHTS: "m->weights",
        Region.PREPARED: "m->ready",
        Region.STATE: "m->arena",
        Region.INPUT: f"(const unsigned char *)m->inputs[{place.index}]",
        Region.OUTPUT: f"(unsigned char *)m->outputs[{place.index}]",
    }[place.region]
    offset = place.offset + (plan.arena_bytes if place.region is Region.STATE else 0)
    return f"{base} + {offset}" if offset else base
