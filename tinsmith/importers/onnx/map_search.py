"""TopK, ArgMax, ArgMin, CumSum, CumProd, Trilu, NonZero, Unique, NonMaxSuppression, Det."""

from __future__ import annotations

import shlex

import numpy as np

from tinsmith.dtypes import DType
from tinsmith.importers.builder import NotConstantError
from tinsmith.importers.onnx.axes import front_axis
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.importers.rows import Rows
from tinsmith.ops import cast, cumulate, det, nms, nonzero, reshape, topk, trilu

EXAMPLE_ROWS = 100


def TopK(node: NodeImport) -> None:
    """``k`` is an attribute before opset 10; results are sorted even where any order would do."""
    axis = front_axis(node, node.attribute_int("axis", -1), node.type(0).rank)
    k = node.attribute_int("k", 0) if node.opset < 10 else node.ints(1, "k")[0]
    largest = node.opset < 11 or node.attribute_int("largest", 1) != 0
    node.emit(topk.TopK(k, axis, largest), node.value(0))


def ArgMax(node: NodeImport) -> None:
    """Place of the largest element."""
    _arg(node, topk.ArgMax)


def ArgMin(node: NodeImport) -> None:
    """Place of the smallest element."""
    _arg(node, topk.ArgMin)


def _arg(node: NodeImport, op: type[topk.ArgReduce]) -> None:
    axis = front_axis(node, node.attribute_int("axis", 0), node.type(0).rank)
    last = node.opset >= 12 and node.attribute_int("select_last_index", 0) != 0
    node.emit(op(axis, node.attribute_int("keepdims", 1) != 0, last), node.value(0))


def CumSum(node: NodeImport) -> None:
    """Running sum."""
    _cumulate(node, cumulate.CumSum)


def CumProd(node: NodeImport) -> None:
    """Running product."""
    _cumulate(node, cumulate.CumProd)


def _cumulate(node: NodeImport, op: type[cumulate.Cumulate]) -> None:
    axis = front_axis(node, node.ints(1, "axis")[0], node.type(0).rank)
    node.emit(op(axis, node.attribute_int("exclusive", 0) != 0,
                 node.attribute_int("reverse", 0) != 0), node.value(0))


def Trilu(node: NodeImport) -> None:
    """``k``, which must be constant, becomes an attribute."""
    k = node.ints(1, "k")[0] if node.has_input(1) else 0
    node.emit(trilu.Trilu(k, node.attribute_int("upper", 1) != 0), node.value(0))


def NonZero(node: NodeImport) -> None:
    """Places of what is not zero: of a constant, or as many as ``--rows`` allows.

    Of the same values there is one search, and one count.
    """
    x, name = node.type(0), node.raw.outputs[0]
    bound = [rows for value, rows in node.builder.found if x.rank and value == node.value(0)]
    limit = node.builder.bounds.get(name, bound[0] if bound else None)
    if limit is None or node.constant(0) is not None:
        try:
            constant = np.atleast_1d(node.require(0, "X"))
        except NotConstantError as error:
            words = shlex.quote(f"{name}={min(x.size, EXAMPLE_ROWS)}")
            raise NotConstantError(f"{error}, or bound how many it finds: --rows {words}",
                                   error.value, error.roots) from None
        node.emit_constant(np.array(np.nonzero(constant), np.int64))
        return
    value = node.value(0)
    key = value, min(limit, x.size)
    if key not in node.builder.found:
        if x.dtype is not DType.BOOL:
            value = node.temporary(cast.Cast(DType.BOOL), value)
        if not x.rank:
            value = node.temporary(reshape.Reshape((1,)), value)
        taken = node.builder.declared
        places, count = (node.builder.fresh(stem + "_" * (stem in taken)) for stem in (
            f"{name}/places", f"{name}/count"))
        node.builder.add_node(node.raw.name, nonzero.NonZero(key[1]), (value,), (places, count))
        node.builder.rows[places] = Rows(1, count, exact=True)
        node.builder.found[key] = places, count
    node.alias(node.builder.found[key][0])


def Unique(node: NodeImport) -> None:
    """Different elements, or slices along ``axis``, in order or as they come first; constant."""
    x = node.require(0, "X")
    axis = None
    if "axis" in node.raw.attributes:
        axis = front_axis(node, node.attribute_int("axis", 0), x.ndim)
    values, first, inverse, counts = np.unique(x, True, True, True, axis=axis)
    inverse = inverse.reshape(-1)
    if not node.attribute_int("sorted", 1):
        order = np.argsort(first)
        values = np.take(values, order, 0 if axis is None else axis)
        first, counts = first[order], counts[order]
        inverse = np.argsort(order)[inverse]
    node.emit_constant(values.astype(x.dtype))
    for i, found in enumerate((first, inverse, counts), 1):
        node.emit_constant(found.astype(np.int64), i)


def NonMaxSuppression(node: NodeImport) -> None:
    """Rows: what the model declares for the output if it does, else as many as there can be."""
    limit = node.ints(2, "max_output_boxes_per_class")[0] if node.has_input(2) else 0
    iou = float(node.require(3, "iou_threshold").reshape(())) if node.has_input(3) else 0.0
    score = None
    if node.has_input(4):
        score = float(node.require(4, "score_threshold").reshape(()))
    batch, classes, boxes = node.type(1).shape
    limit = min(max(limit, 0), boxes)
    declared = node.builder.declared.get(node.raw.outputs[0])
    rows: int | str | None = None
    if declared is not None and declared.shape is not None and len(declared.shape) == 2:
        rows = declared.shape[0]
    rows = rows if isinstance(rows, int) else batch * classes * limit
    center = node.attribute_int("center_point_box", 0) != 0
    node.emit(nms.NonMaxSuppression(rows, limit, iou, score, center),
              node.value(0), node.value(1))


def Det(node: NodeImport) -> None:
    """Determinants of square matrices."""
    node.emit(det.Det(), node.value(0))
