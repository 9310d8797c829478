"""The window that a convolution or a pooling slides over an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Pair = tuple[int, int]
Padding = int | Sequence[int] | Literal["same"] | None


def pair(size: int | Pair) -> Pair:
    """Height and width from one number or from both."""
    return (size, size) if isinstance(size, int) else size


@dataclass(frozen=True, slots=True)
class Window:
    """Kernel and stride as (height, width), padding as (top, left, bottom, right), in pixels."""

    kernel: Pair
    stride: Pair
    pads: tuple[int, int, int, int]
    ceil: bool = False

    @classmethod
    def over(
        cls,
        size: Pair,
        kernel: int | Pair,
        stride: int | Pair,
        pad: Padding,
        ceil: bool = False,
    ) -> Window:
        """The window over an image of that size.

        `pad` is one number for all sides, (vertical, horizontal), or all four. None is half
        the kernel. "same" is TensorFlow's: ceil(size / stride) positions, the odd pixel
        at the bottom and right.
        """
        kernel, stride = pair(kernel), pair(stride)
        return cls(kernel, stride, _pads(size, kernel, stride, pad), ceil)

    def out(self, size: Pair) -> Pair:
        """How many positions the window takes, as (height, width)."""
        return (self._positions(0, size[0]), self._positions(1, size[1]))

    def coverage(self, size: Pair) -> float:
        """The share of the window that lies on the image and not on padding, on average."""
        return self._covered(0, size[0]) * self._covered(1, size[1])

    def _positions(self, axis: int, size: int) -> int:
        room = size + self.pads[axis] + self.pads[axis + 2] - self.kernel[axis]
        steps = math.ceil(room / self.stride[axis]) if self.ceil else room // self.stride[axis]
        # A window has to start on the image or on the padding before it.
        if self.ceil and steps * self.stride[axis] >= size + self.pads[axis]:
            steps -= 1
        return steps + 1

    def _covered(self, axis: int, size: int) -> float:
        positions, kernel = self._positions(axis, size), self.kernel[axis]
        starts = (i * self.stride[axis] - self.pads[axis] for i in range(positions))
        on_image = sum(min(start + kernel, size) - max(start, 0) for start in starts)
        return on_image / (positions * kernel)


def _pads(size: Pair, kernel: Pair, stride: Pair, pad: Padding) -> tuple[int, int, int, int]:
    if pad is None:
        pad = (kernel[0] // 2, kernel[1] // 2)
    if pad == "same":
        top, bottom = _same(size[0], kernel[0], stride[0])
        left, right = _same(size[1], kernel[1], stride[1])
        return (top, left, bottom, right)
    if isinstance(pad, int):
        return (pad, pad, pad, pad)
    if len(pad) == 2:
        return (int(pad[0]), int(pad[1]), int(pad[0]), int(pad[1]))
    top, left, bottom, right = map(int, pad)
    return (top, left, bottom, right)


def _same(size: int, kernel: int, stride: int) -> Pair:
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return (total // 2, total - total // 2)
