"""Gemm and MatMul."""

from __future__ import annotations

import math

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.exporters.tflite.layout import plain
from tinsmith.exporters.tflite.writer import Mappings, Writer, refusal
from tinsmith.formats.tflite import Code, OptionTable, byte, fully_connected_options
from tinsmith.ir.graph import Node
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul


def gemm(writer: Writer, node: Node) -> None:
    """FULLY_CONNECTED with weights [N, K]; a C that is no row of N is added."""
    op, weights, bias = node.op, writer.weight(node, 1), writer.weight(node, 2)
    assert isinstance(op, Gemm) and weights is not None
    if op.trans_a:
        raise refusal(node, "a first operand that is not transposed", op)
    rows = (weights if op.trans_b else weights.T) * np.float32(op.alpha)
    scaled = np.zeros((), np.float32) if bias is None else bias * np.float32(op.beta)
    if scaled.ndim < 2 or scaled.shape[0] == 1:
        whole = np.broadcast_to(scaled, (1, len(rows)))[0]
        fully_connected(writer, node, rows, np.ascontiguousarray(whole))
        return
    target = writer.define(node.outputs[0], plain(2))
    product = writer.temporary(writer.tensors[target].shape, f"{node.name}.product")
    source, rows = features(writer, node.inputs[0], rows)
    zeros = writer.constant(np.zeros(len(rows), np.float32), f"{node.name}.bias")
    writer.emit(Code.FULLY_CONNECTED, (source, writer.constant(rows, node.inputs[1]), zeros),
                (product,), fully_connected_options(False, 0))
    writer.emit(Code.ADD, (product, writer.constant(scaled, node.inputs[2])), (target,),
                OptionTable(11, {0: byte(0)}))


def mat_mul(writer: Writer, node: Node) -> None:
    """FULLY_CONNECTED where the second operand is a constant matrix; else BATCH_MATMUL."""
    a, b = (writer.shape(name) for name in node.inputs)
    weights = writer.graph.constant(node.inputs[1])
    if weights is not None and weights.ndim == 2 and len(a) > 1:
        fully_connected(writer, node, weights.T, np.zeros(weights.shape[1], np.float32))
        return
    if min(len(a), len(b)) < 2:
        raise refusal(node, "two axes or more", f"{a} and {b}")
    inputs = [writer.read(name, plain(len(writer.shape(name)))) for name in node.inputs]
    target = writer.define(node.outputs[0], plain(len(writer.shape(node.outputs[0]))))
    writer.emit(Code.BATCH_MATMUL, inputs, (target,), OptionTable(101))


def fully_connected(writer: Writer, node: Node, weights: Array, bias: Array) -> None:
    """The product with constant weights, with bias and activation."""
    source, rows = features(writer, node.inputs[0], weights)
    result, activation = writer.finish(node)
    rank = len(writer.shape(result))
    inputs = (source, writer.constant(np.ascontiguousarray(rows), node.inputs[1]),
              writer.constant(bias, f"{node.name}.bias"))
    writer.emit(Code.FULLY_CONNECTED, inputs, (writer.define(result, plain(rank)),),
                fully_connected_options(rank > 2, activation))


def features(writer: Writer, value: str, weights: Array) -> tuple[int, Array]:
    """The tensor with the features, and the weights in the order in which these lie.

    Where images with channels last were made flat, the weights move instead of the features.
    """
    shape = writer.shape(value)
    source = writer.scrambled.get(value)
    if source is None or len(shape) != 2 or writer.order(source)[0] != 0 or (
            writer.shape(source)[0] != shape[0]):
        return writer.read(value, plain(len(shape))), weights
    order, old = writer.order(source), writer.shape(source)
    flat = writer.temporary(shape, f"{value}.flat")
    writer.emit(Code.RESHAPE, (writer.read(source, order), writer.integers(shape)), (flat,))
    places = np.arange(math.prod(old[1:])).reshape(old[1:])
    return flat, weights[:, places.transpose([axis - 1 for axis in order[1:]]).reshape(-1)]


OPERATORS: Mappings = {Gemm: gemm, MatMul: mat_mul}
