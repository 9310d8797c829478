"""Col2Im: columns of image patches, summed back to the image they came from."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType

MAX_SPATIAL = 3


@dataclass(frozen=True, slots=True)
class Col2Im(Op):
    """x [N, C * patch size, patches] to [N, C, *image_shape]. ``pads``: starts, then ends."""

    approximate: ClassVar[bool] = True

    image_shape: tuple[int, ...]
    block_shape: tuple[int, ...]
    strides: tuple[int, ...]
    pads: tuple[int, ...]
    dilations: tuple[int, ...]

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The image, whose channels are the columns' rows over the patch size."""
        axes = len(self.image_shape)
        self.require(1 <= axes <= MAX_SPATIAL
                     and axes == len(self.block_shape) == len(self.strides) == len(self.dilations)
                     and len(self.pads) == 2 * axes, "attributes",
                     f"an entry for each of 1 to {MAX_SPATIAL} axes", self)
        self.require(min(*self.block_shape, *self.strides, *self.dilations) > 0
                     and min(*self.image_shape, *self.pads) >= 0, "attributes",
                     "positive sizes, pads of at least 0", self)
        patches = self.patches()
        size = math.prod(self.block_shape)
        fits = (x.rank == 3 and min(patches) >= 0 and x.shape[1] % size == 0
                and x.shape[2] == math.prod(patches))
        self.require(fits, "x", f"[N, a multiple of {size}, {math.prod(patches)}]", x)
        self.require(x.dtype is not DType.BOOL, "x", "numbers", x)
        return (TensorType((x.shape[0], x.shape[1] // size, *self.image_shape), x.dtype),)

    def patches(self) -> tuple[int, ...]:
        """How many patches lie along each axis."""
        axes = len(self.image_shape)
        return tuple(
            (self.image_shape[a] + self.pads[a] + self.pads[a + axes]
             - self.dilations[a] * (self.block_shape[a] - 1) - 1) // self.strides[a] + 1
            for a in range(axes))

    def effort(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """Every element, and a call of numpy for every tap."""
        x = inputs[0]
        return (x.size if x else 0) + 2_000 * math.prod(self.block_shape)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """Adds each tap's plane of columns to a strided view of the padded image."""
        kind = np.float32 if DType.of(x) in (DType.F16, DType.BF16) else x.dtype
        patches = self.patches()
        channels = x.shape[1] // math.prod(self.block_shape)
        columns = x.astype(kind).reshape(x.shape[0], channels, *self.block_shape, *patches)
        axes = range(len(patches))
        padded = [max(d + self.pads[a] + self.pads[a + len(patches)], 0)
                  for a, d in enumerate(self.image_shape)]
        y = np.zeros((*columns.shape[:2], *padded), kind)
        for tap in itertools.product(*map(range, self.block_shape)):
            view: list[Any] = [
                slice(tap[a] * self.dilations[a],
                      tap[a] * self.dilations[a] + (patches[a] - 1) * self.strides[a] + 1,
                      self.strides[a]) if patches[a] else slice(0, 0) for a in axes]
            part: tuple[Any, ...] = (slice(None), slice(None), *tap)
            y[(..., *view)] += columns[part]
        inside: list[Any] = [slice(self.pads[a], self.pads[a] + self.image_shape[a]) for a in axes]
        return (y[(..., *inside)].astype(x.dtype),)
