"""Nearest and bilinear resampling of rows and columns, float32, in blocked layout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinsmith.dtypes import Array, DType
from tinsmith.kernels.addressing import image, is_image, row_bands, strides
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site
from tinsmith.kernels.work import arithmetic
from tinsmith.ops.resize import Resize, Taps


class Resize2d(Kernel):
    """Resize of the last two axes with one tap each (nearest) or two (linear)."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Blocked in, blocked out."""
        op = site.op
        if not (isinstance(op, Resize) and is_image(site.inputs[0]) and site.input(0).rank == 4
                and site.input(0).dtype is DType.F32 and site.output().size
                and op.mode in ("nearest", "linear") and op.sizes[:2] == site.input(0).shape[:2]
                and all(axis >= 2 for axis in op.resized(site.input(0).shape))):
            return ()
        taps = 1 if op.mode == "nearest" else 2
        for table in _taps(site, op):
            if table.index.shape[1] > taps or table.outside.any() or (
                    not np.allclose(table.weight.sum(1), 1)):
                return ()
        block = site.target.lanes
        return (site.in_blocks((block,), (block,)),)

    def cycles(self, site: Site, forms: Forms) -> float:
        """Two of each row and column, or one, for each vector."""
        return arithmetic(site.target, site.output().size, 4)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Positions and fractions as tables."""
        op = site.op
        assert isinstance(op, Resize)
        x = image(site.input(0), forms.inputs[0])
        y = image(site.output(), forms.outputs[0])
        tables = _taps(site, op)
        linear = op.mode == "linear"
        index = [column for t in tables for column in _columns(t.index, 2 if linear else 1)]
        fraction = [_columns(t.weight, 2)[1] if t.weight.shape[1] > 1 else np.zeros(len(t.weight))
                    for t in tables]
        bands, chunks = row_bands(y.n, -(-y.c // site.target.lanes), y.h, site.request)
        constants: dict[str, Constant] = {
            "kind": "TIN_RESIZE_LINEAR" if linear else "TIN_RESIZE_NEAREST",
            "n": y.n, "channels": y.c, "oh": y.h, "ow": y.w,
            **strides("x", x), **strides("y", y), "bands": bands,
        }
        finish = tuple(f for f in epilogue(None) if f[0] != "residual")
        return Call(
            "resize2d_f32", (0,), chunks=chunks, constants=(*constants.items(), *finish),
            weights=(np.concatenate(index).astype(np.int32),
                     np.concatenate(fraction).astype(np.float32)))


def _taps(site: Site, op: Resize) -> tuple[Taps, Taps]:
    """The tables of rows and columns; an axis that stays reads itself."""
    shape = site.input(0).shape
    changing = op.resized(shape)

    def table(axis: int) -> Taps:
        if axis in changing:
            return op.taps(axis, shape[axis])
        steps = np.arange(shape[axis])
        return Taps(steps[:, None], np.ones((len(steps), 1)), np.zeros(len(steps), bool))

    return table(2), table(3)


def _columns(table: Array, count: int) -> list[Array]:
    """The first ``count`` columns; a missing second one repeats the first."""
    return [table[:, min(i, table.shape[1] - 1)] for i in range(count)]


KERNEL = Resize2d()
