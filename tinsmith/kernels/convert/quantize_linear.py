"""QuantizeLinear and DequantizeLinear, plain: element by element, scales by strides."""

from __future__ import annotations

import math

import numpy as np

from tinsmith.dtypes import DType
from tinsmith.ir.op import TensorType
from tinsmith.kernels.kernel import Call, Constant, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel, element
from tinsmith.ops.quantize_linear import DequantizeLinear, QuantizeLinear, Scaled


def walk(op: Scaled, x: TensorType, scale: TensorType) -> dict[str, Constant]:
    """How elements and scales are walked: the fields that both structs begin with."""
    size = x.size
    if scale.size == 1 or size == 0:
        inner, count, block, steps = max(size, 1), 1, 1, (0, 0, 0)
    else:
        inner, count = math.prod(x.shape[op.axis + 1:]), x.shape[op.axis]
        block = op.block_size or 1
        if op.block_size:
            steps = (-(-count // block) * inner, inner, 1)
        elif inner == 1:  # the scales run with the elements of the last axis
            inner, count, steps = count, 1, (0, 0, 1)
        else:
            steps = (0, 1, 0)
    return {"size": size, "inner": inner, "count": count, "block": block, "outer_step": steps[0],
            "step": steps[1], "inner_step": steps[2]}


class QuantizeLinearPlain(PlainKernel):
    """All types and granularities."""

    serves = (QuantizeLinear,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks of elements."""
        op, x, scale = site.op, site.input(0), site.input(1)
        assert isinstance(op, QuantizeLinear)
        limits = np.iinfo(op.to.numpy)
        chunks = split(x.size, site.request, 4096)
        half = op.precision.short
        rounded = "" if op.precision is DType.F32 else f"tin_{half}_to_f32(tin_f32_to_{half}(v))"
        return Call(
            kernel="quantize_linear",
            operands=(0, 1, 2 if site.has_input(2) else -1),
            constants=(*walk(op, x, scale).items(), ("chunks", chunks),
                       ("has_zero", int(site.has_input(2))), ("low", int(limits.min)),
                       ("high", int(limits.max))),
            macros=(*element("T", x.dtype), *element("S", scale.dtype), ("Q", op.to.c),
                    ("AS_PRECISION(v)", rounded or "(v)")),
            chunks=chunks,
        )


class DequantizeLinearPlain(PlainKernel):
    """All types and granularities."""

    serves = (DequantizeLinear,)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks of elements."""
        op, x, scale = site.op, site.input(0), site.input(1)
        assert isinstance(op, DequantizeLinear)
        chunks = split(x.size, site.request, 4096)
        return Call(
            kernel="dequantize_linear",
            operands=(0, 1, 2 if site.has_input(2) else -1),
            constants=(*walk(op, x, scale).items(), ("chunks", chunks),
                       ("has_zero", int(site.has_input(2)))),
            macros=(("Q", x.dtype.c), ("W", "int64_t" if x.dtype is DType.I32 else "int32_t"),
                    *element("S", scale.dtype), *element("T", op.to)),
            chunks=chunks,
        )


KERNELS = (QuantizeLinearPlain(), DequantizeLinearPlain())
