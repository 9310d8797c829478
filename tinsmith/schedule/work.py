"""What `choose` gives: a list of kernel calls with the stored values that they read and write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op
from tinsmith.kernels.kernel import HOST, Form, Forms, Kernel, Lowered, Site, Variant
from tinsmith.request import Request


@dataclass(frozen=True, slots=True)
class Stored:
    """A value in one form: what a buffer holds."""

    value: str
    form: Form


@dataclass(frozen=True, slots=True)
class Choice:
    """A kernel for a site, with forms, and the variant in the site.

    ``seconds``: until it is done, as measured or else estimated.
    """

    site: Site
    kernel: Kernel
    forms: Forms
    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """One node (or conversion) with its kernel's answer.

    ``cost``: the seconds that one core is estimated to take. ``choice`` is how it was chosen; None
    for a conversion.
    """

    name: str
    op: Op
    lowered: Lowered
    reads: tuple[Stored | None, ...]
    writes: tuple[Stored | None, ...]
    origin: tuple[str, ...]
    macs: int = 0
    cost: float = 0.0
    choice: Choice | None = None

    @property
    def device(self) -> str:
        """What runs it: the one that is not the host, where some of it lies there."""
        devices = [s.form.device for s in (*self.reads, *self.writes) if s]
        return next((device for device in devices if device != HOST), HOST)


class Timings(Protocol):
    """What was measured of kernels at sites."""

    def best(self, site: Site, kernel: Kernel, forms: Forms) -> tuple[float, Variant] | None:
        """Seconds until the kernel is done in its best variant; None: not measured."""


class Untimed:
    """Nothing was measured: every kernel costs what it says."""

    def best(self, site: Site, kernel: Kernel, forms: Forms) -> tuple[float, Variant] | None:
        """None."""
        return None


UNTIMED = Untimed()


def elapsed(cost: float, request: Request) -> float:
    """Seconds until work is done that one core does in ``cost``, where all threads may share it.

    They do where that is quicker than doing it alone; so a measured time of a step, which all
    threads of the request worked at, and an estimated one are of the same thing.
    """
    return min(cost, cost / request.threads + request.target.model.share_s)


def seconds_of(kernel: Kernel, site: Site, forms: Forms,
               timings: Timings) -> tuple[float, Variant]:
    """Seconds until a kernel is done, and in which variant: as measured, or else as estimated."""
    return timings.best(site, kernel, forms) or (elapsed(kernel.cost(site, forms), site.request),
                                                 ())


def site_of(graph: Graph, node: Node, request: Request) -> Site:
    """The node with all that a kernel may ask about it."""
    return Site(node, graph.input_types(node), graph.output_types(node),
                tuple(graph.constant(v) if v else None for v in node.inputs), request)
