"""Reductions and Softmax: what runs along axes."""

from __future__ import annotations

from functools import partial

from tinsmith.exporters.tflite.writer import Mappings, Writer
from tinsmith.formats.tflite import Code, OptionTable, flag, number
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op
from tinsmith.ops.reduce import Reduce, ReduceMax, ReduceMean, ReduceMin, ReduceProd, ReduceSum
from tinsmith.ops.softmax import Softmax

CODES: dict[type[Op], Code] = {
    ReduceMean: Code.MEAN, ReduceSum: Code.SUM, ReduceMax: Code.REDUCE_MAX,
    ReduceMin: Code.REDUCE_MIN, ReduceProd: Code.REDUCE_PROD,
}


def reduce(code: Code, writer: Writer, node: Node) -> None:
    """A reduction over the same axes, wherever they lie."""
    op = node.op
    assert isinstance(op, Reduce)
    order = writer.order(node.inputs[0])
    gone = {axis % len(order) for axis in op.axes}
    left = [axis for axis in range(len(order)) if axis not in gone]
    after = order if op.keepdims else tuple(left.index(axis) for axis in order if axis in left)
    source = writer.read(node.inputs[0], order)
    axes = writer.integers(sorted(order.index(axis) for axis in gone))
    writer.emit(code, (source, axes), (writer.define(node.outputs[0], after),),
                OptionTable(27, {0: flag(op.keepdims)}))


def softmax(writer: Writer, node: Node) -> None:
    """SOFTMAX, which runs along the last axis."""
    op = node.op
    assert isinstance(op, Softmax)
    order = writer.order(node.inputs[0])
    axis = op.axis % len(order)
    last = (*(other for other in order if other != axis), axis)
    source = writer.read(node.inputs[0], last)
    writer.emit(Code.SOFTMAX, (source,), (writer.define(node.outputs[0], last),),
                OptionTable(9, {0: number(1.0)}))


OPERATORS: Mappings = {**{op: partial(reduce, code) for op, code in CODES.items()},
                       Softmax: softmax}
