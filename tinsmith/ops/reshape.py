"""Reshape: the same elements in the same order under another shape.

Flatten, Squeeze and Unsqueeze import as this one operator.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class Reshape(Op):
    """The input under ``shape``, in which every dimension is resolved (no 0 or -1 as in ONNX)."""

    shape: tuple[int, ...]

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The shape, which must hold as many elements."""
        self.require(all(d >= 0 for d in self.shape), "shape", "no negative dimension", self.shape)
        result = TensorType(self.shape, x.dtype)
        self.require(result.size == x.size, "shape", f"{x.size} elements", self.shape)
        return (result,)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.reshape."""
        return (x.reshape(self.shape),)
