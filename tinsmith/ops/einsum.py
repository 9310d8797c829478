"""Einsum: the sum of products of one or two operands, named axis by axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.precision import wide


@dataclass(frozen=True, slots=True)
class Einsum(Op):
    """numpy.einsum without ellipsis: ``terms`` name the axes of the inputs, ``result`` those of y.

    A letter may repeat in a term (a diagonal). An axis of extent 1 stretches to the others.
    """

    approximate: ClassVar[bool] = True

    terms: tuple[str, ...]
    result: str

    def extents(self, inputs: Sequence[TensorType | None]) -> dict[str, int]:
        """The extent of each letter."""
        found: dict[str, int] = {}
        for kind, term in zip(inputs, self.terms, strict=False):
            self.require(kind is not None and kind.rank == len(term), "inputs",
                         f"axes as in {term}", kind)
            for letter, extent in zip(term, kind.shape if kind else (), strict=True):
                known = found.get(letter, 1)
                self.require(extent == known or 1 in (extent, known), letter, f"extent {known}",
                             extent)
                found[letter] = known if extent == 1 else extent
        return found

    def infer(self, *inputs: TensorType | None) -> tuple[TensorType]:
        """The extents of the result's letters."""
        self.require(len(inputs) == len(self.terms) in (1, 2), "inputs",
                     f"one or two, as {len(self.terms)} terms", len(inputs))
        first = inputs[0]
        assert first is not None
        self.require(first.dtype is not DType.BOOL, "inputs", "numbers", first.dtype.value)
        for kind in inputs:
            self.require(kind is not None and kind.dtype is first.dtype, "inputs",
                         first.dtype.value, kind)
        extents = self.extents(inputs)
        self.require(len(set(self.result)) == len(self.result) and set(self.result) <= set(extents),
                     "result", "different letters of the terms", self.result)
        return (TensorType(tuple(extents[c] for c in self.result), first.dtype),)

    def reference(self, *inputs: Array | None) -> tuple[Array]:
        """numpy.einsum, halves by way of float32."""
        operands = [wide(a) for a in inputs if a is not None]
        y = np.einsum(f"{','.join(self.terms)}->{self.result}", *operands)
        first = inputs[0]
        assert first is not None
        return (np.array(y, dtype=first.dtype),)

    def macs(self, inputs: Sequence[TensorType | None], outputs: Sequence[TensorType]) -> int:
        """The product of all extents."""
        return math.prod(self.extents(inputs).values())
