"""DeformConv, plain: strips of sixteen outputs."""

from __future__ import annotations

from tinsmith.dtypes import DType
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.ops.deform_conv import DeformConv

STRIP = 16


class DeformConvPlain(PlainKernel):
    """Any floating-point type, any groups."""

    serves = (DeformConv,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks of strips."""
        op, x, w, y = site.op, site.input(0), site.input(1), site.output()
        assert isinstance(op, DeformConv)
        strips = y.shape[0] * y.shape[2] * -(-y.shape[3] // STRIP)
        chunks = split(strips, site.request)
        return Call(
            kernel="deform_conv",
            operands=(0, 1, 2, 3 if site.has_input(3) else -1, 4 if site.has_input(4) else -1),
            constants=(
                ("n", x.shape[0]), ("c", x.shape[1]), ("h", x.shape[2]), ("w", x.shape[3]),
                ("m", y.shape[1]), ("oh", y.shape[2]), ("ow", y.shape[3]),
                ("kernel", w.shape[2:]), ("stride", op.strides), ("pad", op.pads[:2]),
                ("dilation", op.dilations), ("groups", op.group),
                ("offset_groups", op.offset_group), ("chunks", chunks),
                ("has_bias", int(site.has_input(3))), ("has_mask", int(site.has_input(4)))),
            macros=(*element("T", x.dtype),
                    ("T_FLOOR", "tin_floor_f64" if x.dtype is DType.F64 else "tin_floor_f32")),
            scratch_bytes=max(64, x.shape[1] * w.shape[2] * w.shape[3] * STRIP * 8),
            chunks=chunks,
        )


KERNEL = DeformConvPlain()
