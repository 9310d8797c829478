"""Sin, Cos, Tan, their inverses, and the hyperbolic ones (Tanh is an activation)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ops.elementwise import FloatUnary


@dataclass(frozen=True, slots=True)
class Sin(FloatUnary):
    """The sine."""

    approximate: ClassVar[bool] = True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.sin(x))


@dataclass(frozen=True, slots=True)
class Cos(FloatUnary):
    """The cosine."""

    approximate: ClassVar[bool] = True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.cos(x))


@dataclass(frozen=True, slots=True)
class Tan(FloatUnary):
    """The tangent."""

    approximate: ClassVar[bool] = True

    def jumps(self, operand: int) -> bool:
        """At its poles."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.tan(x))


@dataclass(frozen=True, slots=True)
class Asin(FloatUnary):
    """The inverse sine."""

    approximate: ClassVar[bool] = True

    def jumps(self, operand: int) -> bool:
        """At the ends of its domain."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arcsin(x))


@dataclass(frozen=True, slots=True)
class Acos(FloatUnary):
    """The inverse cosine."""

    approximate: ClassVar[bool] = True

    def jumps(self, operand: int) -> bool:
        """At the ends of its domain."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arccos(x))


@dataclass(frozen=True, slots=True)
class Atan(FloatUnary):
    """The inverse tangent."""

    approximate: ClassVar[bool] = True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arctan(x))


@dataclass(frozen=True, slots=True)
class Sinh(FloatUnary):
    """The hyperbolic sine."""

    approximate: ClassVar[bool] = True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.sinh(x))


@dataclass(frozen=True, slots=True)
class Cosh(FloatUnary):
    """The hyperbolic cosine."""

    approximate: ClassVar[bool] = True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.cosh(x))


@dataclass(frozen=True, slots=True)
class Asinh(FloatUnary):
    """The inverse hyperbolic sine."""

    approximate: ClassVar[bool] = True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arcsinh(x))


@dataclass(frozen=True, slots=True)
class Acosh(FloatUnary):
    """The inverse hyperbolic cosine."""

    approximate: ClassVar[bool] = True

    def jumps(self, operand: int) -> bool:
        """At the ends of its domain."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arccosh(x))


@dataclass(frozen=True, slots=True)
class Atanh(FloatUnary):
    """The inverse hyperbolic tangent."""

    approximate: ClassVar[bool] = True

    def jumps(self, operand: int) -> bool:
        """At the ends of its domain."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arctanh(x))
