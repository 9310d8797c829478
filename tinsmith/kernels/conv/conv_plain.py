"""Conv, plain: any element type, up to four spatial axes, weights from anywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.ops.conv import Conv

AXES = 4


def four(values: Sequence[int], fill: int = 1) -> tuple[int, ...]:
    """As many values as a plain kernel has spatial axes, filled at the front."""
    return (fill,) * (AXES - len(values)) + tuple(values)


class ConvPlain(PlainKernel):
    """A row of outputs at a time."""

    serves = (Conv,)

    def accepts(self, site: Site) -> bool:
        """Up to four spatial axes."""
        return site.input(0).rank <= AXES + 2

    def lower(self, site: Site, forms: Forms) -> Call:
        """A 1x1 kernel that moves one by one sees the image as one row."""
        op, x, w, y = site.op, site.input(0), site.input(1), site.output()
        assert isinstance(op, Conv)
        n, spatial, kernel = x.shape[0], x.shape[2:], w.shape[2:]
        extents, strides, pads = y.shape[2:], op.strides, op.pads[:x.rank - 2]
        if set(kernel) | set(strides) == {1} and not any(op.pads):
            spatial, kernel, extents, strides, pads = (x.size // max(n * x.shape[1], 1),), (1,), (
                y.size // max(n * y.shape[1], 1),), (1,), (0,)
        chunks = split(y.size // max(extents[-1], 1), site.request,
                       max(1, 65536 // max(1, math.prod(w.shape[1:]) * extents[-1])))
        return Call(
            kernel="conv_plain",
            operands=(0, 1, 2 if site.has_input(2) else -1, 3 if site.has_input(3) else -1),
            constants=(
                ("n", n), ("groups", op.group), ("c", w.shape[1]), ("m", w.shape[0] // op.group),
                ("x_extent", four(spatial)), ("y_extent", four(extents)),
                ("kernel", four(kernel)), ("stride", four(strides)),
                ("dilation", four(op.dilations[-len(kernel):])), ("pad", four(pads, 0)),
                ("chunks", chunks), ("has_bias", int(site.has_input(2))),
                *epilogue(op.activation, site.has_input(3), op.residual_after)),
            macros=(*element("T", x.dtype), *element("W", w.dtype),
                    *element("BIAS", site.input(2).dtype if site.has_input(2) else x.dtype)),
            scratch_bytes=max(extents[-1] * 8, 64),
            chunks=chunks,
            in_place=((3, 0),) if site.has_input(3) else (),
        )


KERNEL = ConvPlain()
