"""Conv and ConvTranspose over two axes."""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.exporters.tflite.layout import channels_last
from tinsmith.exporters.tflite.windows import Axis, padded
from tinsmith.exporters.tflite.writer import Mappings, Writer, refusal
from tinsmith.formats.tflite import (
    SAME,
    VALID,
    Activation,
    Code,
    conv_options,
    depthwise_options,
    transpose_conv_options,
)
from tinsmith.ir.graph import Node
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.ops.window import reach

LAST = channels_last(4)


def conv(writer: Writer, node: Node) -> None:
    """CONV_2D, filters [M, height, width, C / group]; DEPTHWISE_CONV_2D for one channel each."""
    op, weights = node.op, writer.weight(node, 1)
    assert isinstance(op, Conv) and weights is not None
    if weights.ndim != 4 or len(node.inputs) > 3:
        raise refusal(node, "a convolution over two axes, nothing fused", op)
    shape, extents = writer.shape(node.inputs[0]), writer.shape(node.outputs[0])
    source, padding = padded(writer, node.inputs[0], [
        Axis(shape[2 + i], extents[2 + i], reach(weights.shape[2 + i], op.dilations[i]),
             op.strides[i], op.pads[i]) for i in range(2)])
    bias = writer.constant(bias_of(writer, node, len(weights)), f"{node.name}.bias")
    result, activation = writer.finish(node)
    if op.group == shape[1] and op.group > 1:
        filters = writer.constant(weights.transpose(1, 2, 3, 0), node.inputs[1])
        writer.emit(Code.DEPTHWISE_CONV_2D, (source, filters, bias), (writer.define(result, LAST),),
                    depthwise_options(padding, op.strides, op.dilations, len(weights) // op.group,
                                      activation))
        return
    filters = writer.constant(weights.transpose(0, 2, 3, 1), node.inputs[1])
    writer.emit(Code.CONV_2D, (source, filters, bias), (writer.define(result, LAST),),
                conv_options(padding, op.strides, op.dilations, activation))


def bias_of(writer: Writer, node: Node, channels: int) -> Array:
    """The bias, or zeros."""
    bias = writer.weight(node, 2)
    return np.zeros(channels, np.float32) if bias is None else bias


def conv_transpose(writer: Writer, node: Node) -> None:
    """TRANSPOSE_CONV; what neither padding cuts off is cut off by SLICE."""
    op, weights = node.op, writer.weight(node, 1)
    assert isinstance(op, ConvTranspose) and weights is not None
    if weights.ndim != 4 or op.group != 1 or op.dilations != (1, 1):
        raise refusal(node, "a transposed convolution over two axes, one group, no dilation", op)
    shape, extents = writer.shape(node.inputs[0]), writer.shape(node.outputs[0])
    whole = tuple((shape[2 + i] - 1) * op.strides[i] + weights.shape[2 + i] for i in range(2))
    same = all(extents[2 + i] == shape[2 + i] * op.strides[i]
               and op.pads[i] == max(whole[i] - extents[2 + i], 0) // 2 for i in range(2))
    cut = not same and whole != extents[2:]
    if cut and any(op.pads[i] + extents[2 + i] > whole[i] for i in range(2)):
        raise refusal(node, "an output within the reach of its windows", op)
    filters = writer.constant(weights.transpose(1, 2, 3, 0), node.inputs[1])
    bias = writer.constant(bias_of(writer, node, weights.shape[1]), f"{node.name}.bias")
    result, activation = writer.finish(node)
    made = (extents[0], *(whole if cut else extents[2:]), extents[1])
    source = writer.read(node.inputs[0], LAST)
    target = writer.temporary(made, f"{node.name}.whole") if cut else writer.define(result, LAST)
    writer.emit(Code.TRANSPOSE_CONV, (writer.integers(made), filters, source, bias), (target,),
                transpose_conv_options(SAME if same else VALID, op.strides, Activation(activation)))
    if cut:
        begin, size = (0, *op.pads[:2], 0), (extents[0], *extents[2:], extents[1])
        writer.emit(Code.SLICE, (target, writer.integers(begin), writer.integers(size)),
                    (writer.define(result, LAST),))


OPERATORS: Mappings = {Conv: conv, ConvTranspose: conv_transpose}
