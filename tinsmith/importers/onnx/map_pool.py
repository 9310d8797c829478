"""Pools: MaxPool, AveragePool, LpPool, the global ones, and MaxUnpool."""

from __future__ import annotations

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.importers.onnx.windows import Window, auto_pad, window
from tinsmith.ops import global_pool, max_unpool, pool


def _window(node: NodeImport) -> tuple[Window, bool]:
    """The window, and whether the last one may hang over (never so with SAME padding)."""
    found = window(node, node.attribute_ints("kernel_shape"))
    return found, bool(node.attribute_int("ceil_mode", 0)) and auto_pad(node) in ("NOTSET", "VALID")


def MaxPool(node: NodeImport) -> None:
    """The indices output is there when it is asked for."""
    w, ceil = _window(node)
    indices = node.output_count > 1
    column_major = indices and bool(node.attribute_int("storage_order", 0))
    node.emit(pool.MaxPool(w.kernel, w.strides, w.pads, w.dilations, ceil, indices=indices,
                           column_major=column_major), node.value(0))


def AveragePool(node: NodeImport) -> None:
    """Padding counts only with ``count_include_pad``."""
    w, ceil = _window(node)
    include = bool(node.attribute_int("count_include_pad", 0)) and any(w.pads)
    node.emit(pool.AveragePool(w.kernel, w.strides, w.pads, w.dilations, ceil,
                               count_include_pad=include), node.value(0))


def LpPool(node: NodeImport) -> None:
    """Any p of 1 or more."""
    w, ceil = _window(node)
    node.emit(pool.LpPool(w.kernel, w.strides, w.pads, w.dilations, ceil,
                          p=node.attribute_int("p", 2)), node.value(0))


def GlobalAveragePool(node: NodeImport) -> None:
    """No attributes."""
    node.emit(global_pool.GlobalAveragePool(), node.value(0))


def GlobalMaxPool(node: NodeImport) -> None:
    """No attributes."""
    node.emit(global_pool.GlobalMaxPool(), node.value(0))


def GlobalLpPool(node: NodeImport) -> None:
    """Any p of 1 or more."""
    node.emit(global_pool.GlobalLpPool(p=node.attribute_int("p", 2)), node.value(0))


def MaxUnpool(node: NodeImport) -> None:
    """Without ``output_shape``, the smallest shape that a MaxPool of this window could have had."""
    x, kernel = node.type(0), node.attribute_ints("kernel_shape")
    d = len(kernel)
    strides = node.attribute_ints("strides", (1,) * d)
    pads = node.attribute_ints("pads", (0,) * (2 * d))
    source = (*x.shape[:2], *((x.shape[2 + i] - 1) * strides[i] + kernel[i] - pads[i]
                              - pads[d + i] for i in range(d)))
    shape = node.ints(2, "output_shape") if node.has_input(2) else source
    node.emit(max_unpool.MaxUnpool(source, shape), node.value(0), node.value(1))
