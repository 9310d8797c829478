"""Gemm: alpha * A B + beta * C."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.precision import go_together, wide


@dataclass(frozen=True, slots=True)
class Gemm(Op):
    """activation(alpha * op(A) op(B) + beta * C), with C (optional) broadcast to [M, N].

    ``mixed``: A, B and C may be float32 and halves in any combination; the arithmetic is float32,
    the result of A's type.
    """

    approximate: ClassVar[bool] = True

    alpha: float = 1.0
    beta: float = 1.0
    trans_a: bool = False
    trans_b: bool = False
    activation: Activation | None = None
    mixed: bool = False

    def infer(  # type: ignore[override]
        self, a: TensorType, b: TensorType, c: TensorType | None = None,
    ) -> tuple[TensorType]:
        """[M, N]."""
        self.require(a.dtype not in (DType.BOOL, DType.I8, DType.U8, DType.I16, DType.U16), "a",
                     "a float type or integers of 32 or 64 bits", a.dtype.value)
        self.require(self.activation is None or a.dtype.is_float, "activation",
                     "none for integers", self.activation)
        for factor in (self.alpha, self.beta):
            self.require(a.dtype.is_float or (factor >= 0 and factor.is_integer()), "alpha, beta",
                         "integers, none negative, for integers", factor)
        self.require(a.rank == 2, "a", "two axes", a.shape)
        self.require(b.rank == 2, "b", "two axes", b.shape)
        self.require(go_together(a.dtype, b.dtype, self.mixed), "b", a.dtype.value, b.dtype.value)
        m, k = reversed(a.shape) if self.trans_a else a.shape
        n, kb = b.shape if self.trans_b else reversed(b.shape)
        self.require(k == kb, "b", f"{k} rows", kb)
        if c is not None:
            shape = (1,) * (2 - c.rank) + c.shape
            self.require(go_together(a.dtype, c.dtype, self.mixed), "c", a.dtype.value,
                         c.dtype.value)
            self.require(c.rank <= 2 and shape[0] in (1, m) and shape[1] in (1, n), "c",
                         f"a shape that broadcasts to [{m}, {n}]", c.shape)
        return (TensorType((m, n), a.dtype),)

    def reference(  # type: ignore[override]
        self, a: Array, b: Array, c: Array | None = None,
    ) -> tuple[Array]:
        """The textbook product."""
        left, right = wide(a.T if self.trans_a else a), wide(b.T if self.trans_b else b)
        y = np.matmul(left, right)
        if self.alpha != 1.0:
            y = self._scaled(self.alpha, y)
        if c is not None and self.beta != 0.0:
            y = y + (wide(c) if self.beta == 1.0 else self._scaled(self.beta, wide(c)))
        if self.activation is not None:
            y = self.activation.reference(y)
        return (y.astype(a.dtype, copy=False),)

    def _scaled(self, factor: float, x: Array) -> Array:
        return np.asarray(x * x.dtype.type(factor))

    def macs(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """M * N * K."""
        a = inputs[0]
        return outputs[0].size * a.shape[0 if self.trans_a else 1] if a else 0
