"""How the rows of a convolution are shared among threads, and its weights asked for ahead."""

from __future__ import annotations

from tinsmith.dtypes import DType
from tinsmith.kernels.addressing import Image, row_bands
from tinsmith.kernels.kernel import Site
from tinsmith.targets import Target

AHEAD_SHARE = {DType.F32: 2 / 3, DType.BF16: 1 / 12}
"""Of the first cache: groups of fewer weights come in time by themselves."""


def bands(site: Site, pointwise: bool, y: Image, others: int, p: int) -> tuple[int, int]:
    """Bands of rows (or, of one long row, of tiles) and chunks, so that every thread finds work."""
    return row_bands(y.n, others, rows_of(pointwise, y, p), site.request, weights_are_near(site))


def rows_of(pointwise: bool, y: Image, p: int) -> int:
    """What bands are made of: rows, or the tiles of one long row."""
    return -(-y.d * y.h * y.w // p) if pointwise else y.d * y.h


def weights_are_near(site: Site, times: int = 1) -> bool:
    """Whether weights, stored as the images are, are at most so many times as large as these."""
    x = site.input(0)
    weights = site.input(1).size * x.dtype.size_bytes
    return weights <= times * (x.size_bytes + site.output().size_bytes)


def ahead(target: Target, dtype: DType, group_bytes: int, floats: int, runs: int) -> int:
    """Floats of the next group's weights that each step of a register tile asks for.

    A step reads so many floats of this group's weights; the chunk has so many register tiles. All
    have come when the chunk is done; 0 where the group is small or its tiles are many.
    """
    if group_bytes < target.model.l1d.size_bytes * AHEAD_SHARE[dtype] or runs > 2 * floats:
        return 0
    return -(-floats // runs)
