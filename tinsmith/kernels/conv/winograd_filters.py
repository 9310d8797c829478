"""Filters of Winograd's algorithms: as they are, transformed when a network is loaded, or before.

They grow, fourfold for F(4x4, 3x3), so they are shipped as they are and transformed at load, but
where memory is scarce. bfloat16's are shipped transformed: they are rounded together.
"""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.conv.pack import pack, segments
from tinsmith.kernels.conv.winograd_algorithms import FACTORS, Algorithm, coupling
from tinsmith.kernels.kernel import Call, Prepared
from tinsmith.kernels.stored import NAMES, as_halves

SLAB = 16  # input channels of a chunk of the preparation


def prepared_filters(filters: Array, g: Array, ic: int, blocks: int, lanes: int,
                     tile_b: int) -> Prepared:
    """Filters that become [oc group][in^2][ic][B][lanes].

    Args:
        filters: as [oc group][ic][taps^2][B][lanes]; stored as halves if these hold them exactly.
        g: the transform, [in][taps].
        ic: input channels.
        blocks: vectors of output channels.
        lanes: of a vector.
        tile_b: vectors of an oc group.
    """
    elements, taps = g.shape
    rows = ", ".join(
        "{" + ", ".join(f"{float(np.float32(v))!r}f" for v in row) + "}" for row in g)
    halves = as_halves(filters)
    stored = filters if halves is None else halves
    call = Call(
        kernel="winograd_filters",
        operands=(),
        weights=(stored,),
        constants=(("in", elements), ("taps", taps), ("ic", ic), ("blocks", blocks),
                   ("tile_b", tile_b), ("stored", NAMES[DType.of(stored)])),
        macros=(("MATRIX", "{" + rows + "}"),),
        chunks=-(-blocks // tile_b) * -(-ic // SLAB))
    return Prepared(call, 4 * elements**2 * ic * blocks * lanes)


def pack_as_is(w: Array, lanes: int, tile_b: int) -> Array:
    """Weights as [oc group][ic][kh][kw][B][lanes], zero-padded."""
    oc, ic, kh, kw = w.shape
    taps = w.reshape(oc, ic * kh * kw, 1, 1)
    return pack(taps, segments(ic * kh * kw, 1, ic * kh * kw, 1), lanes, tile_b)


def pack_transformed(algorithm: Algorithm, w: Array, lanes: int, tile_b: int,
                     inner: int = 1) -> Array:
    """Transformed weights as [oc group][elements][ceil(ic / inner)][B][lanes][inner], zero-padded.

    In the type that the algorithm stores.
    """
    (oc, ic, *_), g, count = w.shape, algorithm.matrices.g, algorithm.elements
    elements = (g @ w.astype(np.float64) @ g.T).astype(np.float32).reshape(oc, ic, count)
    if algorithm.stored is DType.BF16:
        flat = np.ascontiguousarray(elements.reshape(-1, count).T)
        elements = rounded(flat, coupling(algorithm)).T.reshape(oc, ic, count)
    even = -(-ic // inner) * inner
    filters = np.zeros((oc, count, even), elements.dtype)
    filters[:, :, :ic] = elements.transpose(0, 2, 1)
    runs = filters.reshape(oc, count * even, 1, 1)
    return pack(runs, segments(count * even, 1, count * even, inner), lanes, tile_b)


def turns(filters: Array, groups: int, ready: int) -> tuple[Array, Array]:
    """Filters [oc group, ...] as lean ones and ready ones of each part, which take turns.

    A part is so many groups; the last ``ready`` ones of even parts and the first of odd ones.
    """
    parts = filters.reshape(-1, 2, groups, *filters.shape[1:])
    even, odd = parts[:, 0], parts[:, 1]
    lean = np.stack([even[:, :-ready], odd[:, ready:]], 1)
    early = np.stack([even[:, -ready:], odd[:, :ready]], 1)
    return lean.ravel(), early.ravel()


def lean_matrix(algorithm: Algorithm) -> Array:
    """G without the factors that the inputs have instead."""
    matrix: Array = algorithm.matrices.g / FACTORS[:, None]
    return matrix


def squares(w: Array, step: int) -> Array:
    """Weights [M, C, kh, kw] of a stride as those of stride 1 on squares of step x step pixels.

    [M, C step step, ceil(kh / step), ceil(kw / step)], channels as [C][row][column]; the taps
    that the filter does not have are 0.
    """
    m, c, kh, kw = w.shape
    th, tw = -(-kh // step), -(-kw // step)
    whole = np.zeros((m, c, th * step, tw * step), w.dtype)
    whole[:, :, :kh, :kw] = w
    return whole.reshape(m, c, th, step, tw, step).transpose(0, 1, 3, 5, 2, 4).reshape(
        m, c * step * step, th, tw)


def rounded(elements: Array, coupled: Array) -> Array:
    """Transformed filters [elements, ...] as bfloat16, each rounded up or down.

    One after the other, so that the filter that all together stand for errs least: the errors'
    effect on a tile is their product with ``coupled``. A third less noise than rounding each to the
    nearest.
    """
    bits = elements.view(np.uint32)
    low = (bits & np.uint32(0xffff0000)).view(np.float32)
    high = ((bits & np.uint32(0xffff0000)) + np.uint32(0x10000)).view(np.float32)
    low_error, high_error = low - elements, high - elements
    nearest = elements.astype(DType.BF16.numpy)
    error = nearest.astype(np.float32) - elements
    for e, weights in enumerate(coupled):
        pull = sum((weights[i] / weights[e] * error[i] for i in np.flatnonzero(weights) if i != e),
                   start=np.float32(0))
        up = np.abs(high_error[e] + pull) < np.abs(low_error[e] + pull)
        nearest[e] = np.where(up, high[e], low[e])
        error[e] = np.where(up, high_error[e], low_error[e])
    return nearest
