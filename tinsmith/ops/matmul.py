"""MatMul: matrix product with broadcast batch axes, as numpy.matmul."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.precision import go_together, wide


@dataclass(frozen=True, slots=True)
class MatMul(Op):
    """numpy.matmul(a, b). ``mixed``: of float32 and halves in any combination, as a's type."""

    approximate: ClassVar[bool] = True

    mixed: bool = False

    def infer(self, a: TensorType, b: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The broadcast batch, then [M, N]; a vector's axis is dropped."""
        self.require(a.dtype != DType.BOOL, "a", "numbers", a.dtype.value)
        self.require(go_together(a.dtype, b.dtype, self.mixed), "b", a.dtype.value, b.dtype.value)
        self.require(a.rank >= 1, "a", "one axis or more", a.shape)
        self.require(b.rank >= 1, "b", "one axis or more", b.shape)
        k = b.shape[-2] if b.rank > 1 else b.shape[0]
        self.require(a.shape[-1] == k, "b", f"{a.shape[-1]} rows", k)
        left, right = a.shape[:-2], b.shape[:-2]
        rank = max(len(left), len(right))
        pairs = list(zip((1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right,
                         strict=True))
        self.require(all(p == q or 1 in (p, q) for p, q in pairs), "b",
                     f"batch axes that broadcast with {left}", right)
        batch = tuple(q if p == 1 else p for p, q in pairs)
        rows = a.shape[-2:-1] if a.rank > 1 else ()
        columns = b.shape[-1:] if b.rank > 1 else ()
        return (TensorType((*batch, *rows, *columns), a.dtype),)

    def reference(self, a: Array, b: Array) -> tuple[Array]:  # type: ignore[override]
        """numpy.matmul, halves by way of float32."""
        return (np.asarray(np.matmul(wide(a), wide(b))).astype(a.dtype, copy=False),)

    def macs(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """One for each output element and row of ``b``."""
        a = inputs[0]
        return outputs[0].size * a.shape[-1] if a else 0
