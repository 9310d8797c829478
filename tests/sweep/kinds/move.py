"""Operators that only move elements: Pad, Slice, Transpose, Concat, Split, DepthToSpace ..."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import INTEGERS, Draw
from tests.sweep.trial import EXACT, Single

TYPES = ("float32", "float32", "float32", "float64", "bool", *INTEGERS)


def draw(d: Draw) -> Single:
    """One of them."""
    return d.pick(pad, pad, pad, slice_, slice_, slice_, transpose, concat, split, tile, expand,
                  reshape, depth, depth, reverse_sequence, trilu, one_hot)(d)


def pad(d: Draw) -> Single:
    """All modes; pads may be negative, for some axes."""
    opset, mode = d.pick(11, 13, 18, 19, 22), d.pick("constant", "reflect", "edge", "wrap")
    mode = "edge" if mode == "wrap" and opset < 19 else mode
    x = d.array(d.shape(1, 5, 2, 6), d.pick("float32", "float32", "float64", "int32", "int64",
                                            "uint8", "int8"))
    axes = d.some(range(x.ndim), 1) if opset >= 18 and d.chance(0.5) else list(range(x.ndim))
    named = np.array([a - x.ndim if d.chance(0.3) else a for a in axes], np.int64) \
        if len(axes) < x.ndim or (opset >= 18 and d.chance(0.2)) else None
    most = [x.shape[a] - 1 if mode in ("reflect", "wrap") else 3 for a in axes] * 2
    pads = np.array([d.int(0, m) if d.chance(0.7) else 0 for m in most], np.int64)
    if mode == "constant" and d.chance(0.2):
        pads[d.int(0, len(pads) - 1)] = -1
    value = d.array((), str(x.dtype)) if mode == "constant" and d.chance(0.6) else None
    return Single("Pad", (x, pads, value, named), {"mode": mode}, (1, 2, 3), opset=opset,
                  share=EXACT)


def slice_(d: Draw) -> Single:
    """Starts and ends anywhere, steps both ways."""
    x = d.array(d.shape(1, 5, 1, 9), d.pick(*TYPES))
    axes = d.some(range(x.ndim), 1)
    starts = np.array([d.int(-12, 12) for _ in axes], np.int64)
    steps = np.array([d.pick(1, 1, 2, 3, -1, -2) for _ in axes], np.int64) if d.chance(0.7) \
        else None
    far = (-2**31, 2**31 - 1, 2**63 - 1) if steps is None or steps.min() > 0 else (-2**31,)
    ends = np.array([d.pick(d.int(-12, 12), d.pick(*far)) for _ in axes], np.int64)
    named = np.array([a - x.ndim if d.chance(0.3) else a for a in axes], np.int64)
    if d.chance(0.5):
        named, starts, ends = (v.astype(np.int32) if np.abs(v).max() < 2**31 else v
                               for v in (named, starts, ends))
        if {v.dtype for v in (named, starts, ends)} != {np.dtype(np.int32)}:
            named, starts, ends = (v.astype(np.int64) for v in (named, starts, ends))
        steps = None if steps is None else steps.astype(named.dtype)
    return Single("Slice", (x, starts, ends, named, steps), {}, (1, 2, 3, 4),
                  opset=d.pick(10, 11, 13), share=EXACT)


def transpose(d: Draw) -> Single:
    """Axes in another order."""
    x = d.array(d.shape(1, 6, 1, 5), d.pick(*TYPES))
    attributes = {"perm": d.rng.permutation(x.ndim).tolist()} if d.chance(0.9) else {}
    return Single("Transpose", (x,), attributes, opset=d.pick(11, 13, 21), share=EXACT)


def concat(d: Draw) -> Single:
    """Up to five tensors, some of them empty."""
    shape, kind = list(d.shape(1, 4)), d.pick(*TYPES)
    axis = d.int(0, len(shape) - 1)
    parts = [d.array((*shape[:axis], d.int(0 if d.chance(0.1) else 1, 5), *shape[axis + 1:]), kind)
             for _ in range(d.int(1, 5))]
    return Single("Concat", tuple(parts), {"axis": axis - d.pick(0, len(shape))}, opset=13,
                  share=EXACT)


def split(d: Draw) -> Single:
    """Equal parts or given ones; not all of them asked for."""
    opset, count = d.pick(11, 13, 18), d.int(1, 4)
    shape, parts = list(d.shape(1, 4)), d.ints(count, 1, 4)
    equal = d.chance(0.5)
    parts = [parts[0]] * count if equal else parts
    axis = d.int(0, len(shape) - 1)
    shape[axis] = sum(parts)
    attributes: dict[str, object] = {"axis": axis - d.pick(0, len(shape))}
    sizes = None
    if not equal or d.chance(0.3):
        if opset < 13:
            attributes["split"] = parts
        else:
            sizes = np.array(parts, np.int64)
    elif opset >= 18:
        attributes["num_outputs"] = count
    return Single("Split", (d.array(shape, d.pick(*TYPES)), sizes), attributes, (1,),
                  (True,) * count, opset, EXACT)


def tile(d: Draw) -> Single:
    """Repeats, none of an axis among them."""
    x = d.array(d.shape(1, 4, 1, 4), d.pick(*TYPES))
    return Single("Tile", (x, np.array(d.ints(x.ndim, 1, 3), np.int64)), {}, (1,), opset=13,
                  share=EXACT)


def expand(d: Draw) -> Single:
    """Broadcast both ways."""
    shape = list(d.shape(1, 4, 1, 4))
    target = [n if n > 1 and d.chance(0.5) else (n if n > 1 else d.int(1, 4)) for n in shape]
    target = [1 if d.chance(0.2) else n for n in target]
    front = d.ints(d.int(0, 2), 1, 3)
    return Single("Expand", (d.array(shape, d.pick(*TYPES)),
                             np.array([*front, *target], np.int64)), {}, (1,), opset=13,
                  share=EXACT)


def reshape(d: Draw) -> Single:
    """The same elements in another shape: Reshape, Flatten, Squeeze, Unsqueeze."""
    op = d.pick("Reshape", "Flatten", "Squeeze", "Unsqueeze")
    x = d.array(d.shape(1, 4), d.pick(*TYPES))
    if op == "Flatten":
        return Single(op, (x,), {"axis": d.int(-x.ndim, x.ndim)}, opset=13, share=EXACT)
    if op == "Squeeze":
        ones = [a for a, n in enumerate(x.shape) if n == 1]
        axes = np.array(d.some(ones, 1) if ones else [], np.int64)
        return Single(op, (x, axes if ones and d.chance(0.7) else None), {}, (1,), opset=13,
                      share=EXACT)
    if op == "Unsqueeze":
        rank = x.ndim + d.int(1, 2)
        axes = [a - rank if d.chance(0.3) else a
                for a in d.rng.permutation(rank)[:rank - x.ndim].tolist()]
        return Single(op, (x, np.array(axes, np.int64)), {}, (1,), opset=13, share=EXACT)
    target = [int(v) for v in d.rng.permutation(x.shape)]
    if d.chance(0.5):
        target[d.int(0, x.ndim - 1)] = -1
    elif target[0] == x.shape[0]:
        target[0] = 0
    return Single(op, (x, np.array(target, np.int64)), {}, (1,), opset=14, share=EXACT)


def depth(d: Draw) -> Single:
    """Channels to pixels and back."""
    block = d.int(1, 3)
    if d.chance(0.4):
        shape = (d.int(1, 2), d.int(1, 5), block * d.int(1, 4), block * d.int(1, 4))
        return Single("SpaceToDepth", (d.array(shape),), {"blocksize": block}, opset=13,
                      share=EXACT)
    shape = (d.int(1, 2), block * block * d.int(1, 5), d.int(1, 5), d.int(1, 5))
    return Single("DepthToSpace", (d.array(shape),),
                  {"blocksize": block} | d.attributes(mode=(None, "DCR", "CRD")), opset=13,
                  share=EXACT)


def reverse_sequence(d: Draw) -> Single:
    """The beginnings of rows, backwards."""
    x = d.array(d.shape(2, 4, 1, 6), d.pick("float32", "int64", "uint8"))
    time = d.int(0, 1)
    lengths = d.rng.integers(1, x.shape[time], x.shape[1 - time], endpoint=True)
    return Single("ReverseSequence", (x, lengths.astype(np.int64)),
                  {"time_axis": time, "batch_axis": 1 - time}, opset=10, share=EXACT)


def trilu(d: Draw) -> Single:
    """A triangle of each matrix."""
    x = d.array(d.shape(2, 4, 1, 6), d.pick("float32", "float64", "int64", "bool"))
    k = np.array(d.int(-7, 7), np.int64) if d.chance(0.7) else None
    return Single("Trilu", (x, k), d.attributes(upper=(None, 0, 1)), (1,), opset=14, share=EXACT)


def one_hot(d: Draw) -> Single:
    """Places marked; some lie outside."""
    shape, depth_ = d.shape(1, 3), d.int(2, 6)
    places = d.rng.integers(-depth_, depth_, shape)
    kind = d.pick("float32", "int64")
    return Single("OneHot", (places.astype(np.int64), np.array(depth_, np.int64),
                             np.array([0, 3], kind)),
                  {"axis": d.int(-len(shape) - 1, len(shape))}, (1,), opset=11, share=EXACT)
