"""Draws a graph in layers: every edge points down, boxes keep apart, long edges run straight.

Sugiyama's method. An edge that crosses layers becomes a chain of points; all edges from one box
share the chain. Orders come from barycentres; in each layer the places are those nearest to the
neighbours' mean that keep the order and the distances (least squares by pooling).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 12
GAP_X, GAP_Y = 22.0, 26.0
POINT_WIDTH = 4.0


@dataclass(frozen=True, slots=True)
class Box:
    """Something to place: its size."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Centres of boxes, the points of each edge from top to bottom, and the size of it all."""

    centres: Mapping[str, tuple[float, float]]
    edges: Mapping[tuple[str, str], tuple[tuple[float, float], ...]]
    width: float
    height: float


def draw(boxes: Mapping[str, Box], edges: Sequence[tuple[str, str]]) -> Drawing:
    """Places ``boxes``; ``edges`` go from a box to one that comes later in ``boxes``."""
    return _Layers(boxes, dict.fromkeys(edges)).drawing()


class _Layers:
    """The state of one drawing: boxes and the points of long edges, in layers."""

    def __init__(self, boxes: Mapping[str, Box], edges: Mapping[tuple[str, str], None]) -> None:
        self.boxes = boxes
        self.edges = edges
        self.layer = self._layers()
        self.links: list[tuple[str, str]] = []
        self.routes: dict[tuple[str, str], list[str]] = {}
        self.width = {name: box.width for name, box in boxes.items()}
        for source, target in edges:
            self._route(source, target)
        self.above: dict[str, list[str]] = {name: [] for name in self.layer}
        self.below: dict[str, list[str]] = {name: [] for name in self.layer}
        for source, target in dict.fromkeys(self.links):
            self.below[source].append(target)
            self.above[target].append(source)
        depth = max(self.layer.values(), default=-1) + 1
        self.rows: list[list[str]] = [[] for _ in range(depth)]
        for name, layer in self.layer.items():
            self.rows[layer].append(name)

    def _layers(self) -> dict[str, int]:
        """The longest way down to each box; a box without producers sits above its first user."""
        layer = dict.fromkeys(self.boxes, 0)
        sources: dict[str, list[str]] = {}
        users: dict[str, list[str]] = {}
        for source, target in self.edges:
            sources.setdefault(target, []).append(source)
            users.setdefault(source, []).append(target)
        for name in self.boxes:
            layer[name] = max((layer[s] + 1 for s in sources.get(name, ())), default=0)
        for name in self.boxes:
            if name not in sources and name in users:
                layer[name] = max(0, min(layer[u] for u in users[name]) - 1)
        return layer

    def _route(self, source: str, target: str) -> None:
        """Links source and target through one point in each layer between them."""
        route = [source]
        for layer in range(self.layer[source] + 1, self.layer[target]):
            point = f"{source}\0{layer}"
            self.layer.setdefault(point, layer)
            self.width.setdefault(point, POINT_WIDTH)
            self.links.append((route[-1], point))
            route.append(point)
        self.links.append((route[-1], target))
        self.routes[source, target] = [*route, target]

    def _order(self) -> None:
        """Orders every layer by the mean place of the neighbours, down and up in turns."""
        for sweep in range(SWEEPS):
            rows = self.rows if sweep % 2 == 0 else self.rows[::-1]
            near = self.above if sweep % 2 == 0 else self.below
            place = {name: i for row in self.rows for i, name in enumerate(row)}
            for row in rows:
                keys = {name: _mean([place[n] for n in near[name]], place[name]) for name in row}
                row.sort(key=keys.__getitem__)
                place.update((name, i) for i, name in enumerate(row))

    def _columns(self) -> dict[str, float]:
        """The x of every box and point."""
        x: dict[str, float] = {}
        for row in self.rows:
            at = 0.0
            for name in row:
                x[name] = at + self.width[name] / 2
                at += self.width[name] + GAP_X
            middle = at / 2
            x.update((name, x[name] - middle) for name in row)
        for sweep in range(2 * SWEEPS):
            rows = self.rows if sweep % 2 == 0 else self.rows[::-1]
            near = self.above if sweep % 2 == 0 else self.below
            for row in rows:
                wanted = [_mean([x[n] for n in near[name]], x[name]) for name in row]
                gaps = [(self.width[a] + self.width[b]) / 2 + GAP_X
                        for a, b in pairwise(row)]
                x.update(zip(row, spaced(wanted, gaps), strict=True))
        return x

    def drawing(self) -> Drawing:
        """The finished places."""
        if not self.boxes:
            return Drawing({}, {}, 0.0, 0.0)
        self._order()
        x = self._columns()
        left = min(x[name] - self.width[name] / 2 for name in x) - GAP_X
        right = max(x[name] + self.width[name] / 2 for name in x) + GAP_X
        y: list[float] = []
        bottom = 0.0
        for row in self.rows:
            height = max((self.boxes[n].height for n in row if n in self.boxes), default=0.0)
            y.append(bottom + GAP_Y + height / 2)
            bottom += GAP_Y + height
        at = {name: (x[name] - left, y[self.layer[name]]) for name in x}
        return Drawing({name: at[name] for name in self.boxes},
                       {edge: self._points(route, at) for edge, route in self.routes.items()},
                       right - left, bottom + GAP_Y)

    def _points(self, route: Sequence[str],
                at: Mapping[str, tuple[float, float]]) -> tuple[tuple[float, float], ...]:
        """From the lower edge of the source to the upper edge of the target."""
        (x0, y0), (x1, y1) = at[route[0]], at[route[-1]]
        start = (x0, y0 + self.boxes[route[0]].height / 2)
        end = (x1, y1 - self.boxes[route[-1]].height / 2)
        return (start, *(at[name] for name in route[1:-1]), end)


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def spaced(wanted: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The places nearest to ``wanted`` (least squares) with at least ``gaps`` between them.

    All count the same: then the middle of a fork is the place of what it forks from, and a chain
    of forks and joins stays upright.
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    blocks: list[tuple[float, int]] = []  # mean and number of items that touch
    for want, offset in zip(wanted, offsets, strict=False):
        mean, number = want - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, count = blocks.pop()
            mean = (other * count + mean * number) / (count + number)
            number += count
        blocks.append((mean, number))
    means = [mean for mean, number in blocks for _ in range(number)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=False)]
