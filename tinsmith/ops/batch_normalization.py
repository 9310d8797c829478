"""BatchNormalization with known statistics: an affine function of each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.precision import wide


@dataclass(frozen=True, slots=True)
class BatchNormalization(Op):
    """(x - mean) / sqrt(variance + epsilon) * scale + bias along axis 1."""

    approximate: ClassVar[bool] = True

    epsilon: float = 1e-5

    def infer(  # type: ignore[override]
        self, x: TensorType, scale: TensorType, bias: TensorType, mean: TensorType,
        variance: TensorType,
    ) -> tuple[TensorType]:
        """The type of x."""
        self.require(x.dtype.is_float, "x", "a float type", x.dtype.value)
        self.require(x.rank >= 1, "x", "at least one axis", x.shape)
        channels = x.shape[1] if x.rank > 1 else 1
        for what, kind in (("scale", scale), ("bias", bias), ("mean", mean),
                           ("variance", variance)):
            self.require(kind.shape == (channels,) and kind.dtype.is_float, what,
                         f"{channels} numbers of a float type", kind)
        return (x,)

    def reference(  # type: ignore[override]
        self, x: Array, scale: Array, bias: Array, mean: Array, variance: Array,
    ) -> tuple[Array]:
        """One multiplication and one addition for each element."""
        factor, offset = affine(self.epsilon, scale, bias, mean, variance)
        values = wide(x)
        shape = (-1, *(1,) * (x.ndim - 2)) if x.ndim > 1 else (1,)
        y = (values * factor.astype(values.dtype).reshape(shape)
             + offset.astype(values.dtype).reshape(shape))
        return (y.astype(x.dtype, copy=False),)


def affine(epsilon: float, scale: Array, bias: Array, mean: Array,
           variance: Array) -> tuple[Array, Array]:
    """Factor and offset of each channel, in float64."""
    factor = scale.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    return factor, bias.astype(np.float64) - mean.astype(np.float64) * factor
