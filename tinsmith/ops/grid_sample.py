"""GridSample: an image read at the places that a grid names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType

MODES = ("linear", "nearest", "cubic")
PADDINGS = ("zeros", "border", "reflection")
MAX_SPATIAL = 3
CUBIC_A = -0.75
FAR = 2.0 ** 24


@dataclass(frozen=True, slots=True)
class GridSample(Op):
    """y[n, c, p...] = x[n, c] at grid[n, p...], which holds places from -1 to 1, last axis first.

    Places beyond the image read zeros, its border, or its reflection. A place that is no number
    reads like one far below the image; the reflection ends 2^24 pixels away.
    """

    mode: str = "linear"
    padding_mode: str = "zeros"
    align_corners: bool = False

    def jumps(self, operand: int) -> bool:
        """Halfway between two pixels."""
        return operand == 1 and self.mode == "nearest"

    def infer(self, x: TensorType, grid: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """Batch and channels of the image, then the grid's points."""
        self.require(self.mode in MODES, "mode", f"one of {', '.join(MODES)}", self.mode)
        self.require(self.padding_mode in PADDINGS, "padding_mode",
                     f"one of {', '.join(PADDINGS)}", self.padding_mode)
        self.require(x.dtype.is_float and 3 <= x.rank <= MAX_SPATIAL + 2, "x",
                     f"floating-point [N, C, ...] with up to {MAX_SPATIAL} spatial axes", x)
        fits = (grid.dtype.is_float and grid.rank == x.rank and grid.shape[0] == x.shape[0]
                and grid.shape[-1] == x.rank - 2)
        self.require(fits, "grid", f"floating-point [{x.shape[0]}, ..., {x.rank - 2}]", grid)
        result = TensorType((*x.shape[:2], *grid.shape[1:-1]), x.dtype)
        self.require(0 not in x.shape[2:] or result.size == 0, "x", "pixels to read", x)
        return (result,)

    def effort(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """Every tap of every point."""
        each = {"nearest": 1, "linear": 2}.get(self.mode, 4)
        return int(8 * outputs[0].size * each ** (outputs[0].rank - 2))

    def reference(self, x: Array, grid: Array) -> tuple[Array]:  # type: ignore[override]
        """Sums the taps of every point, in float32 (float64 for float64)."""
        shape = (*x.shape[:2], *grid.shape[1:-1])
        kind = np.float64 if x.dtype == np.float64 else np.float32
        y = np.zeros((*shape[:2], int(np.prod(shape[2:]))), kind)
        if y.size == 0:
            return (y.reshape(shape).astype(x.dtype),)
        flat = x.reshape(*x.shape[:2], -1).astype(kind)
        axes = [list(self._axis_taps(grid[..., -1 - axis].reshape(x.shape[0], -1), length))
                for axis, length in enumerate(x.shape[2:])]
        for taps in itertools.product(*axes):
            where = np.zeros(taps[0][0].shape, np.int64)
            weight = np.ones(where.shape, kind)
            inside = np.ones(where.shape, bool)
            for length, (index, share, valid) in zip(x.shape[2:], taps, strict=True):
                where = where * length + index
                weight = weight * share.astype(kind)
                inside &= valid
            read = np.take_along_axis(flat, where[:, None], 2) * weight[:, None]
            y += np.where(inside[:, None], read, 0)
        return (y.reshape(shape).astype(x.dtype),)

    def _axis_taps(self, places: Array, length: int) -> Iterator[tuple[Array, Array, Array]]:
        """Index, weight and validity of each tap along one axis."""
        x = self._coordinate(places, length)
        if self.mode == "nearest":
            index, valid = self._pixel(x, length)
            yield index, np.ones(x.shape, x.dtype), valid
            return
        low = np.floor(x)
        d = x - low
        if self.mode == "linear":
            weights = [1 - d, d]
        else:
            weights = [_cubic(np.abs(d - tap)) for tap in range(-1, 3)]
        first = 0 if self.mode == "linear" else -1
        for tap, weight in enumerate(weights, first):
            index, valid = self._pixel(low + x.dtype.type(tap), length)
            yield index, weight, valid

    def _coordinate(self, places: Array, length: int) -> Array:
        """Places from -1 to 1 as pixel coordinates, kept near the image."""
        n = places if places.dtype == np.float64 else places.astype(np.float32)
        x = (n + 1) / 2 * (length - 1) if self.align_corners else ((n + 1) * length - 1) / 2
        x = np.where(np.isnan(x), x.dtype.type(-np.inf), x)
        if self.mode == "nearest":
            x = np.rint(x)
        if self.padding_mode == "reflection":
            x = self._reflect(x, length)
        return np.asarray(np.clip(x, -4, length + 4))

    def _reflect(self, x: Array, length: int) -> Array:
        """``x`` mirrored at the image's edges until it lies within, in float64."""
        kind, x = x.dtype, x.astype(np.float64)
        start = 0.0 if self.align_corners else -0.5
        extent = length - 1 if self.align_corners else length
        end = start + extent
        if extent == 0:
            return np.full(x.shape, start, kind)
        over = np.where(x < start, start - x, x - end)
        turns = np.floor(over / extent)
        rest = over - turns * extent
        odd = turns - 2 * np.floor(turns / 2) != 0
        from_start = np.where(odd, end - rest, start + rest)
        from_end = np.where(odd, start + rest, end - rest)
        mirrored = np.where(x < start, from_start, np.where(x > end, from_end, x))
        return np.where(np.abs(x) < FAR, mirrored, start).astype(kind)

    def _pixel(self, x: Array, length: int) -> tuple[Array, Array]:
        """The pixel at an integer coordinate, and whether it is one of the image's."""
        if self.padding_mode == "reflection":
            x = np.trunc(self._reflect(x, length))
        index = x.astype(np.int64)
        valid = (index >= 0) & (index < length)
        return np.clip(index, 0, length - 1), valid | (self.padding_mode != "zeros")


def _cubic(d: Array) -> Array:
    """Keys' cubic filter."""
    kind = d.dtype.type
    a = kind(CUBIC_A)
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.asarray(np.where(d <= 1, near, far))
