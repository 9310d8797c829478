"""Operators that Tinsmith does not know: all of a model in one message."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from tinsmith.errors import UnsupportedError
from tinsmith.importers.onnx.read import RawGraph, RawModel, RawNode

SHOWN = 12  # different operators; a message is for people
Known: TypeAlias = Callable[[RawNode, Mapping[str, int]], bool]


class UnknownOperatorError(UnsupportedError):
    """A node whose operator has neither mapping nor definition."""

    def __init__(self, node: RawNode) -> None:
        super().__init__(f"import: operator '{shown(node)}' of node '{node.name}': expected an "
                         "operator that Tinsmith knows, got another")
        self.node = node


def shown(node: RawNode) -> str:
    """The operator with its domain."""
    return f"{node.domain}::{node.op_type}" if node.domain else node.op_type


def unknown_operators(model: RawModel, first: RawNode, known: Known) -> str:
    """The message that names all operators that are not known, how often and where they stand.

    ``first``: the node that stopped the import; it may lie inside a function of the standard.
    """
    names: dict[str, list[str]] = {}
    for node in _nodes(model.graph):
        if not known(node, model.opsets):
            names.setdefault(shown(node), []).append(node.name)
    names.setdefault(shown(first), [first.name])
    parts = [f"'{operator}' of node '{where[0]}'"
             + (f" and {len(where) - 1} more" if len(where) > 1 else "")
             for operator, where in names.items()]
    rest = f" and {len(parts) - SHOWN} others" if len(parts) > SHOWN else ""
    what = "operator" if len(parts) == 1 else "operators"
    return (f"import: {what} {', '.join(parts[:SHOWN])}{rest}: expected operators that Tinsmith "
            f"knows, got {len(parts)} that it does not; replace them before the export, or see "
            "docs/adding.md")


def _nodes(graph: RawGraph) -> Iterator[RawNode]:
    """All nodes, those of bodies and branches included."""
    waiting = [graph]
    while waiting:
        for node in waiting.pop().nodes:
            yield node
            waiting += [a for a in node.attributes.values() if isinstance(a, RawGraph)]
