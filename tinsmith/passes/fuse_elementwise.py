"""Fuse elementwise nodes of one shape into one loop.

    y = Mul(x, Sigmoid(Add(x, c)))   becomes   y = Fused(x, c)

A group is any connected part of the graph whose nodes are elementwise and give the same shape;
operands may broadcast into it. At most 24 nodes, 6 operands that are no single numbers, and 4
results; no way leads out of a group and back in. A product stays out of the loop that adds to it
where something jumps behind the sum: compilers round the two once. Runs last: what
``fuse_activation`` and the patterns can take is better there. Leaves a lone elementwise node as it
is.
"""

from __future__ import annotations

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, apply
from tinsmith.ops.arithmetic import Add, Mul, Neg, Sub
from tinsmith.ops.elementwise import Elementwise
from tinsmith.ops.fused import Fused
from tinsmith.passes.exactness import exact_values
from tinsmith.passes.match import origins

NODE_LIMIT = 24
INPUT_LIMIT = 6
OUTPUT_LIMIT = 4


def fuse_elementwise(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """All groups at once."""
    groups = _Groups(graph)
    for node in graph.nodes:
        if not isinstance(node.op, Elementwise):
            continue
        for value in node.inputs:
            before = graph.producer(value)
            if before is not None and isinstance(before.op, Elementwise):
                reason = groups.join(before, node)
                if reason and on_skip is not None:
                    on_skip(node, reason)
    patches = [fused(graph, members) for members in groups.members() if len(members) > 1]
    return apply(graph, patches) if patches else graph


def fused(graph: Graph, members: tuple[Node, ...]) -> Patch:
    """One node in place of the members."""
    inputs, outputs = interface(graph, members)
    last = members[-1]
    op = Fused(members, inputs, outputs)
    node = Node(last.name, op, inputs, outputs, origins(members))
    return Patch(remove=members, add=(node,))


def interface(graph: Graph, members: tuple[Node, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The values that the members read from outside, and those that the outside reads."""
    made = {node.outputs[0]: node for node in members}
    names = {node.name for node in members}
    inputs = dict.fromkeys(v for node in members for v in node.inputs if v not in made)
    outputs = tuple(
        value for value in made
        if value in graph.outputs
        or any(reader.name not in names for reader in graph.consumers.get(value, ())))
    return tuple(inputs), outputs


class _Groups:
    """Groups of nodes while they grow: which group each node is in, and who is in each."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._exact = exact_values(graph)
        self._position = {node.name: i for i, node in enumerate(graph.nodes)}
        self._group = {node.name: i for i, node in enumerate(graph.nodes)}
        self._nodes: dict[int, tuple[Node, ...]] = dict(
            enumerate((node,) for node in graph.nodes))

    def members(self) -> list[tuple[Node, ...]]:
        """The groups, their nodes in the order of the graph."""
        return list(self._nodes.values())

    def join(self, before: Node, after: Node) -> str:
        """Joins the groups of two nodes; "" when they are one now, or why they are not."""
        a, b = self._group[before.name], self._group[after.name]
        if a == b:
            return ""
        shapes = [self._graph.types[node.outputs[0]].shape for node in (before, after)]
        if shapes[0] != shapes[1]:
            return f"'{before.name}' gives another shape"
        nodes = tuple(sorted((*self._nodes[a], *self._nodes[b]),
                             key=lambda node: self._position[node.name]))
        if len(nodes) > NODE_LIMIT:
            return f"the loop with '{before.name}' would have more than {NODE_LIMIT} operations"
        inputs, outputs = interface(self._graph, nodes)
        if self._contracts(nodes):
            return f"the loop with '{before.name}' would round a product and its sum once"
        arrays = sum(self._graph.types[v].size > 1 or v not in self._graph.weights for v in inputs)
        if arrays > INPUT_LIMIT or len(outputs) > OUTPUT_LIMIT:
            return f"the loop with '{before.name}' would read or write too many values"
        if self._detour(a, b):
            return f"what lies between it and '{before.name}' is no part of the loop"
        del self._nodes[a]
        self._nodes[b] = nodes
        self._group.update((node.name, b) for node in nodes)
        return ""

    def _contracts(self, nodes: tuple[Node, ...]) -> bool:
        """Whether the last bit of a sum with a product of ``nodes`` matters."""
        products: set[str] = set()
        for node in nodes:
            if isinstance(node.op, Mul) or (
                    isinstance(node.op, Neg) and not products.isdisjoint(node.inputs)):
                products.update(node.outputs)
            elif (isinstance(node.op, Add | Sub) and not products.isdisjoint(node.inputs)
                    and node.outputs[0] in self._exact):
                return True
        return False

    def _detour(self, a: int, b: int) -> bool:
        """Whether a way leads from group a to group b through another one."""
        end = max(self._position[node.name] for node in self._nodes[b])
        seen, waiting = {a}, [a]
        while waiting:
            group = waiting.pop()
            for node in self._nodes[group]:
                for value in filter(None, node.outputs):
                    for reader in self._graph.consumers.get(value, ()):
                        found = self._group[reader.name]
                        if found == b and group != a:
                            return True
                        if found not in seen and found != b and self._first(found) <= end:
                            seen.add(found)
                            waiting.append(found)
        return False

    def _first(self, group: int) -> int:
        return self._position[self._nodes[group][0].name]
