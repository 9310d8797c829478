"""What differs between two graphs: the values whose makers changed, in groups that hang together.

A value of both graphs (one name, one type) is *shared*. A change is right if every shared value
that another node makes now, or makes otherwise, still holds what it held, given the shared values
above it; so each group can be judged alone, and what lies between groups need not run at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Graph, Node


@dataclass(frozen=True, slots=True)
class Target:
    """A value before the change, and the one after it that must hold the same."""

    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """Two graphs. ``lowering``: the change may store floats in fewer bits, or in more."""

    before: Graph
    after: Graph
    lowering: bool = False

    def shared(self, value: str) -> bool:
        """Whether both graphs hold ``value`` in one type, and if it is a weight, the same one."""
        return value in self._shared

    @cached_property
    def _shared(self) -> frozenset[str]:
        return frozenset(v for v in self.before.types if v in self.after.types
                         and self._fits(v, v) and v not in self._other_weights)

    @cached_property
    def _other_weights(self) -> frozenset[str]:
        return frozenset(w for w, array in self.before.weights.items()
                         if w in self.after.weights and not same_bits(array, self.after.weights[w]))

    def _fits(self, old: str, new: str) -> bool:
        a, b = self.before.types[old], self.after.types[new]
        return a == b or (self.lowering and a.shape == b.shape and a.dtype.is_float
                          and b.dtype.is_float)

    def groups(self, follow_renames: bool = True) -> list[tuple[Target, ...]]:
        """The targets, those together that depend on one another through values of one graph.

        ``follow_renames``: a node that only reads other names did not change; that both names
        hold the same is a target instead.
        """
        kept, targets = self._kept(follow_renames)
        bonds = _Bonds()
        for side, graph in (("before", self.before), ("after", self.after)):
            for node in graph.nodes:
                if node.name in kept:
                    continue
                for value in filter(None, (*node.inputs, *node.outputs)):
                    if value in graph.weights and value not in node.outputs:
                        continue
                    if not self.shared(value):
                        bonds.tie((side, node.name), (side, "value", value))
                    elif value in node.outputs:
                        targets.setdefault(Target(value, value))
                        bonds.tie((side, node.name), Target(value, value))
        for target in targets:
            for side, value in (("before", target.before), ("after", target.after)):
                if not self.shared(value):
                    bonds.tie(target, (side, "value", value))
        grouped: dict[Hashable, list[Target]] = defaultdict(list)
        for target in targets:
            grouped[bonds.root(target)].append(target)
        return [tuple(group) for group in grouped.values()]

    def _kept(self, follow_renames: bool) -> tuple[set[str], dict[Target, None]]:
        """The names of the nodes that did not change, and what must hold for those renamed."""
        earlier = {node.name: node for node in self.before.nodes}
        kept, targets = set(), dict[Target, None]()
        for node in self.after.nodes:
            old = earlier.get(node.name)
            renamed = self._renamed(old, node) if old is not None else None
            if renamed is not None and (follow_renames or not renamed):
                kept.add(node.name)
                targets.update(dict.fromkeys(renamed))
        return kept, targets

    def _renamed(self, old: Node, new: Node) -> list[Target] | None:
        """What must hold so that both compute the same; None if nothing makes that plain."""
        if old is new and not any(v in self._other_weights for v in new.inputs):
            return []
        if old.op != new.op or len(old.inputs) != len(new.inputs):
            return None
        if any(b and a != b for a, b in zip(old.outputs, new.outputs, strict=False)) or (
                len(new.outputs) > len(old.outputs)):
            return None
        if any(v and self.before.types[v] != self.after.types[v] for v in new.outputs):
            return None
        found = []
        for a, b in zip(old.inputs, new.inputs, strict=True):
            if a == b and (not a or self.shared(a)):
                continue
            if not a or not b or self.before.types[a] != self.after.types[b]:
                return None
            w, v = self.before.weights.get(a), self.after.weights.get(b)
            if w is None or v is None:
                found.append(Target(a, b))
            elif not same_bits(w, v):
                return None
        return found


def same_bits(a: Array, b: Array) -> bool:
    """Whether two arrays are the same, NaN and the sign of zeros included."""
    return a is b or (a.shape == b.shape and a.dtype == b.dtype and np.array_equal(
        np.ascontiguousarray(a).reshape(-1).view(np.uint8),
        np.ascontiguousarray(b).reshape(-1).view(np.uint8)))


class _Bonds:
    """Which things hang together."""

    def __init__(self) -> None:
        self._above: dict[Hashable, Hashable] = {}

    def root(self, thing: Hashable) -> Hashable:
        """What stands for all that hang together with ``thing``."""
        chain = []
        while (above := self._above.get(thing, thing)) != thing:
            chain.append(thing)
            thing = above
        self._above.update(dict.fromkeys(chain, thing))
        return thing

    def tie(self, *things: Hashable) -> None:
        """These hang together."""
        roots: Iterable[Hashable] = {self.root(thing) for thing in things}
        first, *others = roots
        self._above.update(dict.fromkeys(others, first))
