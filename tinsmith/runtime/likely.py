"""Inputs that look like those a network was made for."""

from __future__ import annotations

from collections.abc import Iterator

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Graph
from tinsmith.runtime.seeded import seeded_feeds
from tinsmith.schedule.plan import Port


def likely_feeds(graph: Graph) -> Iterator[tuple[str, dict[str, Array]]]:
    """Inputs to try one after the other, each with a word on what they are."""
    ports = [Port(value, graph.types[value]) for value in graph.inputs]
    yield "normal numbers", seeded_feeds(ports, 0)
    yield "other normal numbers", seeded_feeds(ports, 1)
