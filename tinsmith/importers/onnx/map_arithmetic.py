"""Arithmetic on one, two or any number of operands."""

from __future__ import annotations

import numpy as np

from tinsmith.importers.onnx.broadcast import emit_binary
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ir.op import Op
from tinsmith.ops import arithmetic


def Add(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, arithmetic.Add())


def Sub(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, arithmetic.Sub())


def Mul(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, arithmetic.Mul())


def Div(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, arithmetic.Div())


def Mod(node: NodeImport) -> None:
    """The sign of the divisor, unless ``fmod`` is 1."""
    node.emit(arithmetic.Mod(bool(node.attribute_int("fmod", 0))), *node.values())


def Pow(node: NodeImport) -> None:
    """As ours."""
    emit_binary(node, arithmetic.Pow())


def Min(node: NodeImport) -> None:
    """A chain of the binary one."""
    _chain(node, arithmetic.Min())


def Max(node: NodeImport) -> None:
    """A chain of the binary one."""
    _chain(node, arithmetic.Max())


def Sum(node: NodeImport) -> None:
    """A chain of Add."""
    _chain(node, arithmetic.Add())


def Mean(node: NodeImport) -> None:
    """A chain of Add, then Div by the number of operands."""
    values = node.values()
    if len(values) < 2:
        _chain(node, arithmetic.Add())
        return
    total = values[0]
    for value in values[1:]:
        total = node.temporary(arithmetic.Add(), total, value)
    count = np.array(len(values), node.type(0).dtype.numpy)
    name = node.builder.add_weight(node.builder.fresh(f"{node.raw.name}/count"), count)
    node.emit(arithmetic.Div(), total, name)


def _chain(node: NodeImport, op: Op) -> None:
    values = node.values()
    if not values:
        raise node.unsupported("inputs", "one or more", "none", "check the model")
    if len(values) == 1:
        node.alias(values[0])
        return
    total = values[0]
    for value in values[1:-1]:
        total = node.temporary(op, total, value)
    node.emit(op, total, values[-1])


def Neg(node: NodeImport) -> None:
    """As ours."""
    node.emit(arithmetic.Neg(), node.value(0))


def Abs(node: NodeImport) -> None:
    """As ours."""
    node.emit(arithmetic.Abs(), node.value(0))


def Sign(node: NodeImport) -> None:
    """As ours."""
    node.emit(arithmetic.Sign(), node.value(0))


def Reciprocal(node: NodeImport) -> None:
    """As ours."""
    node.emit(arithmetic.Reciprocal(), node.value(0))


def Sqrt(node: NodeImport) -> None:
    """As ours."""
    node.emit(arithmetic.Sqrt(), node.value(0))


def Exp(node: NodeImport) -> None:
    """As ours."""
    node.emit(arithmetic.Exp(), node.value(0))


def Log(node: NodeImport) -> None:
    """As ours."""
    node.emit(arithmetic.Log(), node.value(0))


def Erf(node: NodeImport) -> None:
    """As ours."""
    node.emit(arithmetic.Erf(), node.value(0))
