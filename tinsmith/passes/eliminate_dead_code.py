"""Drop what nobody reads: nodes, unused outputs of nodes, weights.

Needs nothing. Leaves every node on a path to a graph output; an unused output of such a node is
``""``; graph inputs stay, read or not, because they are the network's interface.
"""

from __future__ import annotations

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip


def eliminate_dead_code(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """The graph without nodes, outputs and weights that no graph output depends on."""
    needed = set(graph.outputs)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if needed.isdisjoint(node.outputs):
            continue
        kept.append(_trimmed(node, needed))
        needed.update(filter(None, node.inputs))
    weights = {name: array for name, array in graph.weights.items() if name in needed}
    nodes = tuple(reversed(kept))
    same = len(nodes) == len(graph.nodes) and all(map(_is, nodes, graph.nodes))
    if same and len(weights) == len(graph.weights):
        return graph
    defined = {*graph.inputs, *weights, *(v for node in nodes for v in node.outputs)}
    types = {name: kind for name, kind in graph.types.items() if name in defined}
    return graph.replace(nodes=nodes, weights=weights, types=types)


def _trimmed(node: Node, needed: set[str]) -> Node:
    """The node with the names of unused outputs taken away."""
    outputs = [value if value in needed else "" for value in node.outputs]
    while not outputs[-1]:
        outputs.pop()
    return node if tuple(outputs) == node.outputs else node.replace(outputs=tuple(outputs))


def _is(a: Node, b: Node) -> bool:
    return a is b
