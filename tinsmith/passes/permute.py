"""What an operator becomes when the axes of its operands and results stand in another order.

``perm`` is that of a Transpose: axis i of the new value is axis ``perm[i]`` of the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias, TypeVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import Op
from tinsmith.ops.along_axis import AlongAxis
from tinsmith.ops.concat import Concat
from tinsmith.ops.cumulate import Cumulate
from tinsmith.ops.elementwise import Elementwise
from tinsmith.ops.expand import Expand, Tile
from tinsmith.ops.identity import Identity
from tinsmith.ops.pad import Pad
from tinsmith.ops.quantize_linear import Scaled
from tinsmith.ops.reduce import Reduce
from tinsmith.ops.resize import Resize
from tinsmith.ops.slice import Slice
from tinsmith.ops.topk import ArgReduce, TopK

Perm: TypeAlias = tuple[int, ...]
T = TypeVar("T")


def inverse(perm: Perm) -> Perm:
    """The order that undoes ``perm``."""
    return tuple(perm.index(axis) for axis in range(len(perm)))


def keeps_memory(perm: Perm, shape: tuple[int, ...]) -> bool:
    """Whether a Transpose of this shape moves axes of extent 1 only, and so no element."""
    moved = [axis for axis in perm if shape[axis] != 1]
    return moved == sorted(moved)


def permuted(op: Op, perm: Perm) -> Op | None:
    """The operator that does in the new order what ``op`` does; None if it does not know."""
    for kind, change in _CHANGES.items():
        if isinstance(op, kind):
            return change(op, perm)
    return None


def permuted_constant(op: Op, array: Array, perm: Perm) -> Array:
    """A constant that ``op`` read with the old values, made to be read with the new ones."""
    if array.size == 1 or isinstance(op, Scaled):
        return array
    full = array.reshape((1,) * (len(perm) - array.ndim) + array.shape)
    return np.ascontiguousarray(full.transpose(perm))


def _entries(values: tuple[T, ...], perm: Perm) -> tuple[T, ...]:
    return tuple(values[axis] for axis in perm)


def _same(op: Op, perm: Perm) -> Op:
    return op


def _axis(op: Op, perm: Perm) -> Op:
    assert isinstance(op, Concat | AlongAxis | Cumulate | TopK)
    return replace(op, axis=perm.index(op.axis))


def _place(op: Op, perm: Perm) -> Op | None:
    assert isinstance(op, ArgReduce)
    return replace(op, axis=perm.index(op.axis)) if op.keepdims else None


def _scaled(op: Op, perm: Perm) -> Op | None:
    assert isinstance(op, Scaled)
    return None if op.block_size else replace(op, axis=perm.index(op.axis))


def _reduce(op: Op, perm: Perm) -> Op | None:
    assert isinstance(op, Reduce)
    axes = tuple(sorted(perm.index(axis) for axis in op.axes))
    return replace(op, axes=axes) if op.keepdims else None


def _pad(op: Op, perm: Perm) -> Op:
    assert isinstance(op, Pad)
    return replace(op, before=_entries(op.before, perm), after=_entries(op.after, perm))


def _slice(op: Op, perm: Perm) -> Op:
    assert isinstance(op, Slice)
    return Slice(_entries(op.starts, perm), _entries(op.sizes, perm), _entries(op.steps, perm))


def _resize(op: Op, perm: Perm) -> Op:
    assert isinstance(op, Resize)
    rank = len(perm)
    roi = (*_entries(op.roi[:rank], perm), *_entries(op.roi[rank:], perm)) if op.roi else ()
    return replace(op, sizes=_entries(op.sizes, perm), scales=_entries(op.scales, perm), roi=roi)


def _tile(op: Op, perm: Perm) -> Op:
    assert isinstance(op, Tile)
    return Tile(_entries(op.repeats, perm))


def _expand(op: Op, perm: Perm) -> Op | None:
    assert isinstance(op, Expand)
    return Expand(_entries(op.shape, perm)) if len(op.shape) == len(perm) else None


_CHANGES: Mapping[type[Op], Callable[[Op, Perm], Op | None]] = {
    Elementwise: _same,
    Identity: _same,
    Concat: _axis,
    AlongAxis: _axis,
    Cumulate: _axis,
    TopK: _axis,
    ArgReduce: _place,
    Scaled: _scaled,
    Reduce: _reduce,
    Pad: _pad,
    Slice: _slice,
    Resize: _resize,
    Tile: _tile,
    Expand: _expand,
}
