"""ConvTranspose."""

from __future__ import annotations

from tinsmith.importers.onnx.node import NodeImport
from tinsmith.importers.onnx.windows import auto_pad, lists
from tinsmith.ops import conv_transpose
from tinsmith.ops.window import reach


def ConvTranspose(node: NodeImport) -> None:
    """``output_shape`` and ``auto_pad`` become pads, or output padding where pads are negative."""
    x, w = node.type(0), node.type(1)
    kernel, d = w.shape[2:], x.rank - 2
    if node.attribute_ints("kernel_shape", kernel) != kernel or len(kernel) != d:
        raise node.unsupported("kernel_shape", f"{list(kernel)} as in W, for {d} axes",
                               list(node.attribute_ints("kernel_shape", kernel)), "check the model")
    strides, dilations = lists(node, kernel)
    extra = list(node.attribute_ints("output_padding", (0,) * d))
    mode = auto_pad(node)
    if len(extra) != d:
        raise node.unsupported("output_padding", f"{d} integers", extra, "check the model")
    asked = node.attribute_ints("output_shape")[-d:]
    if mode in ("SAME_UPPER", "SAME_LOWER") and not asked:
        asked = tuple(e * s for e, s in zip(x.shape[2:], strides, strict=True))
    if asked:
        begin, end = [], []
        for i in range(d):
            total = (strides[i] * (x.shape[2 + i] - 1) + extra[i]
                     + reach(kernel[i], dilations[i]) - asked[i])
            extra[i] += max(-total, 0)
            total = max(total, 0)
            small, large = total // 2, total - total // 2
            begin.append(small if mode == "SAME_UPPER" else large)
            end.append(large if mode == "SAME_UPPER" else small)
        pads = (*begin, *end)
    else:
        pads = node.attribute_ints("pads", (0,) * (2 * d)) if mode == "NOTSET" else (0,) * (2 * d)
    op = conv_transpose.ConvTranspose(strides, pads, dilations, tuple(extra),
                                      node.attribute_int("group", 1))
    node.emit(op, *node.values())
