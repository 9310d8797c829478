"""The cheapest way to part a directed graph in two: augmenting paths, shortest first."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable
from typing import TypeAlias

Place: TypeAlias = Hashable
SOURCE: Place = "source"
SINK: Place = "sink"


class FlowNetwork:
    """Edges with capacities between places, and how much flows through each."""

    def __init__(self) -> None:
        self._left: dict[Place, dict[Place, float]] = defaultdict(dict)

    def connect(self, start: Place, end: Place, capacity: float) -> None:
        """An edge; capacities of equal edges add up."""
        if start != end:
            self._left[start][end] = self._left[start].get(end, 0.0) + capacity
            self._left[end].setdefault(start, 0.0)

    def cut(self) -> tuple[float, set[Place]]:
        """The least capacity that parts SOURCE from SINK, and the fewest places with SOURCE."""
        total = 0.0
        while True:
            came_from = self._search()
            if SINK not in came_from:
                return total, set(came_from)
            path = [SINK]
            while path[-1] != SOURCE:
                path.append(came_from[path[-1]])
            edges = list(zip(path[1:], path[:-1], strict=True))
            flow = min(self._left[start][end] for start, end in edges)
            for start, end in edges:
                self._left[start][end] -= flow
                self._left[end][start] += flow
            total += flow

    def _search(self) -> dict[Place, Place]:
        """All places that more can flow to from SOURCE, each with the place before it."""
        came_from: dict[Place, Place] = {SOURCE: SOURCE}
        waiting = deque([SOURCE])
        while waiting and SINK not in came_from:
            start = waiting.popleft()
            for end, left in self._left[start].items():
                if left > 0 and end not in came_from:
                    came_from[end] = start
                    waiting.append(end)
        return came_from
