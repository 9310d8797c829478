"""QuantizeLinear and DequantizeLinear: real numbers to integers by scale and zero point, and back.

A scale (and zero point) serves the whole tensor, one index of ``axis``, or a block of
``block_size`` of them; then its shape is the tensor's with ceil(extent / block_size) on ``axis``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType

STORED = (DType.I8, DType.U8, DType.I16, DType.U16)
SCALES = (DType.F32, DType.F16, DType.BF16)


@dataclass(frozen=True, slots=True)
class Scaled(Op):
    """Base of both directions. ``to`` is the element type of the output."""

    to: DType
    axis: int = 0
    block_size: int = 0

    def check(self, x: TensorType, scale: TensorType, zero_point: TensorType | None,
              stored: DType) -> None:
        """``ModelError`` unless scale and zero point fit the input."""
        self.require(scale.dtype in SCALES, "scale", "f32, f16 or bf16", scale)
        self.require(self.block_size >= 0, "block_size", "0 or more", self.block_size)
        if scale.size != 1 or self.block_size:
            self.require(0 <= self.axis < x.rank, "axis", f"0 to {x.rank - 1}", self.axis)
            self.require(scale.shape == self._scale_shape(x.shape), "scale",
                         f"shape {self._scale_shape(x.shape)}", scale)
        if zero_point is not None:
            self.require(zero_point.dtype is stored and zero_point.size == scale.size,
                         "zero_point", f"{scale.size} of {stored.short}", zero_point)

    def _scale_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if not self.block_size:
            return (shape[self.axis],)
        blocks = -(-shape[self.axis] // self.block_size)
        return (*shape[:self.axis], blocks, *shape[self.axis + 1:])

    def spread(self, parameter: Array, shape: tuple[int, ...]) -> Array:
        """A scale or zero point so that it broadcasts with the tensor."""
        if self.block_size:
            repeated = np.repeat(parameter, self.block_size, self.axis)
            return repeated.take(np.arange(shape[self.axis]), self.axis)
        if parameter.size == 1:
            return parameter.reshape(())
        return parameter.reshape(-1, *(1,) * (len(shape) - self.axis - 1))


@dataclass(frozen=True, slots=True)
class QuantizeLinear(Scaled):
    """clamp(round(x / scale) + zero_point), ties to even; NaN gives the smallest value.

    The quotient is rounded to ``precision``.
    """

    precision: DType = DType.F32

    def jumps(self, operand: int) -> bool:
        """Halfway between two integers."""
        return True

    def infer(  # type: ignore[override]
        self, x: TensorType, scale: TensorType, zero_point: TensorType | None = None
    ) -> tuple[TensorType]:
        """The shape of ``x``."""
        self.require(x.dtype in SCALES, "x", "f32, f16 or bf16", x)
        self.require(self.to in STORED, "to", "i8, u8, i16 or u16", self.to.short)
        self.require(self.precision in SCALES, "precision", "f32, f16 or bf16", self.precision)
        self.check(x, scale, zero_point, self.to)
        return (TensorType(x.shape, self.to),)

    def reference(  # type: ignore[override]
        self, x: Array, scale: Array, zero_point: Array | None = None
    ) -> tuple[Array]:
        """The formula, in float32 (float64 for float64); clamped before it is rounded, which gives
        the same."""
        limits = np.iinfo(self.to.numpy)
        kind = np.dtype(np.float64 if x.dtype == np.float64 else np.float32)
        zero = np.zeros((), kind) if zero_point is None else self.spread(
            zero_point, x.shape).astype(kind)
        low, high = kind.type(limits.min) - zero, kind.type(limits.max) - zero
        v = x.astype(kind) / self.spread(scale, x.shape).astype(kind)
        v = v.astype(self.precision.numpy).astype(kind)
        v = np.where(v > low, v, low)
        v = np.where(v < high, v, high)
        return ((np.rint(v) + zero).astype(self.to.numpy),)


@dataclass(frozen=True, slots=True)
class DequantizeLinear(Scaled):
    """(x - zero_point) * scale."""

    def infer(  # type: ignore[override]
        self, x: TensorType, scale: TensorType, zero_point: TensorType | None = None
    ) -> tuple[TensorType]:
        """The shape of ``x``."""
        self.require(x.dtype in (*STORED, DType.I32), "x", "i8, u8, i16, u16 or i32", x)
        self.require(self.to in SCALES, "to", "f32, f16 or bf16", self.to.short)
        self.check(x, scale, zero_point, x.dtype)
        return (TensorType(x.shape, self.to),)

    def reference(  # type: ignore[override]
        self, x: Array, scale: Array, zero_point: Array | None = None
    ) -> tuple[Array]:
        """The difference exactly, the product in float32 (float64 with a scale of float64)."""
        kind = np.float64 if scale.dtype == np.float64 else np.float32
        zero = 0 if zero_point is None else self.spread(zero_point, x.shape).astype(np.int64)
        v = (x.astype(np.int64) - zero).astype(kind)
        v = v * self.spread(scale, x.shape).astype(kind)
        return (np.asarray(v).astype(self.to.numpy),)
