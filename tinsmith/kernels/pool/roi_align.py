"""RoiAlign, plain: bin by bin, all channels at once."""

from __future__ import annotations

from tinsmith.dtypes import DType
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.ops.roi_align import MAX_SAMPLES, RoiAlign

NO_MINIMUM = -3.0e38


class RoiAlignPlain(PlainKernel):
    """Any floating-point type, both modes."""

    serves = (RoiAlign,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks of bins."""
        op, x, y = site.op, site.input(0), site.output()
        assert isinstance(op, RoiAlign)
        n, c, h, w = x.shape
        chunks = split(y.size // max(c, 1), site.request)
        return Call(
            kernel="roi_align",
            operands=(0, 1, 2),
            constants=(
                ("images", n), ("c", c), ("h", h), ("w", w), ("regions", y.shape[0]),
                ("bins_h", op.output_height), ("bins_w", op.output_width),
                ("sampling", op.sampling_ratio), ("most", MAX_SAMPLES),
                ("spatial_scale", op.spatial_scale), ("shift", 0.5 if op.half_pixel else 0.0),
                ("smallest", NO_MINIMUM if op.half_pixel else 1.0),
                ("takes_max", int(op.mode == "max")), ("chunks", chunks)),
            macros=(*element("T", x.dtype),
                    ("T_CEIL", "tin_ceil_f64" if x.dtype is DType.F64 else "tin_ceil_f32")),
            scratch_bytes=max(64, 8 * c),
            chunks=chunks,
        )


KERNEL = RoiAlignPlain()
