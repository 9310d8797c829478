"""Operands of binary operators, as opset 7 and as earlier ones broadcast them."""

from __future__ import annotations

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ir.op import Op
from tinsmith.ops.reshape import Reshape


def emit_binary(node: NodeImport, op: Op) -> None:
    """Adds ``op`` on both operands; before opset 7 the second starts at ``axis`` of the first."""
    a, b = node.type(0), node.type(1)
    axis = node.attribute_int("axis", a.rank - b.rank)
    axis += a.rank if axis < 0 else 0
    if node.opset >= 7 or axis + b.rank == a.rank:
        node.emit(op, *node.values())
        return
    if not 0 <= axis <= a.rank - b.rank:
        raise node.unsupported("axis", f"0 to {a.rank - b.rank}", axis, "check the model")
    aligned = Reshape((*b.shape, *(1,) * (a.rank - b.rank - axis)))
    node.emit(op, node.value(0), node.temporary(aligned, node.value(1)))
