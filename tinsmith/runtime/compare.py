"""How far two results are apart, and where compiled code first leaves the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.emit.bundle import Golden
from tinsmith.emit.interface import Interface
from tinsmith.errors import SelftestError
from tinsmith.interpret import check_inputs, steps
from tinsmith.ir.graph import Graph
from tinsmith.tolerance import Distance, distance, tolerated

CURE = ("find the node with tinsmith verify; --exact leaves fast algorithms out, --input FILE "
        "takes your own data; report this")


@dataclass(frozen=True, slots=True)
class Difference:
    """One compared value: how far it is from the reference, and how far it may be."""

    step: int
    node: str
    op: str
    kernel: str
    origin: tuple[str, ...]
    value: str
    shape: tuple[int, ...]
    distance: Distance
    allowed: Distance

    @property
    def ok(self) -> bool:
        """Whether the distance is within what is allowed."""
        return self.distance.within(self.allowed)


def allowed_distance(dtype: DType, tolerance: float | None, precision: str = "f32") -> Distance:
    """What distance is allowed for a type: ``tolerance`` for floating point, none for integers.

    Without ``tolerance``, what the type and the network's precision allow.
    """
    if tolerance is None or not dtype.is_float:
        return tolerated(dtype, precision)
    return Distance(tolerance, tolerance)


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
    allowed: Mapping[str, Distance] | None = None,
) -> list[Difference]:
    """Every traced value that the reference knows, in the order of the steps.

    ``allowed``: how far each may be off; as its type says by default.
    """
    found: list[Difference] = []
    for i, (step, values) in enumerate(zip(interface.steps, traced, strict=True)):
        for value, got in values.items():
            if value in wanted:
                want = wanted[value]
                found.append(Difference(
                    i, step.name, step.op, step.kernel, step.origin, value, want.shape,
                    distance(got, want),
                    allowed[value] if allowed else tolerated(DType.of(want),
                                                             interface.precision)))
    return found


def check_answers(outputs: Mapping[str, Array], golden: Golden) -> None:
    """The self-test of a network in this process.

    Raises:
        SelftestError: an output is farther off than it may be.
    """
    bad = [line for value, want in golden.outputs.items()
           if (line := complaint(value, outputs[value], want, golden.allowed[value]))]
    if bad:
        raise SelftestError(f"selftest: network: expected its answers, got {'; '.join(bad)}; "
                            f"{CURE}", bad)


def complaint(value: str, got: Array, want: Array, allowed: Distance) -> str:
    """What is wrong with an output, and where; nothing if it is right."""
    found = distance(got, want)
    if found.within(allowed):
        return ""
    a, b = (array.astype(np.float64).reshape(-1) for array in (got, want))
    with np.errstate(invalid="ignore"):
        apart = np.nan_to_num(np.abs(a - b), nan=np.inf)
    at = int(np.argmax(np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, apart)))
    return (f"{value}: FAILED, error {found.largest:.2e} of the largest, {found.mean:.1e} on "
            f"average (allowed {allowed.largest:.1e}, {allowed.mean:.1e} on average); farthest at "
            f"element {at}: got {got.reshape(-1)[at]}, wanted {want.reshape(-1)[at]}")
