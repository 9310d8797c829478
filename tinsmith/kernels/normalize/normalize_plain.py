"""Instance-, Group-, Layer- and RMSNormalization, plain: any float type."""

from __future__ import annotations

import math

from tinsmith.kernels.float_element import float_element
from tinsmith.kernels.kernel import Call, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel
from tinsmith.ops.normalization import (
    GroupNormalization,
    InstanceNormalization,
    LayerNormalization,
    RMSNormalization,
)


class NormalizePlain(PlainKernel):
    """A row (group of channels, or the normalised axes) at a time."""

    serves = (InstanceNormalization, GroupNormalization, LayerNormalization, RMSNormalization)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Rows, and how scale and bias lie along them."""
        op, x = site.op, site.input(0)
        arithmetic = None
        if isinstance(op, GroupNormalization):
            groups = op.group_count(x)
            rows, parts, inner = x.shape[0] * groups, x.shape[1] // groups, math.prod(x.shape[2:])
            rows = rows if x.size else 0
        else:
            assert isinstance(op, LayerNormalization | RMSNormalization)
            groups, rows, parts = 1, math.prod(x.shape[:op.axis]), 1
            inner, arithmetic = math.prod(x.shape[op.axis:]), op.stash
        chunks = split(rows, site.request, max(1, 8192 // max(1, parts * inner)))
        results = tuple(i for i in range(3) if site.has_output(i))
        if 0 not in results:
            results = (0, *results)
        return Call(
            kernel="normalize_plain",
            operands=(0, 1, 2 if site.has_input(2) else -1),
            results=results,
            constants=(
                ("rows", rows), ("groups", groups), ("parts", parts), ("inner", inner),
                ("chunks", chunks), ("per_element", int(arithmetic is not None)),
                ("has_bias", int(site.has_input(2))),
                ("root_mean_square", int(isinstance(op, RMSNormalization))),
                ("epsilon", op.epsilon)),
            macros=(*float_element("T", x.dtype, arithmetic), ("MEAN", str(int(1 in results))),
                    ("INVERSE", str(int(2 in results)))),
            chunks=chunks,
        )


KERNEL = NormalizePlain()
