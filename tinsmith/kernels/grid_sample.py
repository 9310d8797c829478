"""GridSample, plain: the taps of a point are found once and read from all channels."""

from __future__ import annotations

from tinsmith.dtypes import DType
from tinsmith.kernels.kernel import Call, Layouts, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.ops.grid_sample import MAX_SPATIAL, GridSample


class GridSamplePlain(PlainKernel):
    """Any floating-point types, all modes."""

    serves = (GridSample,)

    def lower(self, site: Site, layouts: Layouts) -> Call:
        """Chunks of points."""
        op, x, grid, y = site.op, site.input(0), site.input(1), site.output()
        assert isinstance(op, GridSample)
        axes = x.rank - 2
        points = grid.size // max(axes * x.shape[0], 1)
        chunks = split(x.shape[0] * points, site.options, max(1, 1024 // max(y.shape[1], 1)))
        coordinates = "f64" if grid.dtype is DType.F64 else "f32"
        return Call(
            kernel="grid_sample",
            operands=(0, 1),
            constants=(
                ("n", x.shape[0]), ("c", x.shape[1]), ("points", points), ("axes", axes),
                ("extent", (1,) * (MAX_SPATIAL - axes) + x.shape[2:]),
                ("mode", f"TIN_GRID_{op.mode.upper()}"),
                ("padding", f"TIN_GRID_{op.padding_mode.upper()}"),
                ("align_corners", int(op.align_corners)), ("chunks", chunks)),
            macros=(*element("T", x.dtype), *element("G", grid.dtype),
                    ("G_ROUND", f"tin_round_{coordinates}"),
                    ("G_FLOOR", f"tin_floor_{coordinates}")),
            chunks=chunks,
        )


KERNEL = GridSamplePlain()
