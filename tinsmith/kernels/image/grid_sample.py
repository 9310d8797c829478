"""GridSample: the taps of a point are found once and read from all channels.

In blocked layout whole vectors of them; plain for any floating-point types.
"""

from __future__ import annotations

from collections.abc import Sequence

from tinsmith.dtypes import DType
from tinsmith.kernels.kernel import Call, Constant, Forms, Kernel, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.kernels.work import instructions
from tinsmith.ops.grid_sample import MAX_SPATIAL, GridSample

TAP, VECTOR = 60, 6  # instructions to find a tap of a point, to add one of a vector
POINTS_BYTES = 4096  # of results: less is not worth a chunk


class GridSamplePlain(PlainKernel):
    """Any floating-point types, all modes."""

    serves = (GridSample,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks of points."""
        x = site.input(0)
        return Call(
            kernel="grid_sample", operands=(0, 1),
            constants=(("n", x.shape[0]), ("c", x.shape[1]), *_constants(site)),
            macros=(*element("T", x.dtype), ("W", "T_ARITH"), *_grid_macros(site)),
            chunks=_chunks(site))


class GridSampleBlocked(Kernel):
    """float32 images, all modes."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Blocked images, a row-major grid."""
        if not isinstance(site.op, GridSample) or site.input(0).dtype is not DType.F32:
            return ()
        block = site.target.lanes
        return (site.in_blocks((block, 0), (block,)),)

    def cycles(self, site: Site, forms: Forms) -> float:
        """Taps of points, then vectors."""
        taps, blocks = _taps(site), -(-site.input(0).shape[1] // site.target.lanes)
        points = site.input(1).size // max(1, site.input(0).rank - 2)
        return instructions(site.target, points * taps * (TAP + VECTOR * blocks))

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks of points."""
        x = site.input(0)
        return Call(
            kernel="grid_sample_f32", operands=(0, 1),
            constants=(("n", x.shape[0]), ("blocks", -(-x.shape[1] // site.target.lanes)),
                       *_constants(site)),
            macros=(("W", "float"), *_grid_macros(site)),
            chunks=_chunks(site))


def _op(site: Site) -> GridSample:
    assert isinstance(site.op, GridSample)
    return site.op


def _taps(site: Site) -> int:
    """Pixels that a point reads at most."""
    along = {"nearest": 1, "linear": 2, "cubic": 4}[_op(site).mode]
    return int(along ** (site.input(0).rank - 2))


def _chunks(site: Site) -> int:
    """Pieces of all points, none too small."""
    axes, channels = site.input(0).rank - 2, max(site.output().shape[1], 1)
    return split(site.input(1).size // max(axes, 1), site.request,
                 max(1, POINTS_BYTES // 4 // channels))


def _constants(site: Site) -> tuple[tuple[str, Constant], ...]:
    """Fields that both kernels' structs have."""
    op, x = _op(site), site.input(0)
    axes = x.rank - 2
    return (
        ("points", site.input(1).size // max(axes * x.shape[0], 1)), ("axes", axes),
        ("extent", (1,) * (MAX_SPATIAL - axes) + x.shape[2:]),
        ("mode", f"TIN_GRID_{op.mode.upper()}"),
        ("padding", f"TIN_GRID_{op.padding_mode.upper()}"),
        ("align_corners", int(op.align_corners)), ("chunks", _chunks(site)))


def _grid_macros(site: Site) -> tuple[tuple[str, str], ...]:
    """The grid's element type, and how its numbers are rounded."""
    grid = site.input(1).dtype
    kind = "f64" if grid is DType.F64 else "f32"
    return (*element("G", grid), ("G_ROUND", f"tin_round_{kind}"), ("G_FLOOR", f"tin_floor_{kind}"))


KERNELS = (GridSamplePlain(), GridSampleBlocked())
