"""How far two results are apart, and where compiled code first leaves the reference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.emit.bundle import tolerance_of
from tinsmith.emit.interface import Interface
from tinsmith.interpret import check_inputs, steps
from tinsmith.ir.graph import Graph


@dataclass(frozen=True, slots=True)
class Difference:
    """One compared value. ``error`` is a share of the largest magnitude; infinite: unlike."""

    step: int
    node: str
    op: str
    kernel: str
    origin: tuple[str, ...]
    value: str
    shape: tuple[int, ...]
    error: float
    allowed: float

    @property
    def ok(self) -> bool:
        """Whether the error is within what is allowed."""
        return self.error <= self.allowed


def error_of(got: Array, want: Array) -> float:
    """The largest difference as a share of the largest magnitude that is wanted.

    Infinite when shape, type, or the places of NaN and infinities differ.
    """
    if got.shape != want.shape or got.dtype != want.dtype:
        return math.inf
    if np.array_equal(got, want):
        return 0.0
    a, b = got.astype(np.float64), want.astype(np.float64)
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True) or not np.isfinite(
            a[finite]).all():
        return math.inf
    if not finite.any():
        return 0.0
    return float(np.abs(a[finite] - b[finite]).max()) / max(1e-30, float(np.abs(b[finite]).max()))


def allowed_error(dtype: DType, tolerance: float | None, precision: str = "f32") -> float:
    """What error is allowed for a type: ``tolerance`` for floating point, none for integers.

    Without ``tolerance``, what the type and the network's precision allow.
    """
    if not dtype.is_float:
        return 0.0
    return tolerance_of(dtype, precision) if tolerance is None else tolerance


def reference_values(graph: Graph, feeds: Mapping[str, Array]) -> dict[str, Array]:
    """Every value of a graph as the interpreter computes it."""
    values = check_inputs(graph, feeds)
    for node, results in steps(graph, values):
        values.update((v, r) for v, r in zip(node.outputs, results, strict=False) if v)
    return values


def compare_steps(
    interface: Interface,
    traced: Sequence[Mapping[str, Array]],
    wanted: Mapping[str, Array],
    tolerance: float | None = None,
) -> list[Difference]:
    """Every traced value that the reference knows, in the order of the steps."""
    found: list[Difference] = []
    for i, (step, values) in enumerate(zip(interface.steps, traced, strict=True)):
        for value, got in values.items():
            if value in wanted:
                want = wanted[value]
                found.append(Difference(
                    i, step.name, step.op, step.kernel, step.origin, value, want.shape,
                    error_of(got, want),
                    allowed_error(DType.of(want), tolerance, interface.precision)))
    return found
