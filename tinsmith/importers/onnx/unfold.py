"""What a model becomes when it is unfolded: counted, and refused before any of it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

import onnx

from tinsmith.errors import ModelError, UnsupportedError
from tinsmith.importers.limits import PORT_LIMIT, VISIT_LIMIT

Called: TypeAlias = tuple[str, str, str]  # domain, name and overload of a function
INLINE_LIMIT_BYTES = 1 << 26  # that functions may add where they are called


class Cost(NamedTuple):
    """What a function, or the model, becomes when all calls in it are inlined."""

    nodes: int
    bytes: int


def text(value: str | bytes) -> str:
    """A string of the file; protobuf hands over one that is no UTF-8 as bytes."""
    if isinstance(value, str):
        return value
    raise ModelError(f"import: name '{value.decode('utf-8', 'replace')}': expected UTF-8, got "
                     "other bytes; export it again")


def check_count(proto: onnx.ModelProto) -> None:
    """Refuses more nodes, weights and ports than we compile, before any is read."""
    for what, ports in (("inputs", proto.graph.input), ("outputs", proto.graph.output)):
        named = {port.name for port in ports} - {tensor.name for tensor in proto.graph.initializer}
        if len(named) > PORT_LIMIT:
            raise UnsupportedError(
                f"import: model '{text(proto.graph.name)}' {what}: expected at most {PORT_LIMIT}, "
                f"got {len(named)}; gather them into fewer tensors")
    count, waiting = 0, [proto.graph]
    for function in proto.functions:
        waiting += _bodies(function.node)
        count += 1 + len(function.node)
    while waiting:
        graph = waiting.pop()
        count += len(graph.node) + len(graph.initializer) + len(graph.sparse_initializer)
        if count > VISIT_LIMIT:
            raise UnsupportedError(
                f"import: model '{text(proto.graph.name)}': expected at most {VISIT_LIMIT} nodes "
                f"and weights, got {count} or more; export a smaller one")
        waiting += _bodies(graph.node)


def _bodies(nodes: Iterable[onnx.NodeProto]) -> list[onnx.GraphProto]:
    """The graphs in attributes."""
    return [graph for node in nodes for attribute in node.attribute
            for graph in ((attribute.g, *attribute.graphs) if attribute.type in (
                onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) else ())]


def check_functions(proto: onnx.ModelProto) -> None:
    """Refuses functions that call themselves, or that unfold into more than we compile.

    Every call counts, of an empty function too: inlining walks them all.
    """
    bodies = {_called(f.domain, f.name, f.overload): f for f in proto.functions}
    inner = {key: _calls(function.node) for key, function in bodies.items()}
    sizes: dict[Called, Cost] = {}
    open_calls: set[Called] = set()

    def cost_of(key: Called) -> Cost:
        if key in open_calls:
            raise ModelError(f"import: function '{key[1]}': expected no call of itself, got "
                             "one; export it again")
        if key not in sizes:
            open_calls.add(key)
            sizes[key] = unfolded(inner[key], bodies[key].ByteSize())
            open_calls.remove(key)
        return sizes[key]

    def unfolded(calls: Counter[Called], size_bytes: int) -> Cost:
        nodes = 0
        for key, count in calls.items():
            more = cost_of(key) if key in bodies else Cost(0, 0)
            nodes, size_bytes = nodes + count * (1 + more.nodes), size_bytes + count * more.bytes
        return Cost(nodes, size_bytes)

    whole = proto.ByteSize()
    costs = [unfolded(_calls(proto.graph.node), whole), *map(cost_of, bodies)]
    nodes, size_bytes = max(c.nodes for c in costs), max(c.bytes for c in costs)
    if nodes > VISIT_LIMIT:
        raise UnsupportedError(f"import: model '{text(proto.graph.name)}': expected at most "
                               f"{VISIT_LIMIT} nodes with functions inlined, got {nodes}; "
                               "export a smaller one")
    if size_bytes > whole + INLINE_LIMIT_BYTES:
        raise UnsupportedError(f"import: model '{text(proto.graph.name)}': expected functions to "
                               f"add at most {INLINE_LIMIT_BYTES} bytes when they are inlined, got "
                               f"{size_bytes - whole}; take constants out of them")


def _called(domain: str | bytes, name: str | bytes, overload: str | bytes) -> Called:
    """What names a function; the standard's domain has two names."""
    return ("" if domain == "ai.onnx" else text(domain), text(name), text(overload))


def _calls(nodes: Iterable[onnx.NodeProto]) -> Counter[Called]:
    """How often each operator or function is called, subgraphs included."""
    found: Counter[Called] = Counter()
    waiting = [nodes]
    while waiting:
        for node in waiting.pop():
            found[_called(node.domain, node.op_type, node.overload)] += 1
            waiting += [graph.node for graph in _bodies([node])]
    return found
