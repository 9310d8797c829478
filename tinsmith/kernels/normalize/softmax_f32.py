"""Softmax and LogSoftmax of float32 over one axis of a dense tensor."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tinsmith.dtypes import DType
from tinsmith.kernels.kernel import Call, Forms, Kernel, Site, plain_forms
from tinsmith.kernels.work import CALL, arithmetic, instructions
from tinsmith.ops.softmax import LogSoftmax, Softmax


class SoftmaxVector(Kernel):
    """Row-major; vectors along the axis, or across columns when the axis is not the last."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Row-major."""
        fits = isinstance(site.op, Softmax | LogSoftmax) and (
            site.input(0).dtype is DType.F32 and site.input(0).size > 0)
        return (plain_forms(site),) if fits else ()

    def cycles(self, site: Site, forms: Forms) -> float:
        """About twenty instructions for each vector."""
        return arithmetic(site.target, site.input(0).size, 20) + instructions(site.target, CALL)

    def lower(self, site: Site, forms: Forms) -> Call:
        """The tensor as [outer, n, inner]."""
        op = site.op
        assert isinstance(op, Softmax | LogSoftmax)
        shape, lanes = site.input(0).shape, site.target.lanes
        axis = op.axis % len(shape)
        outer, inner = math.prod(shape[:axis]), math.prod(shape[axis + 1:])
        band = 1 if inner == 1 else max(lanes, -(-inner // (4 * site.request.threads))
                                        // lanes * lanes)
        return Call(
            "softmax_f32", (0,), in_place=((0, 0),),
            constants=(("outer", outer), ("n", shape[axis]), ("inner", inner), ("band", band),
                       ("logarithm", int(isinstance(op, LogSoftmax)))),
            chunks=outer * (1 if inner == 1 else -(-inner // band)))


KERNEL = SoftmaxVector()
