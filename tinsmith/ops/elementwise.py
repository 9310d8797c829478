"""Bases of the operators that compute each element of a result from one element of each operand.

Arithmetic is done in the operands' type, halves in float32 with one rounding at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType

DTypes: TypeAlias = frozenset[DType]

ANY: DTypes = frozenset(DType)
FLOATS: DTypes = frozenset(d for d in DType if d.is_float)
SIGNED_INTEGERS: DTypes = frozenset(d for d in DType if d.is_signed_integer)
UNSIGNED_INTEGERS: DTypes = frozenset(d for d in DType if d.is_unsigned_integer)
INTEGERS: DTypes = SIGNED_INTEGERS | UNSIGNED_INTEGERS
NUMERIC: DTypes = FLOATS | INTEGERS
BOOL: DTypes = frozenset({DType.BOOL})

HALVES: DTypes = frozenset({DType.F16, DType.BF16})


def broadcast(op: Op, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape that ``shapes`` broadcast to; ``ModelError`` when they do not fit."""
    rank = max((len(shape) for shape in shapes), default=0)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    result: list[int] = []
    for extents in zip(*padded, strict=True):
        sizes = set(extents) - {1} or {1}
        op.require(len(sizes) == 1, "operands", "shapes that broadcast",
                   " and ".join(str(list(shape)) for shape in shapes))
        result.append(sizes.pop())
    return tuple(result)


def arithmetic(x: Array) -> Array:
    """``x`` in the type in which it is computed: float32 for halves, else its own."""
    return x.astype(np.float32) if DType.of(x) in HALVES else x


@dataclass(frozen=True, slots=True)
class Elementwise(Op):
    """One result, element by element, from ``arity`` operands that broadcast.

    A subclass gives its formula, and where the defaults do not fit, ``accepts`` (element types of
    the operands), ``result`` and ``check``.
    """

    arity: ClassVar[int] = 1
    accepts: ClassVar[DTypes] = NUMERIC

    def compute(self, *operands: Array) -> Array:
        """The result in the arithmetic type; operands come in theirs."""
        raise NotImplementedError

    def result(self, *operands: DType) -> DType:
        """The element type of the result."""
        return operands[0]

    def check(self, *operands: TensorType) -> None:
        """``ModelError`` unless the element types fit: all alike, unless overridden."""
        for kind in operands:
            self.require(kind.dtype in self.accepts, "operand",
                         f"one of {', '.join(sorted(d.value for d in self.accepts))}",
                         kind.dtype.value)
        kinds = [kind.dtype.value for kind in operands]
        self.require(len(set(kinds)) == 1, "operands", "one element type", " and ".join(kinds))

    def infer(self, *inputs: TensorType | None) -> tuple[TensorType, ...]:
        """The broadcast shape."""
        kinds = [kind for kind in inputs if kind is not None]
        self.require(len(kinds) == len(inputs) == self.arity, "operands", f"{self.arity}",
                     len(kinds))
        self.check(*kinds)
        dtype = self.result(*(kind.dtype for kind in kinds))
        return (TensorType(broadcast(self, [kind.shape for kind in kinds]), dtype),)

    def reference(self, *inputs: Array | None) -> tuple[Array, ...]:
        """``compute``, with halves widened before and rounded after."""
        given = [x for x in inputs if x is not None]
        dtype = self.result(*(DType.of(x) for x in given))
        return (np.asarray(self.compute(*map(arithmetic, given))).astype(dtype.numpy),)


@dataclass(frozen=True, slots=True)
class Unary(Elementwise):
    """y = f(x); a subclass gives ``_formula``."""

    def compute(self, *operands: Array) -> Array:
        """The formula."""
        return self._formula(*operands)

    def _formula(self, x: Array) -> Array:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class FloatUnary(Unary):
    """y = f(x) for floating-point x."""

    accepts: ClassVar[DTypes] = FLOATS


@dataclass(frozen=True, slots=True)
class Binary(Elementwise):
    """y = f(a, b); a subclass gives ``_formula``."""

    arity: ClassVar[int] = 2

    def compute(self, *operands: Array) -> Array:
        """The formula."""
        return self._formula(*operands)

    def _formula(self, a: Array, b: Array) -> Array:
        raise NotImplementedError
