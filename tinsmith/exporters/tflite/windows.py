"""Windows that slide: when TFLite's two kinds of padding say the same, and a PAD when neither does.

SAME puts half of what the last window lacks before the input, rounded down; VALID puts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.exporters.tflite.layout import channels_last
from tinsmith.exporters.tflite.writer import Writer
from tinsmith.formats.tflite import SAME, VALID, Code

LOWEST = np.finfo(np.float32).min


@dataclass(frozen=True, slots=True)
class Axis:
    """One spatial axis: extents of input and output, the window, what lies before the input."""

    size: int
    extent: int
    reach: int
    stride: int
    before: int

    @property
    def after(self) -> int:
        """What the last window lacks at the end; below 0, so much of the input is not read."""
        return (self.extent - 1) * self.stride + self.reach - self.size - self.before

    @property
    def same(self) -> bool:
        """Whether SAME means this."""
        lacking = max((self.extent - 1) * self.stride + self.reach - self.size, 0)
        return self.extent == -(-self.size // self.stride) and self.before == lacking // 2

    @property
    def valid(self) -> bool:
        """Whether VALID means this."""
        return (self.before == 0 and self.after <= 0
                and self.extent == (self.size - self.reach) // self.stride + 1)


def padded(writer: Writer, value: str, axes: Sequence[Axis],
           fill: float = 0.0) -> tuple[int, int]:
    """The input in channels-last order, padded if that takes an operator; SAME or VALID."""
    shape = writer.shape(value)
    tensor = writer.read(value, channels_last(len(shape)))
    if all(axis.valid for axis in axes):
        return tensor, VALID
    if all(axis.same for axis in axes):
        return tensor, SAME
    widths = [(0, 0), *((axis.before, max(axis.after, 0)) for axis in axes), (0, 0)]
    return pad(writer, value, tensor, widths, fill), VALID


def pad(writer: Writer, value: str, tensor: int, widths: Sequence[tuple[int, int]],
        fill: float) -> int:
    """A tensor with a border of constants."""
    old = writer.tensors[tensor].shape
    shape = tuple(n + sum(width) for n, width in zip(old, widths, strict=True))
    result = writer.temporary(shape, f"{value}.padded")
    pads = writer.constant(np.array(widths, np.int32), "pads")
    if fill == 0.0:
        writer.emit(Code.PAD, (tensor, pads), (result,))
    else:
        constant = writer.constant(np.array([fill], np.float32), "fill")
        writer.emit(Code.PADV2, (tensor, pads, constant), (result,))
    return result
