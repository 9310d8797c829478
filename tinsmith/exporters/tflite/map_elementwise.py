"""Arithmetic and activations, element by element."""

from __future__ import annotations

from functools import partial

import numpy as np

from tinsmith.exporters.tflite.layout import Order, held, plain
from tinsmith.exporters.tflite.writer import Mappings, Writer, fusible, refusal
from tinsmith.formats.tflite import Activation, Code, OptionTable, byte, flag, number
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op
from tinsmith.ops.activation_table import NONE, OWN, ROWS, check_own
from tinsmith.ops.activations import Clip, Elu, Gelu, HardSigmoid, LeakyRelu, PRelu, Swish
from tinsmith.ops.arithmetic import Abs, Add, Div, Exp, Log, Max, Min, Mul, Neg, Pow, Sqrt, Sub
from tinsmith.ops.identity import Identity

FUSING = {Code.ADD: 11, Code.SUB: 28, Code.MUL: 21, Code.DIV: 29}
"""Operators that apply an activation, and the kinds of their options."""
ALONE = {Activation.RELU: Code.RELU, Activation.RELU6: Code.RELU6,
         Activation.RELU_N1_TO_1: Code.RELU_N1_TO_1}


def unary(code: Code, writer: Writer, node: Node, options: OptionTable | None = None) -> None:
    """An operator of one input, in whatever order that lies."""
    order = writer.order(node.inputs[0])
    source = writer.read(node.inputs[0], order)
    writer.emit(code, (source,), (writer.define(node.outputs[0], order),), options)


def binary(code: Code, writer: Writer, node: Node) -> None:
    """An operator of two inputs, in the order in which the larger of them lies."""
    value, order = node.outputs[0], common_order(writer, node)
    inputs = [operand(writer, name, order) for name in node.inputs]
    if code not in FUSING:
        writer.emit(code, inputs, (writer.define(value, order),))
        return
    result, activation = writer.finish(node)
    writer.emit(code, inputs, (writer.define(result, order),),
                OptionTable(FUSING[code], {0: byte(activation)}))


def common_order(writer: Writer, node: Node) -> Order:
    """The order of the first computed operand of the most elements and of the result's rank."""
    rank = len(writer.shape(node.outputs[0]))
    computed = [name for name in node.inputs
                if len(writer.shape(name)) == rank and writer.graph.constant(name) is None]
    if not computed:
        return plain(rank)
    return writer.order(max(computed, key=lambda name: writer.graph.types[name].size))


def operand(writer: Writer, value: str, order: Order) -> int:
    """An operand of an operator that broadcasts; one of fewer axes gets them in front."""
    shape, constant = writer.shape(value), writer.graph.constant(value)
    if len(shape) == len(order):
        return writer.read(value, order)
    wide = (1,) * (len(order) - len(shape)) + shape
    if constant is not None:
        if constant.size == 1:
            return writer.constant(constant.reshape(()), value)
        moved = constant.reshape(wide).transpose(order)
        return writer.constant(np.ascontiguousarray(moved), value)
    source = writer.read(value, plain(len(shape)))
    whole = writer.temporary(wide, f"{value}.wide")
    writer.emit(Code.RESHAPE, (source, writer.integers(wide)), (whole,))
    if order == plain(len(order)):
        return whole
    result = writer.temporary(held(wide, order), f"{value}.moved")
    writer.emit(Code.TRANSPOSE, (whole, writer.integers(order)), (result,))
    return result


def clip(writer: Writer, node: Node) -> None:
    """One of the activations that have a name, or MAXIMUM and MINIMUM."""
    op = node.op
    if fusible(op):
        unary(ALONE[fusible(op)], writer, node)
        return
    assert isinstance(op, Clip)
    if (op.low, op.high) == (0, 1):
        unary(Code.RELU_0_TO_1, writer, node)
        return
    order = writer.order(node.inputs[0])
    tensor = writer.read(node.inputs[0], order)
    bounds = [(code, bound) for code, bound in ((Code.MAXIMUM, op.low), (Code.MINIMUM, op.high))
              if bound is not None]
    if not bounds:
        raise refusal(node, "a bound", op)
    for i, (code, bound) in enumerate(bounds):
        last = i == len(bounds) - 1
        result = (writer.define(node.outputs[0], order) if last else writer.temporary(
            writer.tensors[tensor].shape, f"{node.name}.bounded"))
        writer.emit(code, (tensor, scalar(writer, bound)), (result,))
        tensor = result


def scalar(writer: Writer, value: float) -> int:
    """A constant of one element."""
    return writer.constant(np.array(value, np.float32), "scalar")


def hard_sigmoid(writer: Writer, node: Node) -> None:
    """RELU6(x + beta / alpha) alpha where alpha is 1 / 6; else alpha x + beta within 0 and 1."""
    op = node.op
    assert isinstance(op, HardSigmoid)
    order = writer.order(node.inputs[0])
    source = writer.read(node.inputs[0], order)
    inner = writer.temporary(writer.tensors[source].shape, f"{node.name}.inner")
    target = writer.define(node.outputs[0], order)
    if np.float32(6 * op.alpha) == 1:
        writer.emit(Code.ADD, (source, scalar(writer, op.beta / op.alpha)), (inner,),
                    OptionTable(11, {0: byte(Activation.RELU6)}))
        writer.emit(Code.MUL, (inner, scalar(writer, op.alpha)), (target,), OptionTable(21))
        return
    shifted = writer.temporary(writer.tensors[source].shape, f"{node.name}.shifted")
    writer.emit(Code.MUL, (source, scalar(writer, op.alpha)), (inner,), OptionTable(21))
    writer.emit(Code.ADD, (inner, scalar(writer, op.beta)), (shifted,), OptionTable(11))
    writer.emit(Code.RELU_0_TO_1, (shifted,), (target,))


def leaky_relu(writer: Writer, node: Node) -> None:
    """LEAKY_RELU."""
    assert isinstance(node.op, LeakyRelu)
    unary(Code.LEAKY_RELU, writer, node, OptionTable(75, {0: number(node.op.alpha)}))


def prelu(writer: Writer, node: Node) -> None:
    """PRELU, its slopes without the axis of samples."""
    order = writer.order(node.inputs[0])
    slope, shape = writer.weight(node, 1), writer.shape(node.inputs[0])
    assert slope is not None
    wide = slope.reshape((1,) * (len(shape) - slope.ndim) + slope.shape).transpose(order)
    if order[0] != 0 or wide.shape[0] != 1:
        raise refusal(node, "the same slopes for all samples", slope.shape)
    source = writer.read(node.inputs[0], order)
    slopes = writer.constant(np.ascontiguousarray(wide[0]), node.inputs[1])
    writer.emit(Code.PRELU, (source, slopes), (writer.define(node.outputs[0], order),))


def swish(writer: Writer, node: Node) -> None:
    """x LOGISTIC(alpha x)."""
    op = node.op
    assert isinstance(op, Swish)
    order = writer.order(node.inputs[0])
    source = factor = writer.read(node.inputs[0], order)
    shape = writer.tensors[source].shape
    if op.alpha != 1:
        factor = writer.temporary(shape, f"{node.name}.scaled")
        writer.emit(Code.MUL, (source, scalar(writer, op.alpha)), (factor,), OptionTable(21))
    gate = writer.temporary(shape, f"{node.name}.gate")
    writer.emit(Code.LOGISTIC, (factor,), (gate,))
    writer.emit(Code.MUL, (source, gate), (writer.define(node.outputs[0], order),), OptionTable(21))


def elu(writer: Writer, node: Node) -> None:
    """ELU, whose alpha is 1."""
    assert isinstance(node.op, Elu)
    if node.op.alpha != 1:
        raise refusal(node, "alpha 1", node.op)
    unary(Code.ELU, writer, node)


def gelu(writer: Writer, node: Node) -> None:
    """GELU, exact or by tanh."""
    assert isinstance(node.op, Gelu)
    unary(Code.GELU, writer, node, OptionTable(116, {0: flag(node.op.tanh)}))


def identity(writer: Writer, node: Node) -> None:
    """A reshape to the same shape: the value may name an output."""
    order = writer.order(node.inputs[0])
    source = writer.read(node.inputs[0], order)
    shape = writer.tensors[source].shape
    writer.emit(Code.RESHAPE, (source, writer.integers(shape)),
                (writer.define(node.outputs[0], order),))


UNARY: dict[type[Op], Code] = {
    **{operator: Code[row.tflite] for operator, row in ROWS.items()
       if row.tflite not in (OWN, NONE)},
    Abs: Code.ABS, Neg: Code.NEG, Sqrt: Code.SQRT, Exp: Code.EXP, Log: Code.LOG,
}
BINARY: dict[type[Op], Code] = {
    Add: Code.ADD, Sub: Code.SUB, Mul: Code.MUL, Div: Code.DIV, Max: Code.MAXIMUM,
    Min: Code.MINIMUM, Pow: Code.POW,
}
OPERATORS: Mappings = {
    **{op: partial(unary, code) for op, code in UNARY.items()},
    **{op: partial(binary, code) for op, code in BINARY.items()},
    Clip: clip, HardSigmoid: hard_sigmoid, LeakyRelu: leaky_relu, PRelu: prelu, Swish: swish,
    Elu: elu, Gelu: gelu, Identity: identity,
}
check_own("tflite", OPERATORS.keys() - UNARY.keys(), "exporters/tflite/map_elementwise.py")
