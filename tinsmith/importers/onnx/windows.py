"""What the mappings of convolutions and pools share: kernel, strides, dilations, explicit pads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tinsmith.importers.limits import TENSOR_LIMIT
from tinsmith.importers.onnx.node import NodeImport
from tinsmith.ops.window import reach


@dataclass(frozen=True, slots=True)
class Window:
    """The attributes of a sliding window, defaults filled in. ``pads``: all begins, all ends."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[int, ...]


def auto_pad(node: NodeImport) -> str:
    """The checked ``auto_pad``."""
    mode = node.attribute_str("auto_pad", "NOTSET") or "NOTSET"
    if mode not in ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"):
        raise node.unsupported("auto_pad", "NOTSET, SAME_UPPER, SAME_LOWER or VALID", mode,
                               "check the model")
    return mode


def lists(node: NodeImport, kernel: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Strides and dilations, 1 unless given."""
    ones = (1,) * len(kernel)
    found = node.attribute_ints("strides", ones), node.attribute_ints("dilations", ones)
    for what, values in zip(("strides", "dilations"), found, strict=True):
        if len(values) != len(kernel) or any(v < 1 for v in values):
            raise node.unsupported(what, f"{len(kernel)} positive integers", list(values),
                                   "check the model")
    return found


def _check_padded(node: NodeImport, pads: Sequence[int]) -> None:
    """Refuses padding that makes a tensor of the input which is too large."""
    shape = node.type(0).shape
    padded = [size + sum(pads[i::len(shape) - 2]) for i, size in enumerate(shape[2:])]
    if math.prod((*shape[:2], *padded)) > TENSOR_LIMIT:
        raise node.unsupported("pads", f"at most {TENSOR_LIMIT} elements with them", list(pads),
                               "check the model")


def window(node: NodeImport, kernel: Sequence[int]) -> Window:
    """The window of ``node`` over input 0, which has two axes more than ``kernel``."""
    sizes = node.type(0).shape[2:]
    if len(sizes) != len(kernel):
        raise node.unsupported("kernel_shape", f"{len(sizes)} extents", list(kernel),
                               "check the model")
    strides, dilations = lists(node, kernel)
    mode = auto_pad(node)
    if mode == "NOTSET":
        pads = node.attribute_ints("pads", (0,) * (2 * len(kernel)))
        _check_padded(node, pads)
        return Window(tuple(kernel), strides, dilations, pads)
    begin, end = [], []
    for size, k, s, d in zip(sizes, kernel, strides, dilations, strict=True):
        total = 0 if mode == "VALID" else max(((-(-size // s)) - 1) * s + reach(k, d) - size, 0)
        small, large = total // 2, total - total // 2
        begin.append(large if mode == "SAME_LOWER" else small)
        end.append(small if mode == "SAME_LOWER" else large)
    return Window(tuple(kernel), strides, dilations, (*begin, *end))
