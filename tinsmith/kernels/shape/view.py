"""Views: nodes whose output lies inside an input, or whose inputs lie inside the output.

Reshape and Identity share their input's memory. A Slice does where what it takes is contiguous,
and Concat lets its inputs be written side by side where that is their order in memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tinsmith.ir.op import TensorType
from tinsmith.kernels.kernel import (
    Form,
    Forms,
    Gather,
    Kernel,
    Lowered,
    Site,
    View,
)
from tinsmith.ops.concat import Concat
from tinsmith.ops.identity import Identity
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.slice import Slice


class ViewKernel(Kernel):
    """Whatever costs nothing, in every layout in which it does."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Row-major, and blocked for elements of 16 or 32 bits with channels."""
        if not isinstance(site.op, Reshape | Identity | Slice | Concat):
            return ()
        kinds = [kind for kind in (*site.inputs, *site.outputs) if kind]
        choices = [0]
        if all(kind.rank >= 2 and kind.dtype.size_bytes in (2, 4) for kind in kinds):
            choices.append(site.target.lanes)
        return tuple(
            site.in_blocks((block,) * len(site.inputs), (block,) * len(site.outputs))
            for block in choices if _is_view(site, Form(block=block)))

    def cycles(self, site: Site, forms: Forms) -> float:
        """Nothing runs."""
        return 0.0

    def lower(self, site: Site, forms: Forms) -> Lowered:
        """The place of the output in the input, or of the inputs in the output."""
        form, op = forms.outputs[0], site.op
        if isinstance(op, Slice):
            return (View(0, 0, _slice_offset(op, site.input(0), form)),)
        if isinstance(op, Concat):
            return Gather(tuple(_parts(op, site, form)))
        return (View(0, 0),)


def _is_view(site: Site, form: Form) -> bool:
    """Whether the node's operator is one of places only in this layout."""
    op = site.op
    if isinstance(op, Reshape):
        x, y = site.input(0), site.output()
        return not form.block or x.shape[:2] == y.shape[:2]
    if isinstance(op, Slice):
        return _slice_is_contiguous(op, site.input(0), form)
    if isinstance(op, Concat):
        return _concat_is_contiguous(op, site, form)
    return True


def _stored(op: Slice, x: TensorType, form: Form) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """First places and sizes of a slice in the stored axes."""
    if not form.block:
        return op.starts, op.sizes
    first, count = op.starts[1] // form.block, -(-op.sizes[1] // form.block)
    return ((op.starts[0], first, *op.starts[2:], 0),
            (op.sizes[0], count, *op.sizes[2:], form.block))


def _slice_is_contiguous(op: Slice, x: TensorType, form: Form) -> bool:
    """Steps of 1, and one place only on each axis before the one that is cut."""
    if any(step != 1 and size > 1 for step, size in zip(op.steps, op.sizes, strict=True)):
        return False
    if form.block and op.starts[1] % form.block:
        return False
    cut = False
    _, sizes = _stored(op, x, form)
    for size, extent in zip(reversed(sizes), reversed(form.shape(x)), strict=True):
        if cut and size > 1:
            return False
        cut = cut or size != extent
    return True


def _slice_offset(op: Slice, x: TensorType, form: Form) -> int:
    """Bytes before the first element taken."""
    offset = 0
    starts, _ = _stored(op, x, form)
    for start, extent in zip(starts, form.shape(x), strict=True):
        offset = offset * extent + start
    return offset * x.dtype.size_bytes if math.prod(op.sizes) else 0


def _concat_is_contiguous(op: Concat, site: Site, form: Form) -> bool:
    """One place only on each axis before; whole blocks of channels but in the last input."""
    y = site.output()
    if math.prod(y.shape[:op.axis]) != 1 and y.size:
        return False
    if not form.block or op.axis != 1:
        return True
    return all(site.input(i).shape[1] % form.block == 0 for i in range(len(site.inputs) - 1))


def _parts(op: Concat, site: Site, form: Form) -> Iterator[tuple[int, int]]:
    """Each input with its offset in bytes."""
    offset = 0
    for i in range(len(site.inputs)):
        yield i, offset
        offset += form.size_bytes(site.input(i))


KERNEL = ViewKernel()
