"""Resize: a grid of samples read from another grid, by the nearest sample or by interpolation.

Interpolation is separable: along each axis an output sample is a weighted sum of a few input
samples, its *taps*. Which ones, and their weights, depends only on attributes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType

MODES = ("nearest", "linear", "cubic")
COORDINATES = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
               "asymmetric", "tf_crop_and_resize", "tf_half_pixel_for_nn")
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")

TIE = 1e-6  # how near to the middle counts as the middle, as in ONNX Runtime
LARGEST_TABLE = 1 << 22  # neighbours of all samples along one axis


@dataclass(frozen=True, slots=True, eq=False)
class Taps:
    """What one axis reads: [output, tap] positions and weights.

    ``outside`` marks output samples that lie beyond the input and get the extrapolation value.
    """

    index: Array
    weight: Array
    outside: Array


@dataclass(frozen=True, slots=True)
class Resize(Op):
    """The input at another resolution; ``sizes`` is the output's shape, ``scales`` size ratios.

    Sizes and scales have an entry for every axis. ``roi`` (for tf_crop_and_resize): the starts of
    all axes, then the ends. The other attributes are those of ONNX.
    """

    sizes: tuple[int, ...]
    scales: tuple[float, ...]
    mode: str = "nearest"
    coordinate_transformation_mode: str = "half_pixel"
    nearest_mode: str = "round_prefer_floor"
    cubic_coeff_a: float = -0.75
    exclude_outside: bool = False
    antialias: bool = False
    extrapolation_value: float = 0.0
    roi: tuple[float, ...] = ()

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The sizes."""
        for what, found, known in (
                ("mode", self.mode, MODES),
                ("coordinate_transformation_mode", self.coordinate_transformation_mode,
                 COORDINATES),
                ("nearest_mode", self.nearest_mode, ROUNDINGS)):
            self.require(found in known, what, f"one of {', '.join(known)}", found)
        self.require(len(self.sizes) == x.rank and min(self.sizes, default=0) >= 0,
                     "sizes", f"{x.rank} sizes", self.sizes)
        self.require(len(self.scales) == x.rank
                     and all(s > 0 and math.isfinite(s) for s in self.scales),
                     "scales", f"{x.rank} positive numbers", self.scales)
        self.require(0 in self.sizes or 0 not in x.shape, "x", "elements to read", x)
        crop = self.coordinate_transformation_mode == "tf_crop_and_resize"
        self.require(len(self.roi) == (2 * x.rank if crop else 0)
                     and all(map(math.isfinite, self.roi)), "roi",
                     "a start and an end for each axis of tf_crop_and_resize", self.roi)
        self.require(self.mode == "nearest" or x.dtype.is_float, "x",
                     f"a floating-point type for mode {self.mode}", x)
        self.require(not self.antialias or self.mode != "nearest", "antialias",
                     "mode linear or cubic", self.mode)
        for axis in self.resized(x.shape):
            taps = self.sizes[axis] * self.reach(axis)
            self.require(taps <= LARGEST_TABLE, f"axis {axis}",
                         f"samples of at most {LARGEST_TABLE} neighbours", taps)
        return (TensorType(self.sizes, x.dtype),)

    def effort(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """The larger of input and output on each axis, times the taps of the widest one."""
        x = inputs[0]
        if x is None:
            return 0
        taps = max((self.reach(axis) for axis in self.resized(x.shape)), default=1)
        largest = math.prod(max(a, b) for a, b in zip(x.shape, self.sizes, strict=True))
        return largest * taps * (1 if self.mode == "nearest" else 8)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """Axis by axis, in float64: gather the taps, sum them by weight."""
        if 0 in self.sizes:
            return (np.zeros(self.sizes, x.dtype),)
        y = x if self.mode == "nearest" else x.astype(np.float64)
        fill = np.asarray(self.extrapolation_value).astype(y.dtype)
        for axis in self.resized(x.shape):
            taps = self.taps(axis, x.shape[axis])
            tail = (1,) * (x.ndim - axis - 1)
            if self.mode == "nearest":
                y = np.take(y, taps.index[:, 0], axis)
            else:
                weight = taps.weight.reshape(*taps.weight.shape, *tail)
                y = (np.take(y, taps.index, axis) * weight).sum(axis + 1)
            y = np.where(taps.outside.reshape(-1, *tail), fill, y)
        return (y.astype(x.dtype),)

    def resized(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The axes along which anything changes."""
        def kept(axis: int) -> bool:
            roi = (self.roi[axis], self.roi[axis + len(shape)]) if self.roi else (0.0, 1.0)
            return (math.isclose(self.scales[axis], 1.0) and self.sizes[axis] == shape[axis]
                    and roi == (0.0, 1.0))

        return tuple(axis for axis in range(len(shape)) if not kept(axis))

    def taps(self, axis: int, length: int) -> Taps:
        """The taps of an axis of ``length`` input samples."""
        x = self.coordinates(axis, length)
        low = np.floor(x)
        index = low.astype(np.int64)
        ratio = x.astype(np.float64) - low
        outside = np.zeros(x.shape, bool)
        if self.coordinate_transformation_mode == "tf_crop_and_resize":
            outside = (x < 0) | (x > length - 1)
        if self.mode == "nearest":
            up = {"floor": ratio >= 1, "ceil": ratio > 0,
                  "round_prefer_floor": ratio > 0.5 + TIE,
                  "round_prefer_ceil": ratio >= 0.5 - TIE}[self.nearest_mode]
            index = (index + up)[:, None]
            return Taps(np.clip(index, 0, length - 1), np.ones(index.shape), outside)
        scale = min(self.scales[axis], 1.0) if self.antialias else 1.0
        reach = self.reach(axis)
        offset = np.arange(1 - reach, reach + 1)
        weight = self._filter((offset - ratio[:, None]) * scale)
        index = index[:, None] + offset
        if self.antialias:
            weight /= weight.sum(1, keepdims=True)
        if self.exclude_outside:
            weight *= (index >= 0) & (index < length)
            total = weight.sum(1, keepdims=True)
            weight /= np.where(total == 0, 1, total)
        return Taps(np.clip(index, 0, length - 1), weight, outside)

    def reach(self, axis: int) -> int:
        """How far a sample's neighbours lie on either side, at most."""
        if self.mode == "nearest":
            return 1
        scale = min(self.scales[axis], 1.0) if self.antialias else 1.0
        return math.ceil(min((1 if self.mode == "linear" else 2) / scale, 2.0**53))

    def _filter(self, distance: Array) -> Array:
        """The weight of a sample at a distance: a triangle, or Keys' cubic."""
        d, a = np.abs(distance), self.cubic_coeff_a
        if self.mode == "linear":
            return np.asarray(np.maximum(1 - d, 0))
        near = ((a + 2) * d - (a + 3)) * d * d + 1
        far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
        return np.where(d <= 1, near, np.where(d < 2, far, 0))

    def coordinates(self, axis: int, length: int) -> Array:
        """Where each output sample lies on an axis of ``length`` input samples, in float32.

        The formulas of the standard, in the steps of ONNX Runtime, because a last bit may decide
        which sample is nearest. docs/numerics.md says where those two differ.
        """
        f32 = np.float32
        size, scale = self.sizes[axis], f32(self.scales[axis])
        o = np.arange(size, dtype=f32)
        half = (o + f32(0.5)) / scale - f32(0.5)
        last = f32(length - 1)
        mode = self.coordinate_transformation_mode
        if mode == "asymmetric":
            return o / scale
        if mode == "tf_half_pixel_for_nn":
            return (o + f32(0.5)) / scale
        if mode == "pytorch_half_pixel":
            return half if size > 1 else o
        if mode == "half_pixel_symmetric":
            offset = f32(length / 2) * (f32(1) - f32(size) / (scale * f32(length)))
            return (float(offset) + (o + 0.5) / np.float64(scale) - 0.5).astype(f32)
        if mode == "align_corners":
            return o if size == 1 else o * last / f32(size - 1)
        if mode == "tf_crop_and_resize":
            start, end = f32(self.roi[axis]), f32(self.roi[axis + len(self.sizes)])
            if size == 1:
                return np.full(1, 0.5 * float(start + end) * (length - 1), f32)
            return start * last + o * (end - start) * last / f32(size - 1)
        return half
