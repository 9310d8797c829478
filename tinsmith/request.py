"""What the user asked for: one frozen object from the edges to passes, schedule and kernels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from tinsmith.targets import Target

Prefer: TypeAlias = Literal["time", "memory"]


POLICIES = ("f32", "bf16", "f16", "auto")


@dataclass(frozen=True, slots=True)
class Numerics:
    """How far answers may be off, and with which numbers they may be computed.

    Attributes:
        policy: in what values and weights may be stored: 'f32', 'f16' or 'bf16'; 'auto': weights in
            whatever makes a layer quicker, as far as its rounding has room in the budget.
        exceptions: pairs (node, policy) of nodes to which another one applies.
        exact: keep to direct algorithms.
        rounding: the most that one call's algorithm may add (``Call.rounding``).
    """

    policy: str = "f32"
    exceptions: tuple[tuple[str, str], ...] = ()
    exact: bool = False
    rounding: float = math.inf

    def policy_of(self, names: Iterable[str]) -> str:
        """What applies to a node that goes by these names."""
        known = dict(self.exceptions)
        return next((known[name] for name in names if name in known), self.policy)


@dataclass(frozen=True, slots=True)
class Request:
    """A machine, and what code for it should be like.

    Attributes:
        target: the machine.
        threads: the most that the network may use.
        compiler: the one that will build; its timings count.
        numerics: how far answers may be off.
        prefer: what to save where one costs the other. 'memory': filters stay as they are stored,
            and layers that differ only in extents share one copy of the code.
    """

    target: Target
    threads: int = 1
    compiler: str = "zig"
    numerics: Numerics = field(default_factory=Numerics)
    prefer: Prefer = "time"

    def direct(self) -> Request:
        """The same with direct algorithms only."""
        return replace(self, numerics=replace(self.numerics, exact=True))

    def keeping(self, names: Iterable[str]) -> Request:
        """The same where these nodes stay float32."""
        kept = (*self.numerics.exceptions, *((name, "f32") for name in names))
        return replace(self, numerics=replace(self.numerics, exceptions=kept))

    def within(self, rounding: float) -> Request:
        """The same where one call's algorithm may add no more than ``rounding``."""
        return replace(self, numerics=replace(self.numerics, rounding=rounding))
