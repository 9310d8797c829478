"""A plan that is built and loaded: numpy arrays in and out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.emit.binding import BINDING, binding
from tinsmith.emit.devices.cpu import baseline
from tinsmith.emit.host import emit
from tinsmith.emit.interface import describe
from tinsmith.emit.names import c_name
from tinsmith.errors import TargetError
from tinsmith.ir.graph import Graph
from tinsmith.runtime.network import (
    Network,
    StepTime,
    aligned_bytes,
    check_feeds,
    mapped_bytes,
)
from tinsmith.runtime.runner import runs_here
from tinsmith.schedule.plan import Plan
from tinsmith.toolchain import build

__all__ = ["Session", "StepTime", "aligned_bytes", "check_feeds", "load"]


class Session(Network):
    """A network straight from its plan.

    ``graph`` is what it was compiled from, when known; ``tested``: whether it gave the answers of
    that graph's interpreter.
    """

    def __init__(self, plan: Plan, library: Path, name: str, threads: int | None = None) -> None:
        self.plan = plan
        self.graph: Graph | None = None
        self.tested = False
        super().__init__(describe(plan, name), library, weights_of(plan), threads)


def weights_of(plan: Plan) -> Array:
    """The blob of weights at the alignment that kernels ask for."""
    blob = mapped_bytes(plan.weight_bytes)
    for block in plan.blocks:
        data = np.ascontiguousarray(block.array).reshape(-1).view(np.uint8)
        blob[block.offset:block.offset + data.size] = data
    return blob


def load(plan: Plan, compiler: str = "zig", threads: int | None = None,
         flags: Sequence[str] = ()) -> Session:
    """Builds a plan for this machine and loads it.

    Raises:
        TargetError: this machine lacks the target's instructions.
        ToolchainError: the compiler is missing or fails.
    """
    if plan.target.bare_metal or not runs_here(plan.target):
        raise TargetError(
            f"session: network '{plan.name}': expected a target whose code runs on this machine, "
            f"got {plan.target.name}; compile it for 'native', or write a bundle")
    name = c_name(plan.name)
    sources = {**emit(plan, name), BINDING: binding(name)}
    library = build(sources, plan.target, kind="shared", compiler=compiler, flags=flags,
                    baseline=baseline(sources))
    return Session(plan, library, name, threads)
