"""Sin, Cos, Tan, their inverses, and the hyperbolic ones (Tanh is an activation)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ops.elementwise import FloatUnary


@dataclass(frozen=True, slots=True)
class Sin(FloatUnary):
    """The sine."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.sin(x))


@dataclass(frozen=True, slots=True)
class Cos(FloatUnary):
    """The cosine."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.cos(x))


@dataclass(frozen=True, slots=True)
class Tan(FloatUnary):
    """The tangent."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.tan(x))


@dataclass(frozen=True, slots=True)
class Asin(FloatUnary):
    """The inverse sine."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arcsin(x))


@dataclass(frozen=True, slots=True)
class Acos(FloatUnary):
    """The inverse cosine."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arccos(x))


@dataclass(frozen=True, slots=True)
class Atan(FloatUnary):
    """The inverse tangent."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arctan(x))


@dataclass(frozen=True, slots=True)
class Sinh(FloatUnary):
    """The hyperbolic sine."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.sinh(x))


@dataclass(frozen=True, slots=True)
class Cosh(FloatUnary):
    """The hyperbolic cosine."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.cosh(x))


@dataclass(frozen=True, slots=True)
class Asinh(FloatUnary):
    """The inverse hyperbolic sine."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arcsinh(x))


@dataclass(frozen=True, slots=True)
class Acosh(FloatUnary):
    """The inverse hyperbolic cosine."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arccosh(x))


@dataclass(frozen=True, slots=True)
class Atanh(FloatUnary):
    """The inverse hyperbolic tangent."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.arctanh(x))
