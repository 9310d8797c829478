"""Whether a plan fits the memories of its target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tinsmith.schedule.plan import Plan, aligned


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A memory that is too small: for what, and the bytes that are needed and there."""

    what: str
    need: int
    have: int


def shortfalls(plan: Plan) -> Iterator[Shortfall]:
    """The memories of a target without operating system that a plan asks too much of."""
    if not plan.target.bare_metal:
        return
    flash, ram = (sum(m.bytes for m in plan.target.memories if (m.name == "flash") == is_flash)
                  for is_flash in (True, False))
    data = plan.memory_bytes + sum(
        aligned(p.type.size_bytes) for p in (*plan.inputs, *plan.outputs))
    for what, need, have in (("weights", plan.weight_bytes, flash), ("working memory", data, ram)):
        if have and need > have:
            yield Shortfall(what, need, have)
