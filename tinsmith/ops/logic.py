"""Logic on truth values (And, Or, Xor, Not) and on the bits of integers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ops.elementwise import BOOL, INTEGERS, UNSIGNED_INTEGERS, Binary, DTypes, Unary


@dataclass(frozen=True, slots=True)
class Logical(Binary):
    """A truth value from two."""

    accepts: ClassVar[DTypes] = BOOL


@dataclass(frozen=True, slots=True)
class And(Logical):
    """Both."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a & b)


@dataclass(frozen=True, slots=True)
class Or(Logical):
    """Either."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a | b)


@dataclass(frozen=True, slots=True)
class Xor(Logical):
    """Just one."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a ^ b)


@dataclass(frozen=True, slots=True)
class Not(Unary):
    """The other truth value."""

    accepts: ClassVar[DTypes] = BOOL

    def _formula(self, x: Array) -> Array:
        return np.asarray(~x)


@dataclass(frozen=True, slots=True)
class Bitwise(Binary):
    """Bit by bit from two integers."""

    accepts: ClassVar[DTypes] = INTEGERS


@dataclass(frozen=True, slots=True)
class BitwiseAnd(Bitwise):
    """The bits that both have."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a & b)


@dataclass(frozen=True, slots=True)
class BitwiseOr(Bitwise):
    """The bits that either has."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a | b)


@dataclass(frozen=True, slots=True)
class BitwiseXor(Bitwise):
    """The bits that just one has."""

    def _formula(self, a: Array, b: Array) -> Array:
        return np.asarray(a ^ b)


@dataclass(frozen=True, slots=True)
class BitwiseNot(Unary):
    """All bits flipped."""

    accepts: ClassVar[DTypes] = INTEGERS

    def _formula(self, x: Array) -> Array:
        return np.asarray(~x)


@dataclass(frozen=True, slots=True)
class BitShift(Binary):
    """a with its bits moved by b places; 0 where b reaches the width of the type."""

    left: bool

    accepts: ClassVar[DTypes] = UNSIGNED_INTEGERS

    def _formula(self, a: Array, b: Array) -> Array:
        bits = 8 * a.dtype.itemsize
        by = np.where(b < bits, b, 0).astype(a.dtype)
        moved = np.left_shift(a, by) if self.left else np.right_shift(a, by)
        return np.where(b < bits, moved, 0).astype(a.dtype)
