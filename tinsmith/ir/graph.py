"""The network as a frozen value: nodes in order, types of all values, weights by reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from tinsmith.dtypes import Array
from tinsmith.errors import UsageError
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

    ``state`` holds values that last from run to run: each is read like an input, is zero at first,
    and has after a run the value that updated it (an output, or any other of its type).
    """

    name: str
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    types: Mapping[str, TensorType]
    weights: Mapping[str, Array]
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    state: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

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

    def with_state(self, state: Mapping[str, str]) -> Graph:
        """The same network that keeps some of its inputs from run to run itself.

        Args:
            state: for each such input the value that updates it. That one stays an output where
                it is one.

        Raises:
            UsageError: there is no such input or value, or their types differ.
        """
        for value, update in state.items():
            if value not in self.inputs:
                raise UsageError(f"state: value '{value}': expected one of the inputs "
                                 f"{list(self.inputs)}, got none of that name; name an input")
            kind, found = self.types[value], self.types.get(update)
            if found != kind:
                raise UsageError(f"state: value '{value}': expected an update of {kind}, got "
                                 f"'{update}', {found or 'which is no value'}; name a value of the "
                                 "same type")
        kept = tuple(value for value in self.inputs if value not in state)
        return self.replace(inputs=kept, state=MappingProxyType({**self.state, **state}))

    def opened(self) -> Graph:
        """The same network without state: state behind its inputs, updates behind its outputs."""
        return self.replace(inputs=(*self.inputs, *self.state), state=MappingProxyType({}),
                            outputs=(*self.outputs, *self.state.values())) if self.state else self

    def unique(self, stem: str) -> str:
        """A value or node name that this graph does not use yet, starting with ``stem``."""
        used = self._names
        if stem not in used:
            return stem
        return next(n for i in range(1, len(used) + 2) if (n := f"{stem}.{i}") not in used)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.types) | frozenset(node.name for node in self.nodes)
