"""MaxPool, AveragePool, LpPool, plain: any element type, up to four spatial axes."""

from __future__ import annotations

import math

import numpy as np

from tinsmith.dtypes import DType
from tinsmith.kernels.conv.conv_plain import AXES, four
from tinsmith.kernels.epilogue import epilogue
from tinsmith.kernels.float_element import float_element
from tinsmith.kernels.kernel import Call, Constant, Forms, Site, split
from tinsmith.kernels.plain import PlainKernel
from tinsmith.ops.pool import AveragePool, LpPool, MaxPool, Pool


def lowest(dtype: DType) -> float:
    """Where a maximum starts."""
    return -math.inf if dtype.is_float else float(np.iinfo(dtype.numpy).min)


def max_macros(dtype: DType) -> tuple[tuple[str, str], ...]:
    """How a maximum is folded; NaN wins."""
    keep = "(sum) >= (v) || (sum) != (sum)" if dtype.is_float else "(sum) >= (v)"
    return (("ADD(sum, v)", f"({keep} ? (sum) : (v))"), ("FINISH(sum, count)", "(sum)"))


def average_macros() -> tuple[tuple[str, str], ...]:
    """How a mean is folded."""
    return (("ADD(sum, v)", "((sum) + (v))"),
            ("FINISH(sum, count)", "((sum) / (T_ARITH)(count))"))


def norm_macros(p: int) -> tuple[tuple[str, str], ...]:
    """How a p-norm is folded."""
    each, root = {
        1: ("T_CALL(abs)(v)", "(sum)"),
        2: ("(v) * (v)", "T_CALL(sqrt)(sum)"),
    }.get(p, (f"T_CALL(pow)(T_CALL(abs)(v), {p})", f"T_CALL(pow)(sum, (T_ARITH)1 / {p})"))
    return (("ADD(sum, v)", f"((sum) + {each})"), ("FINISH(sum, count)", root))


class PoolPlain(PlainKernel):
    """A row of outputs at a time."""

    serves = (MaxPool, AveragePool, LpPool)

    def accepts(self, site: Site) -> bool:
        """Up to four spatial axes."""
        return site.input(0).rank <= AXES + 2

    def lower(self, site: Site, forms: Forms) -> Call:
        """The geometry, and how a window folds."""
        op, x, y = site.op, site.input(0), site.output()
        assert isinstance(op, Pool)
        d = x.rank - 2
        counts = isinstance(op, AveragePool) and op.count_include_pad
        start, fold = 0.0, average_macros()
        if isinstance(op, MaxPool):
            start, fold = lowest(x.dtype), max_macros(x.dtype)
        elif isinstance(op, LpPool):
            fold = norm_macros(op.p)
        chunks = split(y.size // y.shape[-1], site.request,
                       max(1, 16384 // (math.prod(op.kernel) * y.shape[-1])))
        geometry = (
            ("n", math.prod(x.shape[:2])), ("x_extent", four(x.shape[2:])),
            ("y_extent", four(y.shape[2:])), ("kernel", four(op.kernel)),
            ("stride", four(op.strides)), ("dilation", four(op.dilations)),
            ("pad", four(op.pads[:d], 0)))
        rest: tuple[tuple[str, Constant], ...] = (
            ("start", start), ("chunks", chunks), *epilogue(op.activation))
        if isinstance(op, MaxPool) and op.indices and site.has_output(1):
            places = [math.prod(x.shape[2:2 + i] if op.column_major else x.shape[3 + i:])
                      for i in range(d)]
            chunks = split(y.size, site.request, 1024)
            return Call(
                kernel="max_pool_indices_plain", operands=(0,), results=(0, 1),
                constants=(*geometry, ("place", four(places, 0)), ("start", start),
                           ("chunks", chunks), *epilogue(op.activation)),
                macros=float_element("T", x.dtype), chunks=chunks)
        return Call(
            kernel="pool_plain",
            operands=(0,),
            constants=(*geometry, ("pad_low", four(op.pads[:d] if counts else (0,) * d, 0)),
                       ("pad_high", four(op.pads[d:] if counts else (0,) * d, 0)), *rest),
            macros=(*float_element("T", x.dtype), *fold),
            scratch_bytes=max(y.shape[-1] * 8, 64),
            chunks=chunks,
        )


KERNEL = PoolPlain()
