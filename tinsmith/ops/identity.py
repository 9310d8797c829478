"""Identity: y = x."""

from __future__ import annotations

from dataclasses import dataclass

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType


@dataclass(frozen=True, slots=True)
class Identity(Op):
    """A copy of its input. Stays only where it names a graph output."""

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The type of the input."""
        return (x,)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """The input itself."""
        return (x,)
