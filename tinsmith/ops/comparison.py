"""Comparisons, IsNaN, IsInf and Where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import TensorType
from tinsmith.ops.elementwise import ANY, Binary, DTypes, Elementwise, FloatUnary


@dataclass(frozen=True, slots=True)
class Comparison(Binary):
    """A truth value from two operands of one type."""

    accepts: ClassVar[DTypes] = ANY

    def jumps(self, operand: int) -> bool:
        """Where the operands are equal."""
        return True

    def result(self, *operands: DType) -> DType:
        """bool."""
        return DType.BOOL


@dataclass(frozen=True, slots=True)
class Equal(Comparison):
    """a = b."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a == b)


@dataclass(frozen=True, slots=True)
class Less(Comparison):
    """a < b."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a < b)


@dataclass(frozen=True, slots=True)
class LessOrEqual(Comparison):
    """a <= b."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a <= b)


@dataclass(frozen=True, slots=True)
class Greater(Comparison):
    """a > b."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a > b)


@dataclass(frozen=True, slots=True)
class GreaterOrEqual(Comparison):
    """a >= b."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a >= b)


@dataclass(frozen=True, slots=True)
class IsNaN(FloatUnary):
    """Whether x is not a number."""

    def jumps(self, operand: int) -> bool:
        """Where numbers end."""
        return True

    def result(self, *operands: DType) -> DType:
        """bool."""
        return DType.BOOL

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.isnan(x))


@dataclass(frozen=True, slots=True)
class IsInf(FloatUnary):
    """Whether x is an infinity of a sign that is asked for."""

    detect_negative: bool = True
    detect_positive: bool = True

    def jumps(self, operand: int) -> bool:
        """At the end of the range."""
        return True

    def result(self, *operands: DType) -> DType:
        """bool."""
        return DType.BOOL

    def _formula(self, x: Array) -> Array:
        return np.asarray((x == np.inf) & self.detect_positive
                          | (x == -np.inf) & self.detect_negative)


@dataclass(frozen=True, slots=True)
class Where(Elementwise):
    """a where the condition holds, else b."""

    arity: ClassVar[int] = 3

    def check(self, *operands: TensorType) -> None:
        """A bool and two of one type."""
        condition, a, b = operands
        self.require(condition.dtype is DType.BOOL, "condition", "bool", condition.dtype.value)
        self.require(a.dtype is b.dtype, "operands", "one element type",
                     f"{a.dtype.value} and {b.dtype.value}")

    def result(self, *operands: DType) -> DType:
        """The type of the choices."""
        return operands[1]

    def compute(self, *operands: Array) -> Array:
        """The formula."""
        condition, a, b = operands
        return np.where(condition, a, b)
