"""Conv."""

from __future__ import annotations

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.importers.onnx.windows import window
from tinsmith.ops import conv


def Conv(node: NodeImport) -> None:
    """``kernel_shape`` repeats what the weights' shape says."""
    kernel = node.type(1).shape[2:]
    given = node.attribute_ints("kernel_shape", kernel)
    if given != kernel:
        raise node.unsupported("kernel_shape", f"{list(kernel)} as in W", list(given),
                               "check the model")
    w = window(node, kernel)
    op = conv.Conv(w.strides, w.pads, w.dilations, node.attribute_int("group", 1))
    node.emit(op, *node.values())
