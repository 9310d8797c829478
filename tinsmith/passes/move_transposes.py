"""Move Transposes to where they cost least: networks in [N, H, W, C] run in [N, C, H, W].

For an order of axes p that the graph's Transposes use, every operator that does not care about
the order (elementwise, Concat, Reduce, Softmax, Pad, Slice, Resize ...) may run on values as they
are written or in the order p. A value whose producer and readers disagree takes one Transpose of
its size. Which operators to turn, so that the sum is least, is a minimum cut:

    SOURCE side: runs in order p          SINK side: runs as written
    x = Transpose(u; p^-1)    gives x in order p for nothing (u): SOURCE
    Transpose(x; p)           reads x in order p: SOURCE
    anything else             SINK

Where p is its own inverse, one Transpose may stand on both sides, and its size would be counted
twice; then the sum is least only in the model, and Transposes are taken for readers only, or for
givers only.

Needs constants in place of values of lower rank. Leaves a graph whose Transposes move strictly
fewer bytes, or the same graph. Transposes in a row are left to ``cancel_transposes``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import OnSkip, Patch, apply
from tinsmith.ops.identity import Identity
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.eliminate_dead_code import eliminate_dead_code
from tinsmith.passes.minimum_cut import SINK, SOURCE, FlowNetwork, Place
from tinsmith.passes.permute import Perm, inverse, keeps_memory, permuted, permuted_constant

READER, GIVER = "reader", "giver"
BOTH = (READER, GIVER)


def move_transposes(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """The best move for one order of axes, the first that helps. Dead code would mislead it."""
    alive = eliminate_dead_code(graph)
    perms = dict.fromkeys(p for node in alive.nodes if isinstance(node.op, Transpose)
                          for p in (node.op.perm, inverse(node.op.perm)))
    for perm in perms:
        for roles in (BOTH, (READER,), (GIVER,)) if perm == inverse(perm) else (BOTH,):
            turned = choose(alive, perm, roles)
            if turned:
                after = eliminate_dead_code(
                    apply(alive, [_Turning(alive, perm, turned).patch()]))
                if moved_bytes(after) < moved_bytes(alive):
                    return after
    return graph


def moved_bytes(graph: Graph) -> int:
    """What all Transposes move that change the order in memory."""
    return sum(kind.size_bytes for node in graph.nodes if isinstance(node.op, Transpose)
               and not keeps_memory(node.op.perm, (kind := graph.types[node.inputs[0]]).shape))


def choose(graph: Graph, perm: Perm, roles: Sequence[str] = BOTH) -> set[str]:
    """The names of the nodes to turn to ``perm``; none if no choice is better than now."""
    movable = {node.name for node in graph.nodes if _movable(graph, node, perm)}
    network = FlowNetwork()
    now = 0.0
    for value, kind in graph.types.items():
        if value in graph.weights or kind.rank != len(perm):
            continue
        ends = [_reader(node, perm, movable, roles) for node in graph.consumers.get(value, ())]
        if value in graph.outputs:
            ends.append(SINK)
        start = _giver(graph, value, perm, movable, roles)
        cost = 0.0 if keeps_memory(perm, kind.shape) else float(kind.size_bytes)
        fixed = {SINK if end not in (SOURCE, SINK) else end for end in (start, *ends)}
        now += cost if len(fixed) > 1 else 0.0
        _tie(network, value, start, ends, cost)
    least, turned = network.cut()
    if least >= now:
        return set()
    return {str(place) for place in turned if place in movable}


def _tie(network: FlowNetwork, value: str, start: Place, ends: list[Place], cost: float) -> None:
    """``cost`` unless ``start`` and all ``ends`` are on one side."""
    down, up = ("down", value), ("up", value)
    network.connect(start, down, cost)
    network.connect(up, start, cost)
    for end in ends:
        network.connect(down, end, math.inf)
        network.connect(end, up, math.inf)


def _reader(node: Node, perm: Perm, movable: set[str], roles: Sequence[str]) -> Place:
    if READER in roles and isinstance(node.op, Transpose) and node.op.perm == perm:
        return SOURCE
    return node.name if node.name in movable else SINK


def _giver(graph: Graph, value: str, perm: Perm, movable: set[str],
           roles: Sequence[str]) -> Place:
    node = graph.producer(value)
    if node is None:
        return SINK
    if GIVER in roles and isinstance(node.op, Transpose) and node.op.perm == inverse(perm):
        return SOURCE
    return node.name if node.name in movable else SINK


def _movable(graph: Graph, node: Node, perm: Perm) -> bool:
    """Whether a node can run on values in order ``perm``."""
    rank = len(perm)
    if any(graph.types[v].rank != rank for v in node.outputs if v):
        return False
    given = [v for v in node.inputs if v and v not in graph.weights]
    if not given or any(graph.types[v].rank != rank for v in given):
        return False
    return permuted(node.op, perm) is not None


class _Turning:
    """Builds the patch that turns some nodes to another order of axes."""

    def __init__(self, graph: Graph, perm: Perm, turned: set[str]) -> None:
        self._graph = graph
        self._perm = perm
        self._nodes = [node for node in graph.nodes if node.name in turned]
        self._turned = turned
        self._names: dict[str, str] = {}
        self._weights: dict[str, Array] = {}
        self._removed: list[Node] = list(self._nodes)
        self._added: list[Node] = []

    def patch(self) -> Patch:
        """All turned nodes, with Transposes where they meet the others."""
        for node in self._nodes:
            for value in filter(None, node.outputs):
                self._give(node, value)
        for node in self._nodes:
            op = permuted(node.op, self._perm)
            assert op is not None
            self._added.append(node.replace(
                op=op, inputs=tuple(self._read(node, v) for v in node.inputs),
                outputs=tuple(self._names[v] if v else "" for v in node.outputs)))
        return Patch(remove=tuple(self._removed), add=tuple(self._added), weights=self._weights)

    def _give(self, node: Node, value: str) -> None:
        """Names the turned form of a result, and gives the old form to who still reads it."""
        readers = self._graph.consumers.get(value, ())
        wanted = [n for n in readers if isinstance(n.op, Transpose) and n.op.perm == self._perm]
        name = wanted[0].outputs[0] if wanted else self._graph.unique(f"{value}.turned")
        self._names[value] = name
        self._removed += wanted
        self._added += [n.replace(op=Identity(), inputs=(name,)) for n in wanted[1:]]
        others = [n for n in readers if n.name not in self._turned and n not in wanted]
        if others or value in self._graph.outputs:
            self._transpose(node, self._names[value], value, inverse(self._perm))

    def _read(self, node: Node, value: str) -> str:
        """The turned form of an operand."""
        if not value:
            return ""
        array = self._graph.weights.get(value)
        if array is not None:
            turned = permuted_constant(node.op, array, self._perm)
            if turned is array:
                return value
            name = self._graph.unique(f"{value}.turned")
            self._weights[name] = turned
            return name
        if value not in self._names:
            self._names[value] = self._turn(node, value)
        return self._names[value]

    def _turn(self, node: Node, value: str) -> str:
        """The turned form of a value that a node which stays, or nobody, computes."""
        before = self._graph.producer(value)
        if (before is not None and isinstance(before.op, Transpose)
                and before.op.perm == inverse(self._perm)
                and not self._is_turned(before.inputs[0])):
            return before.inputs[0]
        for reader in self._graph.consumers.get(value, ()):
            if isinstance(reader.op, Transpose) and reader.op.perm == self._perm:
                return reader.outputs[0]
        name = self._graph.unique(f"{value}.turned")
        self._transpose(node, value, name, self._perm)
        return name

    def _is_turned(self, value: str) -> bool:
        node = self._graph.producer(value)
        return node is not None and node.name in self._turned

    def _transpose(self, node: Node, source: str, result: str, perm: Perm) -> None:
        name = self._graph.unique(f"{node.name}.transpose")
        while any(name == added.name for added in self._added):
            name += "'"
        self._added.append(Node(name, Transpose(perm), (source,), (result,), node.origin))
