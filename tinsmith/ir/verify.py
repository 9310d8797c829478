"""Checks that a graph keeps its promises; run after the import and after every pass."""

from __future__ import annotations

from collections.abc import Iterator

from tinsmith.dtypes import DType
from tinsmith.errors import InternalError
from tinsmith.ir.graph import Graph


def verify(graph: Graph) -> Graph:
    """The same graph, or an ``InternalError`` that names the first broken promise."""
    for problem in problems(graph):
        raise InternalError(f"verify: graph '{graph.name}': {problem}; report this")
    return graph


def problems(graph: Graph) -> Iterator[str]:
    """Every broken promise of a graph, as text."""
    yield from _weights(graph)
    yield from _state(graph)
    defined = {*graph.inputs, *graph.state, *graph.weights}
    names: set[str] = set()
    for node in graph.nodes:
        if node.name in names:
            yield f"node '{node.name}': expected a unique name, got it twice"
        names.add(node.name)
        missing = [value for value in node.inputs
                   if value and (value not in defined or value not in graph.types)]
        if missing:
            yield f"node '{node.name}': expected defined inputs, got {missing}"
            return
        for value in filter(None, node.outputs):
            if value in defined:
                yield f"value '{value}': expected one definition, got another by '{node.name}'"
            defined.add(value)
        inferred = node.op.infer(*graph.input_types(node))
        if len(node.outputs) > len(inferred):
            yield (f"node '{node.name}': expected at most {len(inferred)} outputs, "
                   f"got {len(node.outputs)}")
        for value, expected in zip(node.outputs, inferred, strict=False):
            if value and graph.types.get(value) != expected:
                yield f"value '{value}': expected {expected}, got {graph.types.get(value)}"
    for value in graph.outputs:
        if value not in defined:
            yield f"output '{value}': expected a definition, got none"
    for value, update in graph.state.items():
        if update not in defined or graph.types[update] != graph.types.get(value):
            yield (f"state '{value}': expected an update of {graph.types.get(value)}, got "
                   f"'{update}', {graph.types.get(update) if update in defined else 'undefined'}")


def _weights(graph: Graph) -> Iterator[str]:
    for name, array in graph.weights.items():
        if name in graph.inputs:
            yield f"weight '{name}': expected no input of that name, got one"
        found = graph.types.get(name)
        if found is None or found.shape != array.shape or found.dtype is not DType.of(array):
            yield f"weight '{name}': expected {found}, got {array.dtype}{list(array.shape)}"


def _state(graph: Graph) -> Iterator[str]:
    for value in graph.state:
        if value in graph.inputs or value in graph.weights:
            yield f"state '{value}': expected no input or weight of that name, got one"
