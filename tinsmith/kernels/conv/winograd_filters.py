"""Filters of Winograd's algorithms: shipped as they are, transformed when a network is loaded."""

from __future__ import annotations

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.kernel import Call, Prepared
from tinsmith.kernels.stored import NAMES, as_halves

SLAB = 16  # input channels of a chunk


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
