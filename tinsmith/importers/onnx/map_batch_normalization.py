"""BatchNormalization."""

from __future__ import annotations

import numpy as np

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops import arithmetic, batch_normalization
from tinsmith.ops.reduce import ReduceMean
from tinsmith.ops.reshape import Reshape


def BatchNormalization(node: NodeImport) -> None:
    """With known statistics, or (since opset 14) in training mode with those of the batch."""
    if node.attribute_int("spatial", 1) != 1:
        raise node.unsupported("spatial", "1", "0", "export with opset 9 or newer")
    op = batch_normalization.BatchNormalization(node.attribute_float("epsilon", 1e-5))
    if node.attribute_int("training_mode", 0) == 1:
        _training(node, op)
        return
    if node.output_count > 1:
        raise node.unsupported("outputs", "one", node.output_count,
                               "export the model for inference")
    node.emit(op, *node.values())


def _training(node: NodeImport, op: batch_normalization.BatchNormalization) -> None:
    """Mean and variance of the batch; outputs 1 and 2 mix them into the running ones."""
    x, dtype = node.type(0), node.type(0).dtype
    if node.type(3).dtype is not dtype or node.type(4).dtype is not dtype:
        raise node.unsupported("input_mean", f"{dtype.value} as the input",
                               node.type(3).dtype.value, "export the model for inference")
    axes = tuple(i for i in range(x.rank) if i != 1)
    kept = node.temporary(ReduceMean(axes, True), node.value(0))
    centred = node.temporary(arithmetic.Sub(), node.value(0), kept)
    square = node.temporary(arithmetic.Mul(), centred, centred)
    mean = node.temporary(Reshape((x.shape[1],)), kept)
    variance = node.temporary(ReduceMean(axes, False), square)
    node.emit_output(0, op, *node.values()[:3], mean, variance)
    momentum = node.attribute_float("momentum", 0.9)
    stem = f"{node.raw.name}/momentum"
    share, rest = (
        node.builder.add_weight(node.builder.fresh(stem), np.array([value], dtype.numpy))
        for value in (momentum, 1 - momentum))
    for i, now in ((1, mean), (2, variance)):
        if node.output(i):
            old = node.temporary(arithmetic.Mul(), node.value(2 + i), share)
            new = node.temporary(arithmetic.Mul(), now, rest)
            node.emit_output(i, arithmetic.Add(), old, new)
