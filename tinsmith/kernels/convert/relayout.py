"""Conversion of a value between row-major and blocked layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op, TensorType
from tinsmith.kernels.kernel import Call, Constant, Form, Forms, Kernel, Site, split
from tinsmith.kernels.work import moved
from tinsmith.request import Request

INSTRUCTIONS = 4  # for four bytes
HALF_BYTES = 2


@dataclass(frozen=True, slots=True)
class Relayout(Op):
    """The same value in another layout. Lives only in schedules, never in a graph."""

    source: Form
    target: Form

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The type of the input."""
        return (x,)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """The input."""
        return (x,)


def blocked(array: Array, block: int) -> Array:
    """A row-major array [N, C, ...] in blocked order; pad lanes are zero."""
    n, c, *spatial = array.shape
    blocks = -(-c // block)
    padded = np.zeros((n, blocks * block, *spatial), array.dtype)
    padded[:, :c] = array
    split_channels = padded.reshape(n, blocks, block, *spatial)
    return np.ascontiguousarray(np.moveaxis(split_channels, 2, -1))


def same_order(kind: TensorType, form: Form) -> bool:
    """Whether a value is stored the same in ``form`` and row-major: one pixel, whole blocks."""
    return not form.block or (
        kind.size == kind.shape[0] * kind.shape[1] and kind.shape[1] % form.block == 0)


def relayout_cycles(request: Request, kind: TensorType) -> float:
    """Cycles of one core to bring a value into another layout."""
    count = INSTRUCTIONS * kind.size_bytes / 4
    return moved(request.target, kind.size_bytes, count, request.threads)


class RelayoutKernel(Kernel):
    """Row-major to blocked and back, elements of 32 or 16 bits."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """The one pair that the node asks for."""
        if not isinstance(site.op, Relayout):
            return ()
        return (Forms((site.op.source,), (site.op.target,)),)

    def cycles(self, site: Site, forms: Forms) -> float:
        """Moves each element to another place."""
        return relayout_cycles(site.request, site.input(0))

    def lower(self, site: Site, forms: Forms) -> Call:
        """[N, C, pixels] to [N, C / block, pixels, block] or back."""
        assert isinstance(site.op, Relayout)
        source, target = site.op.source, site.op.target
        n, c, *spatial = site.input(0).shape
        pixels = int(np.prod(spatial, dtype=np.int64))
        block = source.block or target.block
        chunks = split(n * -(-c // block), site.request, max(1, 4096 // max(1, pixels * block)))
        to_plain = target.row_major
        constants: tuple[tuple[str, Constant], ...] = (
            ("n", n), ("c", c), ("pixels", pixels), ("block", block), ("chunks", chunks))
        if site.input(0).dtype.size_bytes == HALF_BYTES:
            return Call("relayout_halves", (0,), chunks=chunks,
                        constants=(*constants, ("to_plain", int(to_plain))))
        return Call("relayout_to_plain" if to_plain else "relayout_to_blocked", (0,),
                    constants=constants, chunks=chunks)


KERNEL = RelayoutKernel()
