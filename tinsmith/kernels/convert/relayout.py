"""Conversion of a value between forms: row-major or in blocks, float32 or a half type."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.kernels.kernel import Call, Constant, Form, Forms, Kernel, Lowered, Site, View, split
from tinsmith.kernels.plain import bits, element
from tinsmith.kernels.work import instructions, overlapped, read_again
from tinsmith.ops.cast import convert
from tinsmith.request import Request

FLOATS = (DType.F32, DType.F16, DType.BF16)
WORD_BYTES = 4  # of the elements that whole vectors move
INSTRUCTIONS = 8  # for an element that goes alone


@dataclass(frozen=True, slots=True)
class Relayout(Op):
    """The same value in another form. Lives only in schedules, never in a graph."""

    source: Form
    target: Form

    def infer(self, x: TensorType) -> tuple[TensorType]:  # type: ignore[override]
        """The type of the input."""
        return (x,)

    def reference(self, x: Array) -> tuple[Array]:  # type: ignore[override]
        """The input, rounded to what the target holds."""
        return (convert(convert(x, self.target.dtype), DType.of(x)),)


def relayout_site(value: str, kind: TensorType, source: Form, target: Form,
                  request: Request) -> Site:
    """The node that brings a value from one form into another."""
    words = [] if source.dtype is target.dtype else [target.dtype.short]
    words += [str(target.block)] if target.block else [] if words else ["plain"]
    node = Node(f"{value}@{'.'.join(words)}", Relayout(source, target), (value,), (value,))
    return Site(node, (kind,), (kind,), (None,), request)


def blocked(array: Array, block: int) -> Array:
    """A row-major array [N, C, ...] in blocked order; pad lanes are zero."""
    n, c, *spatial = array.shape
    blocks = -(-c // block)
    padded = np.zeros((n, blocks * block, *spatial), array.dtype)
    padded[:, :c] = array
    split_channels = padded.reshape(n, blocks, block, *spatial)
    return np.ascontiguousarray(np.moveaxis(split_channels, 2, -1))


def is_possible(kind: TensorType, source: Form, target: Form) -> bool:
    """Whether there is code for a conversion."""
    def known(form: Form) -> bool:
        return (form.inner == 1 and form.order == "chw" and form.quantization is None
                and (not form.block or kind.rank >= 2))

    same = source.dtype is target.dtype or (source.dtype in FLOATS and target.dtype in FLOATS)
    return same and source.device == target.device and known(source) and known(target)


def same_bytes(kind: TensorType, source: Form, target: Form) -> bool:
    """Whether a value is stored alike in two forms: one pixel and whole blocks, in any blocks."""
    def plain(form: Form) -> bool:
        return not form.block or (
            kind.size == kind.shape[0] * kind.shape[1] and kind.shape[1] % form.block == 0)

    return source == target or (source.dtype is target.dtype and plain(source) and plain(target))


class RelayoutKernel(Kernel):
    """Any two forms that ``is_possible`` knows; whole vectors of words to and from their blocks."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """The one pair that the node asks for."""
        op = site.op
        if not isinstance(op, Relayout) or not is_possible(site.input(0), op.source, op.target):
            return ()
        return (Forms((op.source,), (op.target,)),)

    def cycles(self, site: Site, forms: Forms) -> float:
        """Of shuffles, or of each element alone; none where nothing has to move."""
        kind, source, target = site.input(0), forms.inputs[0], forms.outputs[0]
        if same_bytes(kind, source, target):
            return 0.0
        lanes = site.target.lanes
        work = (kind.size / lanes * (math.log2(lanes) + 2) if moves_vectors(site, source, target)
                else instructions(site.target, INSTRUCTIONS * kind.size))
        size_bytes = source.size_bytes(kind) + target.size_bytes(kind)
        return overlapped(site.target, work,
                          read_again(site.target, size_bytes, threads=site.request.threads))

    def lower(self, site: Site, forms: Forms) -> Lowered:
        """[N, C, pixels] from and to blocks of channels."""
        kind, source, target = site.input(0), forms.inputs[0], forms.outputs[0]
        if same_bytes(kind, source, target):
            return (View(0, 0),)
        n, c, *spatial = kind.shape if kind.rank > 1 else (1, kind.size)
        pixels = math.prod(spatial)
        width = math.lcm(source.block or 1, target.block or 1)
        chunks = split(n * -(-c // width), site.request, max(1, 4096 // max(1, pixels * width)))
        sizes: tuple[tuple[str, Constant], ...] = (("n", n), ("c", c), ("pixels", pixels))
        if moves_vectors(site, source, target):
            return Call("relayout_to_blocked" if target.block else "relayout_to_plain", (0,),
                        constants=(*sizes, ("block", width), ("chunks", chunks)), chunks=chunks)
        macros = ((*bits("S", source.dtype), *bits("D", target.dtype), ("S_LOAD", ""),
                   ("D_STORE", "")) if source.dtype is target.dtype else
                  (*element("S", source.dtype), *element("D", target.dtype)))
        return Call("relayout", (0,), constants=(
            *sizes, ("source", source.block), ("target", target.block), ("width", width),
            ("chunks", chunks)), macros=macros, chunks=chunks)


def moves_vectors(site: Site, source: Form, target: Form) -> bool:
    """Whether whole vectors of words go from rows to blocks of the target's lanes, or back."""
    blocks = sorted((source.block, target.block))
    return (source.dtype is target.dtype and source.dtype.size_bytes == WORD_BYTES
            and blocks == [0, site.target.lanes])


KERNEL = RelayoutKernel()
