"""Col2Im, plain: pixel by pixel."""

from __future__ import annotations

from tinsmith.dtypes import DType
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.kernels.strides import filled
from tinsmith.ops.col2im import MAX_SPATIAL, Col2Im

UNSIGNED = {DType.I8: DType.U8, DType.I16: DType.U16, DType.I32: DType.U32, DType.I64: DType.U64}


class Col2ImPlain(PlainKernel):
    """Any numbers, up to three axes."""

    serves = (Col2Im,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks of rows of pixels."""
        op, x, y = site.op, site.input(0), site.output()
        assert isinstance(op, Col2Im)
        axes = len(op.image_shape)
        rows = y.size // max(op.image_shape[-1], 1)
        chunks = split(rows, site.request, max(1, 1024 // max(op.image_shape[-1], 1)))
        return Call(
            kernel="col2im",
            operands=(0,),
            constants=(
                ("planes", y.shape[0] * y.shape[1]),
                ("image", filled(op.image_shape, 1, MAX_SPATIAL)),
                ("block", filled(op.block_shape, 1, MAX_SPATIAL)),
                ("patches", filled(op.patches(), 1, MAX_SPATIAL)),
                ("stride", filled(op.strides, 1, MAX_SPATIAL)),
                ("pad", filled(op.pads[:axes], 0, MAX_SPATIAL)),
                ("dilation", filled(op.dilations, 1, MAX_SPATIAL)), ("chunks", chunks)),
            macros=element("T", UNSIGNED.get(x.dtype, x.dtype)),
            chunks=chunks,
        )


KERNEL = Col2ImPlain()
