"""A value, as it is stored, from the memory of one device into that of another.

No header has this name: how bytes travel is the device's own, and its printer writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tinsmith.dtypes import Array
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.kernels.kernel import HOST, Call, Form, Forms, Kernel, Site
from tinsmith.kernels.work import read_again
from tinsmith.request import Request

TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Transfer(Op):
    """The same value elsewhere. Lives only in schedules, never in a graph."""

    source: Form
    target: Form

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The type of the input."""
        return (x,)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """The input."""
        return (x,)


def transfer_site(value: str, kind: TensorType, source: Form, target: Form,
                  request: Request) -> Site:
    """The node that brings a value from one device to another."""
    node = Node(f"{value}@{target.device}", Transfer(source, target), (value,), (value,))
    return Site(node, (kind,), (kind,), (None,), request)


class TransferKernel(Kernel):
    """Between the host and another device, in the same form."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """The one pair that the node asks for."""
        op = site.op
        if (not isinstance(op, Transfer) or HOST not in (op.source.device, op.target.device)
                or replace(op.source, device=op.target.device) != op.target):
            return ()
        return (Forms((op.source,), (op.target,)),)

    def cycles(self, site: Site, forms: Forms) -> float:
        """Some memory traffic."""
        return read_again(site.target, 2 * forms.inputs[0].size_bytes(site.input(0)))

    def lower(self, site: Site, forms: Forms) -> Call:
        """Operand 0 to result 0."""
        return Call(TRANSFER, (0,), constants=(
            ("size_bytes", forms.inputs[0].size_bytes(site.input(0))),))


KERNEL = TransferKernel()


def upload_call(array: Array) -> Call:
    """A weight to result 0."""
    return Call(TRANSFER, (), weights=(array,), constants=(("size_bytes", array.nbytes),))
