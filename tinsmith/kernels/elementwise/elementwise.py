"""The kernel of all elementwise operators and of their fused chains: one strided loop, any layout.

The expressions come from ``element_code``; here are shapes: what merges, how operands stride.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.ir.op import TensorType
from tinsmith.kernels.elementwise.element_code import Program, program
from tinsmith.kernels.kernel import (
    Call,
    Form,
    Forms,
    Kernel,
    Site,
    plain_forms,
    split,
)
from tinsmith.kernels.work import CALL, arithmetic, instructions, read_again
from tinsmith.ops.elementwise import Elementwise
from tinsmith.ops.fused import Fused

MAX_RANK = 8
MAX_OPERANDS = 16
SMALLEST_CHUNK = 4096
STRIDED = 16  # instructions to gather a lane
BLOCKED = (DType.F32, DType.BF16)  # element types that blocked values have


@dataclass(frozen=True, slots=True)
class Operand:
    """An operand as the loop sees it: strides over the stored shape of the results.

    Attributes:
        position: which input of the node.
        strides: one for each stored axis; 0 along axes that broadcast.
        packed: the array in the kernel's own order, when it is a constant that is packed.
    """

    position: int
    strides: tuple[int, ...]
    packed: Array | None = None


class ElementwiseLoop(Kernel):
    """Any elementwise operator or chain of them, row-major, and blocked where that fits."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Row-major, and channels in blocks when the results and all operands can be."""
        if not isinstance(site.op, Elementwise | Fused):
            return ()
        plain = plain_forms(site)
        blocked = _blocked_forms(site)
        fits = [forms for forms in (plain, blocked)
                if forms is not None and _fits(site, forms)]
        return tuple(fits)

    def cycles(self, site: Site, forms: Forms) -> float:
        """Memory traffic, and the expression."""
        code = program(site)
        stored = _result_form(site, forms).shape(_result(site))
        operands = _operands(site, forms, code)
        elements = math.prod(stored)
        traffic = sum(elements * kind.dtype.size_bytes for kind in site.outputs if kind)
        for operand in operands:
            kind = site.input(operand.position)
            steps = [n for n, stride in zip(stored, operand.strides, strict=True) if stride]
            traffic += math.prod(steps) * kind.dtype.size_bytes
        scalar = code.scalar_instructions + (
            STRIDED if any(_gathers(operand, stored) for operand in operands) else 0)
        return (read_again(site.target, traffic, threads=site.request.threads)
                + arithmetic(site.target, elements, code.vector_instructions)
                + instructions(site.target, elements * scalar + CALL))

    def lower(self, site: Site, forms: Forms) -> Call:
        """Merges axes, decides what chunks divide, and writes the loop's body."""
        code = program(site)
        stored = _result_form(site, forms).shape(_result(site))
        operands = _operands(site, forms, code)
        given = [o for o in operands if o.packed is None]
        ordered = given + [o for o in operands if o.packed is not None]
        extents, strides = merge(stored, [o.strides for o in ordered])
        results = tuple(i for i in range(len(site.outputs)) if site.has_output(i))
        shared = tuple(
            (i, j) for i, operand in enumerate(given) for j, result in enumerate(results)
            if _may_share(site, forms, operand.position, result))
        axis, chunks = _chunks(extents, site)
        return Call(
            kernel="elementwise",
            operands=tuple(o.position for o in given),
            results=results,
            weights=tuple(o.packed for o in ordered if o.packed is not None),
            constants=(("extent", extents), ("stride", tuple(n for row in strides for n in row)),
                       ("split", axis), ("chunks", chunks)),
            macros=code.macros([o.position for o in ordered], results,
                               {ordered.index(given[i]) for i, _ in shared}),
            chunks=chunks,
            in_place=shared,
        )


def merge(
    shape: tuple[int, ...], strides: Sequence[tuple[int, ...]]
) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """Shape and strides with as few axes as they need, filled up with 1 to ``MAX_RANK``.

    The last row of the strides is the results' own: dense over ``shape``. Axes of extent 1 go;
    neighbours merge when every row walks both in one stride. More axes than ``MAX_RANK`` stay.
    """
    dense = _dense(shape)
    rows = [*strides, dense]
    kept: list[int] = []
    columns: list[list[int]] = [[] for _ in rows]
    for axis, extent in enumerate(shape):
        if extent == 1:
            continue
        if kept and all(column[-1] == row[axis] * extent
                        for column, row in zip(columns, rows, strict=True)):
            kept[-1] *= extent
            for column, row in zip(columns, rows, strict=True):
                column[-1] = row[axis]
            continue
        kept.append(extent)
        for column, row in zip(columns, rows, strict=True):
            column.append(row[axis])
    fill = max(MAX_RANK - len(kept), 0)
    return ((1,) * fill + tuple(kept), [(0,) * fill + tuple(column) for column in columns])


def _dense(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(shape[axis + 1:]) for axis in range(len(shape)))


def _broadcast_strides(own: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides over ``shape`` of a dense operand of shape ``own``, which broadcasts to it."""
    fill = len(shape) - len(own)
    strides = (0,) * fill + _dense(own)
    return tuple(0 if n == 1 else stride
                 for n, stride in zip((1,) * fill + own, strides, strict=True))


def _result(site: Site) -> TensorType:
    return next(kind for kind in site.outputs if kind is not None)


def _result_form(site: Site, forms: Forms) -> Form:
    return next(form for form, kind in zip(forms.outputs, site.outputs, strict=True)
                if kind is not None)


def _blocked_forms(site: Site) -> Forms | None:
    """Results in blocks of the target's lanes, and operands as ``_blocked_operand`` says."""
    result, block = _result(site), site.target.lanes
    floats = all(kind is None or kind.dtype in BLOCKED for kind in site.outputs)
    if not (floats and block > 1 and 3 <= result.rank <= 5 and result.size):
        return None
    inputs: list[int] = []
    for i, kind in enumerate(site.inputs):
        if kind is None or site.constant(i) is not None:
            inputs.append(0)
            continue
        channels = kind.shape[1 - result.rank] if kind.rank >= result.rank - 1 else 1
        if channels == result.shape[1] and kind.rank == result.rank and kind.dtype in BLOCKED:
            inputs.append(block)
        elif channels == 1 or result.shape[1] % block == 0:
            inputs.append(0)
        else:
            return None
    return site.in_blocks(inputs, (block,) * len(site.outputs))


def _operands(site: Site, forms: Forms, code: Program) -> list[Operand]:
    """The operands that the code reads, in the order of the node's inputs."""
    result, form = _result(site), _result_form(site, forms)
    found: list[Operand] = []
    for position in code.reads:
        kind, array = site.input(position), site.constant(position)
        if not form.block:
            found.append(Operand(position, _broadcast_strides(kind.shape, result.shape)))
        elif array is None and forms.inputs[position].block:
            stored = forms.inputs[position].shape(kind)
            found.append(Operand(position, _broadcast_strides(stored, form.shape(result))))
        elif array is not None and _channels(kind, result) > 1:
            packed = _pack(array, result.rank, form.block)
            strides = _broadcast_strides(packed.shape, form.shape(result))
            found.append(Operand(position, strides, packed))
        else:
            found.append(Operand(position, _plain_in_blocks(kind, result, form.block)))
    return found


def _channels(kind: TensorType, result: TensorType) -> int:
    return kind.shape[1 - result.rank] if kind.rank >= result.rank - 1 else 1


def _pack(array: Array, rank: int, block: int) -> Array:
    """A constant in blocks, its lanes past the last channel 0."""
    array = array.reshape((1,) * (rank - array.ndim) + array.shape)
    n, c, *spatial = array.shape
    blocks = -(-c // block)
    filled = np.zeros((n, blocks * block, *spatial), array.dtype)
    filled[:, :c] = array
    return np.ascontiguousarray(np.moveaxis(filled.reshape(n, blocks, block, *spatial), 2, -1))


def _plain_in_blocks(kind: TensorType, result: TensorType, block: int) -> tuple[int, ...]:
    """Strides of a row-major operand over blocked results: whole blocks, or one channel."""
    n, c, *spatial = _broadcast_strides(kind.shape, result.shape)
    return (n, c * block, *spatial, c)


def _gathers(operand: Operand, stored: tuple[int, ...]) -> bool:
    """Whether the innermost axis is walked in steps of more than one element."""
    walked = [s for n, s in zip(stored, operand.strides, strict=True) if n > 1]
    return bool(walked) and walked[-1] > 1


def _fits(site: Site, forms: Forms) -> bool:
    """Whether the loop's fixed numbers of axes and operands suffice."""
    code = program(site)
    stored = _result_form(site, forms).shape(_result(site))
    operands = _operands(site, forms, code)
    extents, _ = merge(stored, [o.strides for o in operands])
    return len(extents) <= MAX_RANK and len(operands) <= MAX_OPERANDS


def _may_share(site: Site, forms: Forms, position: int, result: int) -> bool:
    """Whether an operand may lie where a result goes: the same type in the same places."""
    return (site.constant(position) is None and site.input(position) == site.output(result)
            and forms.inputs[position] == forms.outputs[result])


def _chunks(extents: tuple[int, ...], site: Site) -> tuple[int, int]:
    """What chunks divide (see elementwise.h), and how many there are."""
    outer, rows, columns = math.prod(extents[:-2]), extents[-2], extents[-1]
    chunks = split(math.prod(extents), site.request, SMALLEST_CHUNK)
    sizes = (outer, rows, columns)
    axis = next((i for i, size in enumerate(sizes) if size >= chunks), int(np.argmax(sizes)))
    return axis, max(1, min(chunks, sizes[axis]))


KERNEL = ElementwiseLoop()
