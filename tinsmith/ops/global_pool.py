"""GlobalAveragePool, GlobalMaxPool, GlobalLpPool: one number for each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.precision import wide


@dataclass(frozen=True, slots=True)
class GlobalPool(Op):
    """What the three share: [N, C, ...spatial] gives [N, C, 1 ...].

    ``to`` is the element type of the result, that of the input unless it is given.
    """

    activation: Activation | None = None
    to: DType | None = None

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """All spatial axes become 1."""
        self.require(x.dtype.is_float, "x", "a float type", x.dtype.value)
        self.require(x.rank >= 2, "x", "at least two axes", x.shape)
        self.require(all(x.shape[2:]), "x", "spatial axes of one or more", x.shape)
        self.require(self.to is None or self.to.is_float, "to", "a float type", self.to)
        return (TensorType((*x.shape[:2], *(1,) * (x.rank - 2)), self.to or x.dtype),)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """``combine`` over the spatial axes, then the activation."""
        y = self.combine(wide(x), tuple(range(2, x.ndim)))
        y = y if self.activation is None else self.activation.reference(y)
        return (y.astype(self.to.numpy if self.to else x.dtype, copy=False),)

    def combine(self, x: Array, axes: tuple[int, ...]) -> Array:
        """The number for each channel, with the axes kept."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class GlobalAveragePool(GlobalPool):
    """The mean of each channel."""

    approximate: ClassVar[bool] = True

    def combine(self, x: Array, axes: tuple[int, ...]) -> Array:
        """Mean."""
        return np.asarray(x.mean(axis=axes, keepdims=True))


@dataclass(frozen=True, slots=True)
class GlobalMaxPool(GlobalPool):
    """The largest element of each channel."""

    def combine(self, x: Array, axes: tuple[int, ...]) -> Array:
        """Maximum."""
        return np.asarray(x.max(axis=axes, keepdims=True))


@dataclass(frozen=True, slots=True)
class GlobalLpPool(GlobalPool):
    """The p-norm of each channel."""

    approximate: ClassVar[bool] = True

    p: int = 2

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """All spatial axes become 1."""
        self.require(self.p >= 1, "p", "1 or more", self.p)
        return GlobalPool.infer(self, x)

    def combine(self, x: Array, axes: tuple[int, ...]) -> Array:
        """(sum of |x|^p) ^ (1 / p)."""
        total = (np.abs(x) ** self.p).sum(axis=axes, keepdims=True)
        return np.asarray(total ** (1.0 / self.p), dtype=x.dtype)
