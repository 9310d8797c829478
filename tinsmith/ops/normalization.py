"""Normalisation by statistics of the input itself: Instance, Group, Layer, RMS."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.precision import wide


@dataclass(frozen=True, slots=True)
class GroupNormalization(Op):
    """(x - mean) / sqrt(variance + epsilon) over each group of channels; then scale and bias.

    Scale and bias hold one number for each channel.
    """

    approximate: ClassVar[bool] = True

    groups: int
    epsilon: float = 1e-5

    def group_count(self, x: TensorType) -> int:
        """How many groups the channels of ``x`` make."""
        return self.groups

    def infer(  # type: ignore[override]
        self, x: TensorType, scale: TensorType, bias: TensorType,
    ) -> tuple[TensorType]:
        """The type of x."""
        self.require(x.dtype.is_float, "x", "a float type", x.dtype.value)
        self.require(x.rank >= 2, "x", "at least two axes", x.shape)
        groups = self.group_count(x)
        self.require(groups >= 1 and x.shape[1] % groups == 0, "groups",
                     f"a divisor of {x.shape[1]} channels", groups)
        for what, kind in (("scale", scale), ("bias", bias)):
            self.require(kind == TensorType((x.shape[1],), x.dtype), what,
                         f"{x.dtype.short}[{x.shape[1]}]", kind)
        return (x,)

    def reference(self, x: Array, scale: Array, bias: Array) -> tuple[Array]:  # type: ignore[override]
        """Mean and variance in two passes."""
        if not x.size:
            return (x,)
        groups = self.group_count(TensorType(x.shape, DType.of(x)))
        y = _normalized(wide(x).reshape(x.shape[0] * groups, -1), self.epsilon)[0]
        shape = (-1, *(1,) * (x.ndim - 2))
        y = y.reshape(x.shape) * wide(scale).reshape(shape) + wide(bias).reshape(shape)
        return (y.astype(x.dtype, copy=False),)


@dataclass(frozen=True, slots=True)
class InstanceNormalization(GroupNormalization):
    """GroupNormalization in which each channel is a group."""

    groups: int = 0

    def group_count(self, x: TensorType) -> int:
        """One for each channel."""
        return max(x.shape[1], 1)


@dataclass(frozen=True, slots=True)
class LayerNormalization(Op):
    """(x - mean) / sqrt(variance + epsilon) over ``axis`` and all after it; scale and bias.

    Scale and bias (optional) are shaped as those axes. Outputs 1 and 2 are the mean and
    1 / sqrt(variance + epsilon), with those axes as 1; they and the arithmetic have type
    ``stash``.
    """

    approximate: ClassVar[bool] = True

    axis: int
    epsilon: float = 1e-5
    stash: DType = DType.F32

    def infer(  # type: ignore[override]
        self, x: TensorType, scale: TensorType, bias: TensorType | None = None,
    ) -> tuple[TensorType, ...]:
        """The type of x, and twice that of the statistics."""
        self.require(x.dtype.is_float, "x", "a float type", x.dtype.value)
        self.require(self.stash in (DType.F32, DType.F64), "stash", "f32 or f64", self.stash)
        self.require(0 <= self.axis < x.rank, "axis", f"an axis of {x.shape}", self.axis)
        self.require(0 not in x.shape[self.axis:], "x", "axes of one or more", x.shape)
        kind = TensorType(x.shape[self.axis:], x.dtype)
        self.require(scale == kind, "scale", str(kind), scale)
        self.require(bias is None or bias == kind, "bias", str(kind), bias)
        shape = (*x.shape[:self.axis], *(1,) * (x.rank - self.axis))
        return x, TensorType(shape, self.stash), TensorType(shape, self.stash)

    def reference(  # type: ignore[override]
        self, x: Array, scale: Array, bias: Array | None = None,
    ) -> tuple[Array, ...]:
        """Mean and variance in two passes."""
        rows = math.prod(x.shape[:self.axis])
        values = x.astype(self.stash.numpy).reshape(rows, math.prod(x.shape[self.axis:]))
        y, mean, inverse = _normalized(values, self.epsilon)
        y = y.reshape(x.shape) * scale.astype(y.dtype)
        if bias is not None:
            y = y + bias.astype(y.dtype)
        shape = (*x.shape[:self.axis], *(1,) * (x.ndim - self.axis))
        return y.astype(x.dtype, copy=False), mean.reshape(shape), inverse.reshape(shape)


@dataclass(frozen=True, slots=True)
class RMSNormalization(Op):
    """x / sqrt(mean of squares + epsilon) * scale over ``axis`` and all after it."""

    approximate: ClassVar[bool] = True

    axis: int
    epsilon: float = 1e-5
    stash: DType = DType.F32

    def infer(self, x: TensorType, scale: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The type of x."""
        self.require(x.dtype.is_float, "x", "a float type", x.dtype.value)
        self.require(self.stash in (DType.F32, DType.F64), "stash", "f32 or f64", self.stash)
        self.require(0 <= self.axis < x.rank, "axis", f"an axis of {x.shape}", self.axis)
        self.require(0 not in x.shape[self.axis:], "x", "axes of one or more", x.shape)
        kind = TensorType(x.shape[self.axis:], x.dtype)
        self.require(scale == kind, "scale", str(kind), scale)
        return (x,)

    def reference(self, x: Array, scale: Array) -> tuple[Array]:  # type: ignore[override]
        """As the formula says."""
        values = x.astype(self.stash.numpy)
        axes = tuple(range(self.axis, x.ndim))
        mean = (values * values).mean(axis=axes, keepdims=True)
        y = values / np.sqrt(mean + values.dtype.type(self.epsilon)) * scale.astype(values.dtype)
        return (y.astype(x.dtype, copy=False),)


def _normalized(rows: Array, epsilon: float) -> tuple[Array, Array, Array]:
    """Rows with mean 0 and variance 1, their means, and 1 / sqrt(variance + epsilon)."""
    mean = rows.mean(axis=1, keepdims=True)
    centred = rows - mean
    variance = (centred * centred).mean(axis=1, keepdims=True)
    inverse = np.asarray(1 / np.sqrt(variance + rows.dtype.type(epsilon)), dtype=rows.dtype)
    return centred * inverse, mean, inverse
