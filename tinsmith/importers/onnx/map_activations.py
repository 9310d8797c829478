"""Activation functions: most as their row in ``activation_table`` says, a few by themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from tinsmith.dtypes import Array
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ir.op import Op
from tinsmith.ops import activations, arithmetic
from tinsmith.ops.activation_table import DIRECT, ROWS, check_own
from tinsmith.ops.reshape import Reshape


def _direct(operator: type[Op]) -> Callable[[NodeImport], None]:
    """The mapping of an operator whose attributes are numbers, named and preset as ours."""
    preset = operator()

    def mapping(node: NodeImport) -> None:
        attributes = {field.name: node.attribute_float(field.name, getattr(preset, field.name))
                      for field in fields(preset)}
        node.emit(operator(**attributes), node.value(0))

    return mapping


MAPPINGS = {operator.__name__: _direct(operator)
            for operator, row in ROWS.items() if row.onnx == DIRECT}


def Clip(node: NodeImport) -> None:
    """Bounds are attributes before opset 11, then inputs; unknown ones become Max and Min."""
    if node.opset < 11:
        given = node.raw.attributes
        low = node.attribute_float("min", 0.0) if "min" in given else None
        high = node.attribute_float("max", 0.0) if "max" in given else None
        node.emit(activations.Clip(low, high), node.value(0))
        return
    constant = all(not node.has_input(i) or node.constant(i) is not None for i in (1, 2))
    if constant:
        node.emit(activations.Clip(_bound(node, 1, "min"), _bound(node, 2, "max")), node.value(0))
        return
    value = node.value(0)
    if node.has_input(1):
        bounded = node.has_input(2)
        lower = arithmetic.Max()
        if not bounded:
            node.emit(lower, value, node.value(1))
            return
        value = node.temporary(lower, value, node.value(1))
    node.emit(arithmetic.Min(), value, node.value(2))


def _bound(node: NodeImport, index: int, what: str) -> float | int | None:
    array = node.constant(index)
    if array is None:
        return None
    if array.size != 1 or array.dtype != node.type(0).dtype.numpy:
        raise node.unsupported(what, f"a scalar of {node.type(0).dtype.value}",
                               f"{array.dtype}{list(array.shape)}", "check the model")
    return _scalar(array)


def _scalar(array: Array) -> float | int:
    value = array.reshape(-1)[0]
    return int(value) if array.dtype.kind in "iu" else float(value)


def Gelu(node: NodeImport) -> None:
    """Exact unless ``approximate`` is 'tanh'."""
    approximate = node.attribute_str("approximate", "none")
    if approximate not in ("none", "tanh"):
        raise node.unsupported("approximate", "none or tanh", approximate, "check the model")
    node.emit(activations.Gelu(approximate == "tanh"), node.value(0))


def PRelu(node: NodeImport) -> None:
    """As ours: the slope broadcasts to x; before opset 7 one for each channel stands alone."""
    x, slope = node.type(0), node.type(1)
    if node.opset < 7 and slope.rank == 1 and slope.size > 1 and x.rank > 2:
        shaped = node.temporary(Reshape((slope.size, *(1,) * (x.rank - 2))), node.value(1))
        node.emit(activations.PRelu(), node.value(0), shaped)
        return
    node.emit(activations.PRelu(), node.value(0), node.value(1))


check_own("onnx", (activations.Clip, activations.Gelu), "importers/onnx/map_activations.py")
