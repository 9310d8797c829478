"""Compute once what is computed twice: equal operator and inputs, equal weights.

    a = f(x); b = f(x)   becomes   a = f(x), with b read as a

Needs operators without side effects (all of ours). Weights are equal when type, shape and every
bit are. Leaves a copy only where it gives a graph output its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ir.patch import OnSkip

SAMPLES = 16


def eliminate_common_subexpressions(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One pass in order, so that whole equal branches collapse at once."""
    rename = _equal_weights(graph.weights)
    first: dict[tuple[Op, tuple[str, ...]], Node] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        if not rename.keys().isdisjoint(node.inputs):
            node = node.replace(inputs=tuple(rename.get(v, v) for v in node.inputs))
        earlier = first.setdefault((node.op, node.inputs), node)
        if earlier is node or not _covers(earlier, node):
            nodes.append(node)
        elif any(value in graph.outputs for value in node.outputs):
            nodes.append(node)
            if on_skip is not None:
                on_skip(node, f"it names a graph output, though it equals '{earlier.name}'")
        else:
            rename.update((b, a) for a, b in zip(earlier.outputs, node.outputs, strict=False) if b)
    if not rename:
        return graph
    gone = rename.keys() - set(graph.outputs)
    return graph.replace(
        nodes=tuple(nodes),
        weights={name: array for name, array in graph.weights.items() if name not in gone},
        types={name: kind for name, kind in graph.types.items() if name not in gone})


def _covers(earlier: Node, later: Node) -> bool:
    """Whether every output that ``later`` names has a name in ``earlier`` too."""
    return all(i < len(earlier.outputs) and bool(earlier.outputs[i])
               for i, value in enumerate(later.outputs) if value)


def _equal_weights(weights: Mapping[str, Array]) -> dict[str, str]:
    """Later weight to the first equal one. A few elements are compared before all bytes are."""
    groups: dict[Hashable, list[str]] = defaultdict(list)
    for name, array in weights.items():
        step = max(1, array.size // SAMPLES)
        sample = array.reshape(-1)[::step].tobytes()
        groups[array.dtype, array.shape, sample].append(name)
    rename: dict[str, str] = {}
    for names in groups.values():
        if len(names) > 1:
            seen: dict[bytes, str] = {}
            for name in names:
                kept = seen.setdefault(weights[name].tobytes(), name)
                if kept != name:
                    rename[name] = kept
    return rename
