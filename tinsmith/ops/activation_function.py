"""The activation that an operator may carry, so that its kernel applies it on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.errors import InternalError
from tinsmith.ir.op import Op
from tinsmith.ops.activation_table import KINDS, ROWS
from tinsmith.ops.elementwise import Unary


@dataclass(frozen=True, slots=True)
class Activation:
    """A function of one value, applied to each element.

    ``kind`` is one of ``activation_table``; ``alpha`` and ``beta`` are its constants there, such
    as the bounds of a clip or the slope of a leaky_relu.
    """

    kind: str
    alpha: float = 0.0
    beta: float = 0.0

    def __post_init__(self) -> None:
        """Refuses a kind that is in no row."""
        if self.kind not in KINDS:
            raise InternalError(f"activations: kind '{self.kind}': expected one of "
                                f"{', '.join(KINDS)}, got another; report this")

    @property
    def operator(self) -> Unary:
        """The operator that computes it alone."""
        return KINDS[self.kind].operator(self.alpha, self.beta)

    def reference(self, x: Array) -> Array:
        """The function in numpy, in the element type of ``x`` (float32 or float64)."""
        with np.errstate(all="ignore"):
            result = self.operator.compute(x)
        return np.asarray(result, dtype=x.dtype)

    def __str__(self) -> str:
        shown = [f"{v:g}" for v in (self.alpha, self.beta)] if self.alpha or self.beta else []
        return f"{self.kind}({', '.join(shown)})" if shown else self.kind


def activation_of(op: Op) -> Activation | None:
    """The activation that an operator is, if kernels apply it on the way."""
    row = ROWS.get(type(op))
    for fusing in row.fusing if row else ():
        constants = fusing.constants(op)
        if constants is not None:
            return Activation(fusing.kind, *constants)
    return None
