"""RoiAlign: regions of feature maps, each pooled to one size from interpolated samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType

MODES = ("avg", "max")
MAX_SAMPLES = 4096


@dataclass(frozen=True, slots=True)
class RoiAlign(Op):
    """y[r, c] = x[batch_indices[r], c] in the box rois[r], as output_height x output_width bins.

    A bin pools sampling_ratio x sampling_ratio samples, or as many as it has pixels, if that is 0
    (at most 4096 along each axis). Mode max pools the four weighted neighbours of every sample,
    as ONNX does. A batch index out of range reads the nearest image.
    """

    output_height: int = 1
    output_width: int = 1
    sampling_ratio: int = 0
    spatial_scale: float = 1.0
    mode: str = "avg"
    half_pixel: bool = True

    def jumps(self, operand: int) -> bool:
        """At the border, and where a bin takes one more sample."""
        return operand > 0

    def infer(  # type: ignore[override]
        self, x: TensorType, rois: TensorType, batch_indices: TensorType
    ) -> tuple[TensorType]:
        """[regions, channels, output_height, output_width]."""
        self.require(self.mode in MODES, "mode", f"one of {', '.join(MODES)}", self.mode)
        self.require(min(self.output_height, self.output_width) > 0, "output size",
                     "positive", (self.output_height, self.output_width))
        self.require(0 <= self.sampling_ratio <= MAX_SAMPLES, "sampling_ratio",
                     f"0 to {MAX_SAMPLES}", self.sampling_ratio)
        self.require(x.dtype.is_float and x.rank == 4 and 0 not in x.shape, "x",
                     "floating-point [N, C, H, W]", x)
        count = rois.shape[0] if rois.rank else -1
        self.require(rois.dtype is x.dtype and rois.shape == (count, 4), "rois",
                     f"{x.dtype.short}[regions,4]", rois)
        self.require(batch_indices.dtype is DType.I64 and batch_indices.shape == (count,),
                     "batch_indices", f"i64[{count}]", batch_indices)
        return (TensorType((count, x.shape[1], self.output_height, self.output_width), x.dtype),)

    def effort(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """Four neighbours of every sample, and some calls of numpy for every region."""
        samples = (self.sampling_ratio or MAX_SAMPLES) ** 2
        return 4 * outputs[0].size * samples + 50_000 * outputs[0].shape[0]

    def reference(  # type: ignore[override]
        self, x: Array, rois: Array, batch_indices: Array
    ) -> tuple[Array]:
        """Region by region, in float32 (float64 for float64)."""
        kind = np.float64 if x.dtype == np.float64 else np.float32
        shape = (len(rois), x.shape[1], self.output_height, self.output_width)
        y = np.zeros(shape, kind)
        images = np.clip(batch_indices, 0, x.shape[0] - 1)
        for r, (roi, image) in enumerate(zip(rois.astype(kind), images, strict=True)):
            box = roi * kind(self.spatial_scale) - kind(0.5 if self.half_pixel else 0)
            rows = self._samples(box[1], box[3], self.output_height, x.shape[2])
            columns = self._samples(box[0], box[2], self.output_width, x.shape[3])
            y[r] = self._pool(x[image].astype(kind), rows, columns)
        return (y.astype(x.dtype),)

    def _samples(self, start: Array, end: Array, bins: int, length: int) -> tuple[Array, ...]:
        """Along one axis: [bin, sample] low and high neighbours and their weights."""
        kind = start.dtype.type
        extent = end - start
        if not self.half_pixel:
            extent = np.maximum(extent, kind(1))
        size = extent / kind(bins)
        wanted = kind(self.sampling_ratio) if self.sampling_ratio else np.ceil(size)
        count = int(np.clip(np.nan_to_num(wanted), 0, MAX_SAMPLES))
        b, i = np.arange(bins, dtype=kind)[:, None], np.arange(count, dtype=kind)
        at = start + b * size + (i + kind(0.5)) * size / kind(max(count, 1))
        inside = (at >= -1) & (at <= length)
        at = np.clip(np.nan_to_num(at), 0, length - 1)
        low = at.astype(np.int64)
        high = np.minimum(low + 1, length - 1)
        share = at - low
        return low, high, np.where(inside, 1 - share, 0), np.where(inside, share, 0)

    def _pool(self, x: Array, rows: tuple[Array, ...], columns: tuple[Array, ...]) -> Array:
        """[C, bins, bins] of one region of the image ``x``."""
        count = rows[0].shape[1] * columns[0].shape[1]
        if count == 0:
            return np.zeros((x.shape[0], len(rows[0]), len(columns[0])), x.dtype)
        parts = [x[:, rows[i][:, None, :, None], columns[j][None, :, None, :]]
                 * (rows[i + 2][:, None, :, None] * columns[j + 2][None, :, None, :])
                 for i in (0, 1) for j in (0, 1)]
        if self.mode == "avg":
            return np.asarray(np.sum(parts, 0).sum((3, 4)) / count)
        return np.asarray(np.max(parts, 0).max((3, 4)))
