"""MaxPool, AveragePool over two axes; GlobalAveragePool, GlobalMaxPool over any; LRN."""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.exporters.tflite.layout import channels_last
from tinsmith.exporters.tflite.windows import LOWEST, Axis, padded
from tinsmith.exporters.tflite.writer import Mappings, Writer, refusal
from tinsmith.formats.tflite import Code, OptionTable, flag, number, pool_options, word
from tinsmith.ir.graph import Node
from tinsmith.ops.activations import Clip, HardSigmoid, Relu, Sigmoid
from tinsmith.ops.global_pool import GlobalAveragePool, GlobalMaxPool
from tinsmith.ops.lrn import LRN
from tinsmith.ops.pool import AveragePool, MaxPool, Pool

LAST = channels_last(4)


def axes_of(writer: Writer, node: Node, op: Pool) -> list[Axis]:
    """The two spatial axes."""
    if len(op.kernel) != 2 or op.dilations != (1, 1):
        raise refusal(node, "a pool over two axes without dilation", op)
    shape, extents = writer.shape(node.inputs[0]), writer.shape(node.outputs[0])
    return [Axis(shape[2 + i], extents[2 + i], op.kernel[i], op.strides[i], op.pads[i])
            for i in range(2)]


def max_pool(writer: Writer, node: Node) -> None:
    """MAX_POOL_2D. Zeros pad what is never negative, the lowest number all else, but slower."""
    op = node.op
    assert isinstance(op, MaxPool)
    if op.indices:
        raise refusal(node, "no indices", op)
    fill = 0.0 if never_negative(writer, node.inputs[0]) else float(LOWEST)
    source, padding = padded(writer, node.inputs[0], axes_of(writer, node, op), fill)
    result, activation = writer.finish(node)
    writer.emit(Code.MAX_POOL_2D, (source,), (writer.define(result, LAST),),
                pool_options(padding, op.strides, op.kernel, activation))


def never_negative(writer: Writer, value: str) -> bool:
    """Whether the operator that gives a value lets nothing below 0 through."""
    before = writer.graph.producer(value)
    if before is None:
        return False
    if isinstance(before.op, MaxPool):
        return never_negative(writer, before.inputs[0])
    return isinstance(before.op, (Relu, Sigmoid, HardSigmoid)) or (
        isinstance(before.op, Clip) and before.op.low is not None and before.op.low >= 0)


def average_pool(writer: Writer, node: Node) -> None:
    """AVERAGE_POOL_2D, which counts only what lies in the input; padded with zeros it counts all.

    Where the two do not fit, a product with a constant sets right what was counted.
    """
    op = node.op
    assert isinstance(op, AveragePool)
    axes = axes_of(writer, node, op)
    source, padding = padded(writer, node.inputs[0], axes)
    counted = counts(axes, inside=writer.tensors[source].shape[1:3] == writer.shape(
        node.inputs[0])[2:])
    wanted = op.counts(writer.shape(node.inputs[0])[2:])
    options = (padding, op.strides, op.kernel)
    if np.array_equal(counted, wanted):
        result, activation = writer.finish(node)
        writer.emit(Code.AVERAGE_POOL_2D, (source,), (writer.define(result, LAST),),
                    pool_options(*options, activation))
        return
    target = writer.define(node.outputs[0], LAST)
    mean = writer.temporary(writer.tensors[target].shape, f"{node.name}.mean")
    writer.emit(Code.AVERAGE_POOL_2D, (source,), (mean,), pool_options(*options, 0))
    factor = (counted / wanted).astype(np.float32)[None, :, :, None]
    writer.emit(Code.MUL, (mean, writer.constant(factor, f"{node.name}.counts")), (target,),
                OptionTable(21))


def counts(axes: list[Axis], inside: bool) -> Array:
    """How many elements each window counts: those inside the input, or all."""
    result = np.ones((), np.int64)
    for axis in axes:
        first = np.arange(axis.extent) * axis.stride - axis.before
        last = np.minimum(first + axis.reach, axis.size) if inside else first + axis.reach
        result = result[..., None] * (last - (np.maximum(first, 0) if inside else first))
    return result


def global_average_pool(writer: Writer, node: Node) -> None:
    """MEAN over the spatial axes, which are kept."""
    reduce_spatial(writer, node, Code.MEAN)


def global_max_pool(writer: Writer, node: Node) -> None:
    """REDUCE_MAX over the spatial axes, which are kept."""
    reduce_spatial(writer, node, Code.REDUCE_MAX)


def reduce_spatial(writer: Writer, node: Node, code: Code) -> None:
    """A reduction of [N, ...spatial, C]."""
    rank = len(writer.shape(node.inputs[0]))
    order = channels_last(rank)
    source = writer.read(node.inputs[0], order)
    axes = writer.integers(range(1, rank - 1))
    writer.emit(code, (source, axes), (writer.define(node.outputs[0], order),),
                OptionTable(27, {0: flag(True)}))


def lrn(writer: Writer, node: Node) -> None:
    """LOCAL_RESPONSE_NORMALIZATION over the last axis; its alpha is that of one element."""
    op = node.op
    assert isinstance(op, LRN)
    rank = len(writer.shape(node.inputs[0]))
    if rank != 4 or op.size % 2 == 0:
        raise refusal(node, "four axes and an odd size", op)
    source = writer.read(node.inputs[0], LAST)
    writer.emit(Code.LOCAL_RESPONSE_NORMALIZATION, (source,),
                (writer.define(node.outputs[0], LAST),),
                OptionTable(13, {0: word(op.size // 2), 1: number(op.bias),
                             2: number(op.alpha / op.size), 3: number(op.beta)}))


OPERATORS: Mappings = {
    MaxPool: max_pool, AveragePool: average_pool, GlobalAveragePool: global_average_pool,
    GlobalMaxPool: global_max_pool, LRN: lrn,
}
