"""What is constant once shapes are static: Constant, ConstantOfShape, EyeLike, Range, windows."""

from __future__ import annotations

import math

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.errors import ModelError
from tinsmith.importers.onnx.node import NodeImport, dtype_of
from tinsmith.ops.expand import Expand


def Constant(node: NodeImport) -> None:
    """A tensor, a number or a list of numbers, whichever attribute is there."""
    given = node.raw.attributes
    value: Array | None = node.attribute_array("value")
    if value is None:
        value = node.attribute_array("sparse_value")
    if "value_float" in given:
        value = np.array(node.attribute_float("value_float", 0), np.float32)
    elif "value_floats" in given:
        value = np.array(node.attribute_floats("value_floats"), np.float32)
    elif "value_int" in given:
        value = np.array(node.attribute_int("value_int", 0), np.int64)
    elif "value_ints" in given:
        value = np.array(node.attribute_ints("value_ints"), np.int64)
    if value is None or value.dtype == object or len(given) != 1:
        kinds = sorted(given) or "no attribute"
        raise node.unsupported("value", "one attribute with numbers", kinds,
                               "remove the text from the model")
    if "value" in given:
        node.builder.budget.add_weights(value)
    node.emit_constant(value)


def ConstantOfShape(node: NodeImport) -> None:
    """One value everywhere; float 0 unless given."""
    shape = node.ints(0, "input")
    value = node.attribute_array("value")
    value = np.zeros(1, np.float32) if value is None else value
    if any(d < 0 for d in shape) or value.size != 1:
        raise ModelError(f"import: ConstantOfShape '{node.raw.name}': expected a shape and one "
                         f"value, got {shape} and {value.size} values; check the model")
    one = node.builder.add_weight(node.builder.fresh(f"{node.raw.name}/value"), value.reshape(()))
    node.emit(Expand(shape), one)


def EyeLike(node: NodeImport) -> None:
    """Ones on a diagonal of a matrix like the input."""
    x = node.type(0)
    if x.rank != 2:
        raise ModelError(f"import: EyeLike '{node.raw.name}' input: expected a matrix, got {x}; "
                         "check the model")
    kind = x.dtype
    if "dtype" in node.raw.attributes:
        kind = dtype_of(node.attribute_int("dtype", 1), node.raw.name)
    node.check_size(x.size, 8)
    eye = np.eye(x.shape[0], x.shape[1], node.attribute_int("k", 0))
    node.emit_constant(eye.astype(kind.numpy))


def Range(node: NodeImport) -> None:
    """From start up to (not with) limit by delta; all three must be constant."""
    start, limit, delta = (node.require(i, what).reshape(())
                           for i, what in enumerate(("start", "limit", "delta")))
    if not delta:
        raise ModelError(f"import: Range '{node.raw.name}' delta: expected another number than 0, "
                         "got 0; check the model")
    count = max(0, math.ceil((limit.item() - start.item()) / delta.item()))
    node.check_size(count, 8)
    wide = np.float64 if start.dtype.kind not in "iu" else np.int64
    steps = start.astype(wide) + np.arange(count) * delta.astype(wide)
    node.emit_constant(steps.astype(start.dtype))


def HannWindow(node: NodeImport) -> None:
    """a0 = 1/2, a1 = 1/2."""
    _window(node, 0.5, 0.5, 0.0)


def HammingWindow(node: NodeImport) -> None:
    """a0 = 25/46, a1 = 21/46."""
    _window(node, 25 / 46, 21 / 46, 0.0)


def BlackmanWindow(node: NodeImport) -> None:
    """a0 = 0.42, a1 = 0.5, a2 = 0.08."""
    _window(node, 0.42, 0.5, 0.08)


def MelWeightMatrix(node: NodeImport) -> None:
    """Triangles on the mel scale, mel(f) = 2595 log10(1 + f / 700), of the bins of a spectrum."""
    bins, length, rate = (int(node.require(i, what).reshape(())) for i, what in enumerate(
        ("num_mel_bins", "dft_length", "sample_rate")))
    low, high = (float(node.require(i, what).reshape(())) for i, what in enumerate(
        ("lower_edge_hertz", "upper_edge_hertz"), 3))
    if not (bins > 0 and length > 0 and rate > 0 and 0 <= low <= high < math.inf):
        raise node.unsupported("operands", "positive numbers and edges in order",
                               (bins, length, rate, low, high), "check the model")
    node.check_size(bins * (length // 2 + 1), 8)
    start, end = (2595 * math.log10(1 + edge / 700) for edge in (low, high))
    mels = start + np.arange(bins + 2) * (end - start) / (bins + 2)
    edges = ((length + 1) * (700 * (10 ** (mels / 2595) - 1)) // rate).astype(int)
    if edges[-1] > length // 2 + 1:
        raise node.unsupported("upper_edge_hertz", "at most half of sample_rate", high,
                               "check the model")
    left, top, right = (edges[i:bins + i] for i in range(3))
    at = np.arange(length // 2 + 1)[:, None]
    with np.errstate(all="ignore"):
        rising = np.where(top > left, (at - left) / (top - left), 1)
        falling = (right - at) / (right - top)
    matrix = np.where((at >= left) & (at <= top), rising, 0)
    matrix = np.where((at >= top) & (at < right), falling, matrix)
    kind = dtype_of(node.attribute_int("output_datatype", 1), node.raw.name)
    node.emit_constant(matrix.astype(kind.numpy))


def _window(node: NodeImport, a0: float, a1: float, a2: float) -> None:
    """a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N); N is one less when not periodic."""
    size = int(node.require(0, "size").reshape(()))
    kind = dtype_of(node.attribute_int("output_datatype", 1), node.raw.name)
    node.check_size(max(size, 0), 8)
    length = size if node.attribute_int("periodic", 1) else size - 1
    phase = 2 * np.pi * np.arange(size) / max(length, 1)
    window = a0 - a1 * np.cos(phase) + a2 * np.cos(2 * phase)
    node.emit_constant(window.astype(kind.numpy))
