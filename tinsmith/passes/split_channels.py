"""Split a Conv whose result only a depthwise Conv reads, with that one, by channels.

    Depthwise(Conv(x, w), v)  =  Concat over channels c of Depthwise(Conv(x, w[c]), v[c])

Between the two lies a network's largest value (an inverted residual's has six times the channels
of what comes before and after). Done a few channels at a time, it is small: it stays in the cache,
and the memory that it took is saved. Concat costs nothing: each part is computed where it belongs.
The machine says how many channels fill vectors, and what is near. Runs last: each part is a Conv
with its activation.

Source: Sandler et al., "MobileNetV2", 2018, section 5.1, but for the sum over the parts.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import TensorType
from tinsmith.ir.patch import OnSkip, Patch, Skip, rewrite
from tinsmith.ops.concat import Concat
from tinsmith.ops.conv import Conv
from tinsmith.request import Request
from tinsmith.targets import Target

SCARCE = 1 / 16  # of the memory of a machine without caches


def split_channels(graph: Graph, request: Request, on_skip: OnSkip | None = None) -> Graph:
    """One sweep over all depthwise Convs."""
    return rewrite(graph, Conv, lambda graph, node: split(graph, node, request.target), on_skip)


def near_bytes(target: Target) -> int:
    """The bytes that may lie between the two: those of the second cache, or of the only one.

    Where there is none, all memory is equally near, but there is little of it.
    """
    ram = sum(memory.bytes for memory in target.memories if memory.name != "flash")
    model = target.model
    return model.l2.size_bytes or model.l1d.size_bytes or int(ram * SCARCE)


def split(graph: Graph, node: Node, target: Target) -> Patch | Skip | None:
    """A Conv and a depthwise Conv for each part, and the Concat of the parts."""
    depthwise, between = node.op, graph.types[node.inputs[0]]
    assert isinstance(depthwise, Conv)
    before = graph.producer(node.inputs[0])
    if not _is_depthwise(graph, node) or before is None or not isinstance(before.op, Conv):
        return None
    if before.op.group != 1 or not _is_plain(graph, node) or not _is_plain(graph, before):
        return Skip("one of the two has groups, a residual or weights that are not constant")
    if graph.sole_consumer(before.outputs[0]) is None:
        return Skip(f"others read '{before.outputs[0]}' too")
    source, result = graph.types[before.inputs[0]], graph.types[node.outputs[0]]
    cuts = _cuts(between, target.lanes, near_bytes(target))
    if len(cuts) < 3:
        return Skip("what lies between the two is small, or its channels are few")
    part = between.size_bytes * max(b - a for a, b in pairwise(cuts)) // between.shape[1]
    if (source.size_bytes + part + result.size_bytes
            > between.size_bytes + max(source.size_bytes, result.size_bytes)):
        return Skip("in parts it would take more memory")
    nodes: list[Node] = []
    weights: dict[str, Array] = {}
    for i, (a, b) in enumerate(pairwise(cuts)):
        value = before.inputs[0]
        for each in (before, node):
            names = {w: graph.unique(f"{each.name}.{i}.{w}") for w in each.inputs[1:] if w}
            weights |= {new: graph.weights[old][a:b] for old, new in names.items()}
            output = graph.unique(f"{each.outputs[0]}.{i}")
            op = before.op if each is before else replace(depthwise, group=b - a)
            nodes.append(Node(graph.unique(f"{each.name}.{i}"), op,
                              (value, *(names.get(w, "") for w in each.inputs[1:])), (output,),
                              each.origin))
            value = output
    parts = tuple(n.outputs[0] for n in nodes[1::2])
    concat = Node(graph.unique(f"{node.name}.concat"), Concat(1), parts, node.outputs, node.origin)
    return Patch(remove=(before, node), add=(*nodes, concat), weights=weights)


def _cuts(between: TensorType, lanes: int, near: int) -> list[int]:
    """Where the parts begin and end: as many channels in each as are near, at least a vector.

    One part if all is near anyway, or there are several images: those parts would be no slices.
    """
    channels = between.shape[1]
    if between.size_bytes <= near or between.shape[0] != 1:
        return [0, channels]
    blocks = -(-channels // lanes)
    most = max(1, near * channels // (between.size_bytes * lanes))
    parts = -(-blocks // most)
    return [*(blocks * i // parts * lanes for i in range(parts)), channels]


def _is_depthwise(graph: Graph, node: Node) -> bool:
    assert isinstance(node.op, Conv)
    channels = graph.types[node.inputs[0]].shape[1]
    return 1 < channels == node.op.group == graph.types[node.outputs[0]].shape[1]


def _is_plain(graph: Graph, node: Node) -> bool:
    """Whether its weights are constant and it has no residual."""
    return len(node.inputs) <= 3 and all(w in graph.weights for w in node.inputs[1:] if w)
