"""Base of the functions of all elements along one axis: Softmax and its kin, LpNormalization."""

from __future__ import annotations

from dataclasses import dataclass

from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class AlongAxis(Op):
    """Floats in, the same type out, one (non-negative) axis."""

    axis: int

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The type of x."""
        self.require(x.dtype.is_float, "x", "a float type", x.dtype.value)
        self.require(0 <= self.axis < x.rank, "axis", f"an axis of {x.shape}", self.axis)
        return (x,)
