"""Local change of a graph: a rule looks at one node and answers with a ``Patch``.

A rule returns a ``Patch`` (what to remove, add and rename), a ``Skip`` with the reason why it
declines, or None when it does not apply. ``rewrite`` asks it about every node of the given
operators and applies all patches of one sweep that do not disturb each other; what is left waits
for the next sweep (the pass manager loops to the fix-point).

Values never change their meaning, so two patches disturb each other only where one takes away a
node or value that the other removes, reads or makes. New names come from the node that a rule looks
at: ones from what several nodes read would let one patch in each sweep through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from tinsmith.dtypes import Array, DType
from tinsmith.errors import InternalError
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.infer import result_types
from tinsmith.ir.op import Op, TensorType
from tinsmith.ir.order import in_order, needs_of


@dataclass(frozen=True, slots=True)
class Patch:
    """A change: nodes to remove, nodes to add, values to rename (old, new), new weights.

    Added nodes stand where the last removed node stood (and move on where an input of theirs is
    only defined later). Types of the added nodes' outputs are inferred. A renamed value keeps its
    readers: they read ``new`` from then on.
    """

    remove: tuple[Node, ...] = ()
    add: tuple[Node, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    weights: Mapping[str, Array] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a rule that was meant for this node leaves it alone; shown by ``--explain``."""

    reason: str


Rule: TypeAlias = Callable[[Graph, Node], "Patch | Skip | None"]
OnSkip: TypeAlias = Callable[[Node, str], None]


def rewrite(
    graph: Graph,
    ops: type[Op] | tuple[type[Op], ...],
    rule: Rule,
    on_skip: OnSkip | None = None,
) -> Graph:
    """One sweep of ``rule`` over all nodes of ``ops``; the same graph back if nothing fires."""
    patches: list[Patch] = []
    taken: set[str] = set()
    used: set[str] = set()
    for node in graph.nodes:
        if not isinstance(node.op, ops):
            continue
        answer = rule(graph, node)
        if isinstance(answer, Skip):
            if on_skip is not None:
                on_skip(node, answer.reason)
        elif answer is not None:
            takes, uses = _takes(answer), _uses(answer)
            if taken.isdisjoint(takes | uses) and used.isdisjoint(takes):
                taken |= takes
                used |= uses
                patches.append(answer)
    return apply(graph, patches) if patches else graph


def _takes(patch: Patch) -> set[str]:
    """What no other patch may use: nodes and values that this one removes, renames or makes."""
    names = {f"node {node.name}" for node in (*patch.remove, *patch.add)}
    names |= {old for old, _ in patch.rename} | set(patch.weights)
    for node in (*patch.remove, *patch.add):
        names.update(value for value in node.outputs if value)
    kept = {v for n in patch.remove for v in n.outputs} & {v for n in patch.add for v in n.outputs}
    return names - kept | {f"definition {value}" for value in kept}


def _uses(patch: Patch) -> set[str]:
    """What this patch reads, and so must still be there."""
    names = {new for _, new in patch.rename}
    for node in patch.add:
        names.update(value for value in node.inputs if value)
    return names - {v for node in patch.add for v in node.outputs}


def apply(graph: Graph, patches: list[Patch]) -> Graph:
    """The graph after all ``patches``, which must not disturb each other."""
    removed = {node.name for patch in patches for node in patch.remove}
    rename = dict(pair for patch in patches for pair in patch.rename)
    weights = dict(graph.weights)
    for patch in patches:
        weights.update(patch.weights)
    added = _places(graph, patches)
    nodes: list[Node] = []
    for i, node in enumerate(graph.nodes):
        nodes.extend(_renamed(new, rename) for new in added.get(i, ()))
        if node.name not in removed:
            nodes.append(_renamed(node, rename))
    ordered = _ordered(nodes, {*graph.inputs, *weights})
    types = dict(graph.types)
    for patch in patches:
        for name, array in patch.weights.items():
            types[name] = TensorType(array.shape, DType.of(array))
    new_names = {node.name for patch in patches for node in patch.add}
    for node in ordered:
        if node.name in new_names:
            types |= result_types(node, types)
    defined = {*graph.inputs, *weights, *(v for node in ordered for v in node.outputs)}
    return graph.replace(nodes=ordered, weights=weights,
                         types={v: t for v, t in types.items() if v in defined})


def _places(graph: Graph, patches: list[Patch]) -> dict[int, list[Node]]:
    """The nodes to add before each position."""
    position = {node.name: i for i, node in enumerate(graph.nodes)}
    added: dict[int, list[Node]] = {}
    for patch in patches:
        last = max((position[node.name] for node in patch.remove), default=None)
        if patch.add and last is None:
            raise InternalError(f"patch: nodes '{patch.add[0].name}': expected a place, "
                                "got a patch that removes nothing; report this")
        added.setdefault(last or 0, []).extend(patch.add)
    return added


def _ordered(nodes: list[Node], defined: set[str]) -> tuple[Node, ...]:
    """The nodes so that each stands behind the producers of its inputs, moved only if needed.

    Where that cannot be (a cycle, an input nobody produces) they stay, and the verifier says so.
    """
    needs = needs_of([node.inputs for node in nodes], [node.outputs for node in nodes], defined)
    return tuple(nodes[i] for i in in_order(needs))


def _renamed(node: Node, rename: Mapping[str, str]) -> Node:
    if not any(v in rename for v in (*node.inputs, *node.outputs)):
        return node

    def final(value: str) -> str:
        return rename.get(value, value)

    return node.replace(inputs=tuple(map(final, node.inputs)),
                        outputs=tuple(map(final, node.outputs)))
