"""A graph that grows from another one in which some values get another element type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tinsmith.dtypes import Array, DType
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.infer import result_types
from tinsmith.ir.op import TensorType
from tinsmith.ops.cast import Cast, convert


@dataclass
class Retyping:
    """The new graph while it grows, node by node in the order of the old one.

    Attributes:
        graph: the old graph.
        changed: values that nodes of the new graph give in the element type ``to``.
        to: that type.
    """

    graph: Graph
    changed: set[str]
    to: DType
    nodes: list[Node] = field(default_factory=list)
    types: dict[str, TensorType] = field(default_factory=dict)
    weights: dict[str, Array] = field(default_factory=dict)
    versions: dict[tuple[str, DType], str] = field(default_factory=dict)

    def add(self, node: Node) -> None:
        """Appends a node, its types inferred."""
        self.types |= result_types(node, self.types)
        self.nodes.append(node)

    def constant(self, value: str, dtype: DType) -> str:
        """A weight in an element type."""
        array = self.graph.weights[value]
        if DType.of(array) is not dtype:
            value = self.graph.unique(f"{value}.{dtype.short}")
            array = self.weights[value] if value in self.weights else convert(array, dtype)
        self.weights[value] = array
        self.types[value] = TensorType(array.shape, dtype)
        return value

    def read(self, value: str, dtype: DType) -> str:
        """A value in an element type, converted once if it has another."""
        if value in self.graph.weights:
            return self.constant(value, dtype)
        key = (value, dtype)
        if key not in self.versions:
            source = self.name(value)
            if self.types[source].dtype is dtype:
                return source
            kept = value in self.changed and value in self.graph.outputs
            result = value if kept else self.graph.unique(f"{value}.{dtype.short}")
            name = self.graph.unique(f"{value}.{dtype.short}")
            self.add(Node(name, Cast(dtype), (source,), (result,), self.origin(value)))
            self.versions[key] = result
        return self.versions[key]

    def name(self, value: str) -> str:
        """What a value is called now: results of the graph leave their name to their Cast."""
        if value in self.changed and value in self.graph.outputs:
            return self.graph.unique(f"{value}.{self.to.short}")
        return value

    def origin(self, value: str) -> tuple[str, ...]:
        """The source nodes behind a value."""
        producer = self.graph.producer(value)
        return producer.origin if producer else ()


def with_dtype(graph: Graph, changed: set[str], to: DType,
               convert_node: Callable[[Retyping, Node], Node]) -> Graph:
    """The graph in which ``changed`` values have the type ``to``.

    ``convert_node`` gives each node of it, and reads its operands from the graph that grows. Inputs
    and outputs of the graph keep their types.
    """
    built = Retyping(graph, changed, to)
    built.types.update((value, graph.types[value]) for value in graph.inputs)
    for node in graph.nodes:
        built.add(convert_node(built, node))
    for value in graph.outputs:
        built.read(value, graph.types[value].dtype)
    return graph.replace(nodes=tuple(built.nodes), types=built.types, weights=built.weights)
