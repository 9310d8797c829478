"""Floor, Ceil and Round (half to even)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ops.elementwise import FloatUnary


@dataclass(frozen=True, slots=True)
class Floor(FloatUnary):
    """The largest integer that is at most x."""

    def jumps(self, operand: int) -> bool:
        """At the integers."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.floor(x))


@dataclass(frozen=True, slots=True)
class Ceil(FloatUnary):
    """The least integer that is at least x."""

    def jumps(self, operand: int) -> bool:
        """At the integers."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.ceil(x))


@dataclass(frozen=True, slots=True)
class Round(FloatUnary):
    """The nearest integer; the even one of two."""

    def jumps(self, operand: int) -> bool:
        """Halfway between the integers."""
        return True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.rint(x))
