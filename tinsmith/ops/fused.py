"""Fused: a chain of elementwise operators that is computed in one loop."""

from __future__ import annotations

from dataclasses import dataclass

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.elementwise import Elementwise, broadcast


@dataclass(frozen=True, slots=True)
class Fused(Op):
    """``body`` in order: its values named ``inputs`` are the operands, ``outputs`` the results.

    All outputs have one shape: the one that all operands broadcast to.
    """

    body: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def jumps(self, operand: int) -> bool:
        """Where any part does."""
        return any(n.op.jumps(i) for n in self.body for i in range(len(n.inputs)))

    def types(self, *operands: TensorType | None) -> dict[str, TensorType]:
        """The type of every value of the body, the operands' included."""
        self.require(len(operands) == len(self.inputs), "operands", str(len(self.inputs)),
                     len(operands))
        found: dict[str, TensorType] = {}
        for name, kind in zip(self.inputs, operands, strict=True):
            self.require(kind is not None, name, "an operand", kind)
            assert kind is not None
            found[name] = kind
        for node in self.body:
            self.require(isinstance(node.op, Elementwise), node.name, "an elementwise operator",
                         node.op.name)
            self.require(all(value in found for value in node.inputs), node.name,
                         "values defined before", node.inputs)
            (found[node.outputs[0]],) = node.op.infer(*(found[v] for v in node.inputs))
        return found

    def infer(self, *inputs: TensorType | None) -> tuple[TensorType, ...]:
        """The types that the body gives."""
        types = self.types(*inputs)
        shape = broadcast(self, [types[name].shape for name in self.inputs])
        for name in self.outputs:
            self.require(name in types and types[name].shape == shape, name,
                         f"a result of shape {list(shape)}", types.get(name))
        return tuple(types[name] for name in self.outputs)

    def reference(self, *inputs: Array | None) -> tuple[Array, ...]:
        """The body, node by node."""
        values = dict(zip(self.inputs, inputs, strict=True))
        for node in self.body:
            (values[node.outputs[0]],) = node.op.reference(*(values[v] for v in node.inputs))
        results = [values[name] for name in self.outputs]
        return tuple(array for array in results if array is not None)
