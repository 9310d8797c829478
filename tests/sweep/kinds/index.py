"""Gather and Scatter and their families."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.trial import EXACT, NEAR, Single
from tinsmith.dtypes import Array

TYPES = ("float32", "float32", "float64", "int32", "int64", "uint8", "int8", "bool")


def draw(d: Draw) -> Single:
    """One of them."""
    return d.pick(gather, gather_elements, gather_nd, scatter_elements, scatter_nd)(d)


def places(d: Draw, shape: tuple[int, ...], extent: int) -> Array:
    """Indices of an axis, counted from either end."""
    kind = d.pick(np.int32, np.int64)
    return np.asarray(d.rng.integers(-extent, extent, shape).astype(kind))


def gather(d: Draw) -> Single:
    """Whole slices."""
    x = d.array(d.shape(1, 4), d.pick(*TYPES))
    axis = d.int(0, x.ndim - 1)
    indices = places(d, d.shape(0, 3, 1, 4), x.shape[axis])
    return Single("Gather", (x, indices), {"axis": axis - d.pick(0, x.ndim)},
                  opset=d.pick(11, 13), share=EXACT)


def gather_elements(d: Draw) -> Single:
    """Single elements along an axis."""
    x = d.array(d.shape(1, 4), d.pick(*TYPES))
    axis = d.int(0, x.ndim - 1)
    shape = tuple(d.int(1, 7) if a == axis else d.int(1, n) for a, n in enumerate(x.shape))
    return Single("GatherElements", (x, places(d, shape, x.shape[axis])),
                  {"axis": axis - d.pick(0, x.ndim)}, opset=13, share=EXACT)


def coordinates(d: Draw, shape: tuple[int, ...], front: tuple[int, ...], depth: int,
                apart: bool = False) -> Array:
    """Tuples of ``depth`` indices; no two alike where they must be ``apart``."""
    count = int(np.prod(front))
    cells = int(np.prod(shape[:depth]))
    flat = d.rng.permutation(cells)[:count] if apart else d.rng.integers(0, cells, count)
    found = np.stack(np.unravel_index(flat, shape[:depth]), -1)
    return found.reshape(*front, depth).astype(np.int64)


def gather_nd(d: Draw) -> Single:
    """Slices at tuples of indices, for each of a batch."""
    x = d.array(d.shape(2, 4), d.pick(*TYPES))
    batch = d.int(0, x.ndim - 2) if d.chance(0.4) else 0
    depth = d.int(1, x.ndim - batch)
    front = (*x.shape[:batch], *d.shape(0 if batch else 1, 2, 1, 4))
    indices = coordinates(d, x.shape[batch:], front, depth)
    return Single("GatherND", (x, indices), {"batch_dims": batch} if batch else {}, opset=13,
                  share=EXACT)


def scatter_elements(d: Draw) -> Single:
    """Single elements replaced, added to, multiplied, or compared."""
    opset = d.pick(11, 16, 18)
    reductions = {11: (None,), 16: (None, "none", "add", "mul"),
                  18: (None, "none", "add", "mul", "max", "min")}[opset]
    attributes = d.attributes(reduction=reductions)
    x = d.array(d.shape(1, 4), d.pick("float32", "float32", "int32", "int64"))
    axis = d.int(0, x.ndim - 1)
    reduces = attributes.get("reduction", "none") != "none"
    shape = tuple(d.int(1, n) for n in x.shape)
    indices = places(d, shape, x.shape[axis])
    if not reduces:  # no place twice
        order = np.argsort(d.rng.random((*shape[:axis], x.shape[axis], *shape[axis + 1:])), axis)
        indices = np.take(order, range(shape[axis]), axis).astype(np.int64)
    return Single("ScatterElements", (x, indices, d.array(shape, str(x.dtype))),
                  attributes | {"axis": axis - d.pick(0, x.ndim)}, opset=opset, share=NEAR)


def scatter_nd(d: Draw) -> Single:
    """Slices replaced at tuples of indices."""
    opset = d.pick(11, 16, 18)
    reductions = {11: (None,), 16: (None, "none", "add", "mul"),
                  18: (None, "none", "add", "mul", "max", "min")}[opset]
    attributes = d.attributes(reduction=reductions)
    x = d.array(d.shape(1, 4, 2, 6), d.pick("float32", "float32", "int32", "int64"))
    depth = d.int(1, x.ndim)
    count = d.int(1, min(6, int(np.prod(x.shape[:depth]))))
    apart = attributes.get("reduction", "none") == "none"
    indices = coordinates(d, x.shape, (count,), depth, apart)
    updates = d.array((count, *x.shape[depth:]), str(x.dtype))
    return Single("ScatterND", (x, indices, updates), attributes, opset=opset, share=NEAR)
