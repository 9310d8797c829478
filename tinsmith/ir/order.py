"""Puts things in an order in which each stands behind what it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def needs_of(inputs: Sequence[Iterable[str]], outputs: Sequence[Iterable[str]],
             defined: Iterable[str]) -> list[list[int]]:
    """For each node the positions of those that give its inputs, less what is defined anyway."""
    given = set(defined)
    producer: dict[str, int] = {}
    for at, values in enumerate(outputs):
        for value in values:
            if value:
                producer[value] = at
    return [[producer[v] for v in values if v not in given and v in producer]
            for values in inputs]


def in_order(needs: Sequence[Sequence[int]]) -> list[int]:
    """Positions so that each stands behind those that it needs, moved only where it must be.

    Where that cannot be (a cycle) some stay in front of what they need.
    """
    if all(i < at for at, needed in enumerate(needs) for i in needed):
        return list(range(len(needs)))
    order: dict[int, None] = {}
    entered: set[int] = set()
    waiting = list(reversed(range(len(needs))))
    while waiting:
        at = waiting[-1]
        missing = [i for i in needs[at] if i not in order and i not in entered]
        entered.add(at)
        if missing and at not in order:
            waiting.extend(reversed(missing))
        else:
            order.setdefault(waiting.pop())
    return list(order)
