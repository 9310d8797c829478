"""Arithmetic, from Add to Pow, and functions of one number that are no activations.

Integers wrap on overflow; Div truncates toward zero; dividing an integer by zero gives 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import TensorType
from tinsmith.ops.cast import convert
from tinsmith.ops.elementwise import Binary, FloatUnary, Unary


@dataclass(frozen=True, slots=True)
class Add(Binary):
    """a + b."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a + b)


@dataclass(frozen=True, slots=True)
class Sub(Binary):
    """a - b."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a - b)


@dataclass(frozen=True, slots=True)
class Mul(Binary):
    """a b."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a * b)


@dataclass(frozen=True, slots=True)
class Div(Binary):
    """a / b; integers truncate toward zero, and give 0 where b is 0."""

    def jumps(self, operand: int) -> bool:
        """At 0, below the line."""
        return operand == 1

    def _formula(self, a: Array, b: Array) -> Array:
        if a.dtype.kind == "f":
            return np.asarray(a / b)
        safe = np.where(b == 0, 1, b).astype(b.dtype)
        quotient = np.floor_divide(a, safe)
        inexact = quotient * safe != a
        upward = inexact & ((a < 0) != (safe < 0))
        return np.where(b == 0, 0, quotient + upward.astype(a.dtype)).astype(a.dtype)


@dataclass(frozen=True, slots=True)
class Mod(Binary):
    """The remainder of a / b, with the sign of b; of a where ``fmod`` is set. Integers: 0 by 0."""

    fmod: bool = False

    def jumps(self, operand: int) -> bool:
        """At the multiples of b."""
        return True

    def _formula(self, a: Array, b: Array) -> Array:
        rest = np.fmod if self.fmod else np.mod
        if a.dtype.kind == "f":
            return np.asarray(rest(a, b))
        safe = np.where(b == 0, 1, b).astype(b.dtype)
        return np.where(b == 0, 0, rest(a, safe)).astype(a.dtype)


@dataclass(frozen=True, slots=True)
class Pow(Binary):
    """a to the power b, in the type of a; a and b may differ in type.

    Integer powers wrap; a negative exponent of an integer gives the truncated quotient (0 for 0).
    An integer to a floating-point power is computed in float64 and converted as Cast does.
    """

    approximate: ClassVar[bool] = True

    def jumps(self, operand: int) -> bool:
        """At 0, and where an exponent is no integer any more."""
        return True

    def check(self, *operands: TensorType) -> None:
        """Any two numeric types."""
        for kind in operands:
            self.require(kind.dtype in self.accepts, "operand", "a number", kind.dtype.value)

    def _formula(self, a: Array, b: Array) -> Array:
        if a.dtype.kind == "f":
            wide = np.float64 if b.dtype == np.float64 else a.dtype
            return np.asarray(np.power(a.astype(wide), b.astype(wide))).astype(a.dtype)
        if b.dtype.kind == "f":
            return convert(np.power(a.astype(np.float64), b.astype(np.float64)), DType.of(a))
        return integer_power(a, b)


def integer_power(a: Array, b: Array) -> Array:
    """a to the power b for integers, wrapping in the type of a."""
    unsigned = np.dtype(f"uint{8 * a.dtype.itemsize}")
    result = np.ones(np.broadcast_shapes(a.shape, b.shape), unsigned)
    factor: Array = a.astype(unsigned)
    rest: Array = np.where(b < 0, 0, b).astype(np.uint64)
    while np.any(rest):
        result = np.where(rest & 1, result * factor, result).astype(unsigned)
        factor, rest = factor * factor, rest >> 1
    ones = np.where(b & 1, a, a * a)  # 1 / a, where a is 1 or -1
    unit = (a == 1) | (a + 1 == 0) & (a < 0)
    return np.where(b < 0, np.where(unit, ones, 0), result.astype(a.dtype)).astype(a.dtype)


@dataclass(frozen=True, slots=True)
class Min(Binary):
    """The lesser of a and b; NaN if either is."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(np.minimum(a, b))


@dataclass(frozen=True, slots=True)
class Max(Binary):
    """The greater of a and b; NaN if either is."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(np.maximum(a, b))


@dataclass(frozen=True, slots=True)
class Neg(Unary):
    """-x."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.negative(x))


@dataclass(frozen=True, slots=True)
class Abs(Unary):
    """|x|."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.abs(x))


@dataclass(frozen=True, slots=True)
class Sign(Unary):
    """-1, 0 or 1; NaN stays."""

    def jumps(self, operand: int) -> bool:
        """At 0."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.sign(x))


@dataclass(frozen=True, slots=True)
class Reciprocal(FloatUnary):
    """1 / x."""

    def jumps(self, operand: int) -> bool:
        """At 0."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(1 / x)


@dataclass(frozen=True, slots=True)
class Sqrt(FloatUnary):
    """The square root."""

    def jumps(self, operand: int) -> bool:
        """At 0, below which there is no root."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.sqrt(x))


@dataclass(frozen=True, slots=True)
class Exp(FloatUnary):
    """e to the power x."""

    approximate: ClassVar[bool] = True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.exp(x))


@dataclass(frozen=True, slots=True)
class Log(FloatUnary):
    """The natural logarithm."""

    approximate: ClassVar[bool] = True

    def jumps(self, operand: int) -> bool:
        """At 0, below which there is no logarithm."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.log(x))


def erf(x: Array) -> Array:
    """The error function, computed in float64."""
    values = np.fromiter(map(math.erf, x.reshape(-1).tolist()), np.float64, x.size)
    return np.asarray(values.reshape(x.shape).astype(x.dtype))


@dataclass(frozen=True, slots=True)
class Erf(FloatUnary):
    """The error function."""

    approximate: ClassVar[bool] = True

    effort_each: ClassVar[int] = 100

    def _formula(self, x: Array) -> Array:
        return erf(x)
