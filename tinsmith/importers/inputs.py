"""What an import decided about the network's inputs, so that people can be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.errors import DataError
from tinsmith.ir.graph import Graph

Declared = tuple[int | str | None, ...]


@dataclass(frozen=True, slots=True)
class InputShape:
    """The shape of one input, and why it is that one.

    ``declared``: what the file says, a name or None where it leaves a dimension open; None where
    it says nothing.
    """

    name: str
    declared: Declared | None
    shape: tuple[int, ...]
    why: str

    @property
    def chosen(self) -> bool:
        """Whether somebody else than the model decided."""
        return self.declared != self.shape

    @property
    def against(self) -> bool:
        """Whether it contradicts a number that the model declares."""
        return self.declared is not None and any(
            isinstance(d, int) and d != g for d, g in zip(self.declared, self.shape, strict=True))

    def __str__(self) -> str:
        return f"{self.name} {by_x(self.shape) or 'scalar'}: {self.why}"


@dataclass(frozen=True, slots=True)
class Imported:
    """A graph, how the shapes of its inputs came about, and what else its user should know."""

    graph: Graph
    inputs: tuple[InputShape, ...]
    notes: tuple[str, ...] = ()


def by_x(shape: Declared) -> str:
    """``1x3x224x224``, with the names of open dimensions, and ``?`` where they have none."""
    return "x".join("?" if d is None else str(d) for d in shape)


def bound(name: str, dtype: DType, shape: Declared | None, array: Array) -> Array:
    """The constant in place of an input, of the type that the model declares.

    Raises:
        DataError: it has another shape, or values that the type does not hold.
    """
    kind = dtype.numpy
    if shape is not None and array.size == 1 and array.ndim != len(shape):
        array = array.reshape((1,) * len(shape))
    fits = shape is None or (len(shape) == array.ndim and all(
        not isinstance(d, int) or d == n for d, n in zip(shape, array.shape, strict=True)))
    with np.errstate(all="ignore"):
        cast = array.astype(kind) if array.dtype.kind in "fiub" else array
    exact = array.dtype == kind or (array.dtype.kind in "fiub" and np.array_equal(
        cast.astype(array.dtype), array, equal_nan=array.dtype.kind == "f"))
    if not fits or not exact:
        asked = "any shape" if shape is None else by_x(shape) or "one number"
        raise DataError(f"import: input '{name}': expected {asked} of {kind} to bind, got "
                        f"{by_x(array.shape) or 'one number'} of {array.dtype}; check --bind")
    return cast
