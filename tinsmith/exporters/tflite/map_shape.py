"""Reshape, Transpose, Concat, Slice, Pad: what moves elements."""

from __future__ import annotations

import numpy as np

from tinsmith.exporters.tflite.layout import channels_last, reshaped, transposed
from tinsmith.exporters.tflite.windows import pad as pad_constant
from tinsmith.exporters.tflite.writer import Held, Mappings, Writer, refusal
from tinsmith.formats.tflite import Code, OptionTable, byte, word
from tinsmith.ir.graph import Node
from tinsmith.ops.concat import Concat
from tinsmith.ops.pad import Pad
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.slice import Slice
from tinsmith.ops.transpose import Transpose


def reshape(writer: Writer, node: Node) -> None:
    """RESHAPE of the bytes as they lie, if some order of the result's axes says the same.

    Else they are moved so that the result lies with its channels last; with fewer than four axes
    that is put off, because a fully connected layer can move its weights instead.
    """
    source, value = node.inputs[0], node.outputs[0]
    wanted = writer.shape(value)
    order = reshaped(writer.shape(source), writer.order(source), wanted)
    if order is not None:
        writer.reshape(source, value, order)
        return
    last = channels_last(len(wanted))
    if len(wanted) > 3 and reshaped(wanted, last, writer.shape(source)) is not None:
        writer.reshape(source, value, last)
        return
    writer.scrambled[value] = source


def transpose(writer: Writer, node: Node) -> None:
    """Nothing: only the names of the axes change."""
    assert isinstance(node.op, Transpose)
    source = node.inputs[0]
    order = writer.order(source)
    writer.values[node.outputs[0]] = Held(writer.read(source, order),
                                          transposed(order, node.op.perm))


def concat(writer: Writer, node: Node) -> None:
    """CONCATENATION, in the order of the largest part."""
    assert isinstance(node.op, Concat)
    largest = max((name for name in node.inputs if writer.graph.constant(name) is None),
                  key=lambda name: writer.graph.types[name].size, default=node.inputs[0])
    order = writer.order(largest)
    parts = [writer.read(name, order) for name in node.inputs]
    writer.emit(Code.CONCATENATION, parts, (writer.define(node.outputs[0], order),),
                OptionTable(10, {0: word(order.index(node.op.axis % len(order)))}))


def slice_(writer: Writer, node: Node) -> None:
    """SLICE; STRIDED_SLICE for steps above one."""
    op = node.op
    assert isinstance(op, Slice)
    if min(op.steps, default=1) < 1:
        raise refusal(node, "steps forward", op.steps)
    order = writer.order(node.inputs[0])
    source = writer.read(node.inputs[0], order)
    target = writer.define(node.outputs[0], order)
    begin = [op.starts[axis] for axis in order]
    size = [op.sizes[axis] for axis in order]
    steps = [op.steps[axis] for axis in order]
    if max(steps, default=1) == 1:
        writer.emit(Code.SLICE, (source, writer.integers(begin), writer.integers(size)), (target,))
        return
    end = [b + (n - 1) * s + 1 for b, n, s in zip(begin, size, steps, strict=True)]
    writer.emit(Code.STRIDED_SLICE, (source, *map(writer.integers, (begin, end, steps))), (target,),
                OptionTable(32))


def pad(writer: Writer, node: Node) -> None:
    """PAD, PADV2, MIRROR_PAD."""
    op = node.op
    assert isinstance(op, Pad)
    if not op.before:
        raise refusal(node, "an axis", op)
    order = writer.order(node.inputs[0])
    source = writer.read(node.inputs[0], order)
    widths = [(op.before[axis], op.after[axis]) for axis in order]
    if op.mode == "constant":
        fill = writer.weight(node, 1)
        made = pad_constant(writer, node.outputs[0], source, widths,
                            0.0 if fill is None else float(fill.reshape(())))
        writer.values[node.outputs[0]] = Held(made, order)
        return
    shape = writer.tensors[source].shape
    if op.mode != "reflect" or any(max(w) >= n for w, n in zip(widths, shape, strict=True)):
        raise refusal(node, "constants, or a reflection within the tensor", op)
    pads = writer.constant(np.array(widths, np.int32), "pads")
    writer.emit(Code.MIRROR_PAD, (source, pads), (writer.define(node.outputs[0], order),),
                OptionTable(77, {0: byte(0)}))


OPERATORS: Mappings = {Reshape: reshape, Transpose: transpose, Concat: concat, Slice: slice_,
                       Pad: pad}
