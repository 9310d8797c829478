"""What a mapping writes to: tensors, operators, and which tensor holds which value how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from tinsmith import exporters
from tinsmith.dtypes import Array, DType
from tinsmith.errors import UnsupportedError
from tinsmith.exporters.tflite.layout import Order, held, plain, reshaped, same_bytes
from tinsmith.formats import tflite
from tinsmith.formats.tflite import Activation, Code, Operator, OptionTable, Tensor
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.ops.activation_table import ROWS

SMALL = 1024  # elements of constants that are looked for among those written before
Mapped: TypeAlias = Callable[["Writer", Node], None]
Mappings: TypeAlias = Mapping[type[Op], Mapped]


@dataclass(frozen=True, slots=True)
class Held:
    """The tensor that holds a value, and the order of its axes there."""

    tensor: int
    order: Order


@dataclass
class Writer:
    """Collects a model. Values that are not needed in another order are never moved."""

    graph: Graph
    tensors: list[Tensor] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)
    values: dict[str, Held] = field(default_factory=dict)
    moved: dict[tuple[str, Order], int] = field(default_factory=dict)
    scrambled: dict[str, str] = field(default_factory=dict)
    constants: dict[tuple[str, tuple[int, ...], bytes], int] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def shape(self, value: str) -> tuple[int, ...]:
        """A value's shape in the graph."""
        return self.graph.types[value].shape

    def weight(self, node: Node, position: int) -> Array | None:
        """A constant operand; None when the node has none there.

        Raises:
            UnsupportedError: the operand is computed.
        """
        if position >= len(node.inputs) or not node.inputs[position]:
            return None
        array = self.graph.constant(node.inputs[position])
        if array is None:
            raise refusal(node, f"constant operand {position}", "a computed one")
        return array

    def constant(self, array: Array, name: str) -> int:
        """A tensor with these numbers, float32 or int32."""
        array = array.astype(np.int32 if array.dtype.kind == "i" else np.float32, copy=False)
        key = (str(array.dtype), array.shape, array.tobytes() if array.size <= SMALL else b"")
        if array.size <= SMALL and key in self.constants:
            return self.constants[key]
        self.tensors.append(Tensor(name, array.shape, array))
        self.constants[key] = len(self.tensors) - 1
        return len(self.tensors) - 1

    def integers(self, values: Sequence[int]) -> int:
        """A constant vector of integers."""
        return self.constant(np.array(values, np.int32), "integers")

    def state(self, shape: tuple[int, ...], name: str) -> int:
        """A tensor that keeps its content from run to run."""
        self.tensors.append(Tensor(name, shape, state=True))
        return len(self.tensors) - 1

    def temporary(self, shape: tuple[int, ...], name: str) -> int:
        """A tensor that an operator writes."""
        self.tensors.append(Tensor(name, shape))
        return len(self.tensors) - 1

    def define(self, value: str, order: Order) -> int:
        """The tensor for a value, about to be written, its axes in this order."""
        tensor = self.temporary(held(self.shape(value), order), value)
        self.values[value] = Held(tensor, order)
        return tensor

    def emit(self, code: Code, inputs: Sequence[int], outputs: Sequence[int],
             options: OptionTable | None = None) -> None:
        """Appends an operator."""
        self.operators.append(
            Operator(code, tuple(inputs), tuple(outputs), options or OptionTable()))

    def order(self, value: str) -> Order:
        """The order in which a value lies; a constant lies as it is."""
        self.settle(value)
        return self.values[value].order if value in self.values else plain(len(self.shape(value)))

    def read(self, value: str, order: Order) -> int:
        """The tensor that holds a value with its axes in this order, moved if need be."""
        self.settle(value)
        constant = self.graph.constant(value)
        if constant is not None:
            return self.constant(np.ascontiguousarray(constant.transpose(order)), value)
        found = self.values[value]
        if found.order == order:
            return found.tensor
        if (value, order) not in self.moved:
            self.moved[value, order] = self.move(value, found, order)
        return self.moved[value, order]

    def move(self, value: str, found: Held, order: Order) -> int:
        """A transpose; a reshape where the bytes stay as they are."""
        shape = held(self.shape(value), order)
        tensor = self.temporary(shape, f"{value}.moved")
        if same_bytes(self.shape(value), found.order, order):
            self.emit(Code.RESHAPE, (found.tensor, self.integers(shape)), (tensor,))
        else:
            perm = [found.order.index(axis) for axis in order]
            self.emit(Code.TRANSPOSE, (found.tensor, self.integers(perm)), (tensor,))
        return tensor

    def reshape(self, source: str, value: str, order: Order) -> None:
        """Defines ``value`` as another shape of the bytes of ``source``, moved if need be.

        ``order`` is that of the value; the source's follows from it.
        """
        before = reshaped(self.shape(value), order, self.shape(source))
        assert before is not None, value
        tensor = self.read(source, before)
        shape = held(self.shape(value), order)
        self.emit(Code.RESHAPE, (tensor, self.integers(shape)), (self.define(value, order),))

    def settle(self, value: str) -> None:
        """Writes the move that was put off for a value whose axes lie in no order."""
        source = self.scrambled.pop(value, None)
        if source is not None:
            self.reshape(source, value, plain(len(self.shape(value))))

    def finish(self, node: Node) -> tuple[str, Activation]:
        """The value that a node's operator can give at once: after its activation, if it has one.

        The node of that activation is then done.
        """
        result = node.outputs[0]
        after = self.graph.sole_consumer(result)
        activation = Activation.NONE if after is None else fusible(after.op)
        if after is None or activation is Activation.NONE:
            return result, Activation.NONE
        self.done.add(after.name)
        return after.outputs[0], activation


def fusible(op: Op) -> Activation:
    """The activation that other operators can apply; NONE for anything else."""
    row = ROWS.get(type(op))
    return Activation[row.tflite_fusing.get(op, "NONE")] if row else Activation.NONE


def refusal(node: Node, expected: str, got: object) -> UnsupportedError:
    """The error for a node that has no equivalent."""
    return exporters.refusal("tflite", node, expected, got)


def check_types(graph: Graph) -> None:
    """Refuses anything but float32, and tensors without elements.

    Raises:
        UnsupportedError: a value has another type, or no elements.
    """
    for node in graph.nodes:
        for value in filter(None, (*node.inputs, *node.outputs)):
            if graph.types[value].dtype is not DType.F32 or not graph.types[value].size:
                raise refusal(node, "float32, one element or more", graph.types[value])


def write(graph: Graph, mappings: Mappings) -> bytes:
    """The file of a graph. Inputs and outputs keep the order of their axes."""
    check_types(graph)
    writer = Writer(graph)
    for value in graph.inputs:
        writer.define(value, plain(graph.types[value].rank))
    for node in graph.nodes:
        if node.name in writer.done:
            continue
        if type(node.op) not in mappings:
            raise refusal(node, "an operator that LiteRT has", node.op.name)
        if getattr(node.op, "activation", None) is not None:
            raise refusal(node, "an operator without fused activation", node.op)
        mappings[type(node.op)](writer, node)
    outputs = [writer.read(value, plain(graph.types[value].rank)) for value in graph.outputs]
    inputs = [writer.values[value].tensor for value in graph.inputs]
    return tflite.model(graph.name, writer.tensors, writer.operators, inputs, outputs)
