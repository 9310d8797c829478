"""The network as a frozen value: nodes in order, types of all values, weights by reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class Node:
    """One application of an operator. An absent optional input or unused output is ``""``."""

    name: str
    op: Op
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    origin: tuple[str, ...] = ()

    def replace(self, **changes: object) -> Node:
        """This node with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Graph:
    """A network: static single assignment, nodes in an order in which they can run.

    ``types`` holds a type for every input, weight and node output; ``weights`` maps names to
    arrays that nobody changes. An output may be an input or a weight as it is: their names are the
    user's. ``metadata`` is what the model file said beside the network.
    """

    name: str
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    types: Mapping[str, TensorType]
    weights: Mapping[str, Array]
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def producers(self) -> Mapping[str, Node]:
        """The node that gives each value (absent for inputs and weights)."""
        return {value: node for node in self.nodes for value in node.outputs if value}

    @cached_property
    def consumers(self) -> Mapping[str, tuple[Node, ...]]:
        """The nodes that read each value, each once, in order (absent when none does)."""
        found: dict[str, dict[str, Node]] = {}
        for node in self.nodes:
            for value in node.inputs:
                if value:
                    found.setdefault(value, {})[node.name] = node
        return {value: tuple(nodes.values()) for value, nodes in found.items()}

    def producer(self, value: str) -> Node | None:
        """The node that gives ``value``, or None for an input or a weight."""
        return self.producers.get(value)

    def sole_consumer(self, value: str) -> Node | None:
        """The one node that reads ``value``, or None if several do or the graph returns it."""
        nodes = self.consumers.get(value, ())
        return nodes[0] if len(nodes) == 1 and value not in self.outputs else None

    def constant(self, value: str) -> Array | None:
        """The array behind ``value`` when it is a weight."""
        return self.weights.get(value)

    def input_types(self, node: Node) -> tuple[TensorType | None, ...]:
        """Types of a node's inputs, None for absent ones."""
        return tuple(self.types[value] if value else None for value in node.inputs)

    def output_types(self, node: Node) -> tuple[TensorType | None, ...]:
        """Types of a node's outputs, None for unused ones."""
        return tuple(self.types[value] if value else None for value in node.outputs)

    def macs(self, node: Node) -> int:
        """Multiply-accumulates of one node, by the textbook algorithm."""
        inputs = self.input_types(node)
        return node.op.macs(inputs, node.op.infer(*inputs))

    def replace(self, **changes: object) -> Graph:
        """This graph with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def unique(self, stem: str) -> str:
        """A value or node name that this graph does not use yet, starting with ``stem``."""
        used = self._names
        if stem not in used:
            return stem
        return next(n for i in range(1, len(used) + 2) if (n := f"{stem}.{i}") not in used)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.types) | frozenset(node.name for node in self.nodes)
