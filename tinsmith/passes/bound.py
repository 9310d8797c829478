"""Passes that ask for the machine, and how such a pass becomes one of a graph alone."""

from __future__ import annotations

from functools import wraps
from typing import Protocol

from tinsmith.ir.graph import Graph
from tinsmith.ir.patch import OnSkip
from tinsmith.passes.manager import Pass
from tinsmith.request import Request


class BoundPass(Protocol):
    """A function ``(graph, request, on_skip) -> graph``: what it does depends on the machine."""

    __name__: str

    def __call__(self, graph: Graph, request: Request, on_skip: OnSkip | None = None) -> Graph:
        """The changed graph, or ``graph`` itself."""


class SparingPass(Protocol):
    """A function ``(graph, on_skip, kept) -> graph`` that leaves nodes of some names alone."""

    __name__: str

    def __call__(self, graph: Graph, on_skip: OnSkip | None = None,
                 kept: frozenset[str] = frozenset()) -> Graph:
        """The changed graph, or ``graph`` itself."""


def sparing(one: SparingPass, kept: frozenset[str]) -> Pass:
    """The pass that leaves these nodes alone, under its own name."""
    @wraps(one)
    def run(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
        return one(graph, on_skip, kept)

    return run


def bind(one: BoundPass, request: Request) -> Pass:
    """The pass for this request, under its own name: one that the manager runs."""
    @wraps(one)
    def run(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
        return one(graph, request, on_skip)

    return run
