"""Reductions, plain, over any axes; blocked too where only pixels are reduced."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tinsmith.dtypes import DType
from tinsmith.kernels.kernel import Call, Form, Forms, Kernel, Site, split
from tinsmith.kernels.plain import element
from tinsmith.kernels.reduce.cumulate import arithmetic
from tinsmith.kernels.strides import filled, row_major
from tinsmith.kernels.work import instructions
from tinsmith.ops.reduce import (
    Reduce,
    ReduceL1,
    ReduceL2,
    ReduceLogSum,
    ReduceLogSumExp,
    ReduceMax,
    ReduceMean,
    ReduceMin,
    ReduceProd,
    ReduceSum,
    ReduceSumSquare,
)

INSTRUCTIONS, EXPONENTIAL, FINISH = 4, 40, 40  # for each element, and for a result
AXES = 4
LANES = 32


class ReducePlain(Kernel):
    """All reductions of elements of all types; up to four kept and reduced axes in turn."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Row-major; blocked where batch and channels stay and elements have 32 bits."""
        if not isinstance(site.op, Reduce):
            return ()
        choices = [0]
        x = site.input(0)
        if x.rank > 2 and min(site.op.axes, default=0) > 1 and x.dtype.size_bytes == 4:
            choices.append(site.target.lanes)
        return tuple(site.in_blocks((block,), (block,)) for block in choices
                     if all(len(axes) <= AXES for axes in _axes(site, Form(block=block))))

    def cycles(self, site: Site, forms: Forms) -> float:
        """Element by element; more for exponentials, and for what ends a sum."""
        each = EXPONENTIAL if isinstance(site.op, ReduceLogSumExp) else INSTRUCTIONS
        return instructions(
            site.target, each * site.input(0).size + FINISH * site.output().size)

    def lower(self, site: Site, forms: Forms) -> Call:
        """Chunks are outputs, or groups of neighbours among them."""
        op, x = site.op, site.input(0)
        assert isinstance(op, Reduce)
        kept, gone = _axes(site, forms.inputs[0])
        outputs, count = (math.prod(extent for extent, _ in axes) for axes in (kept, gone))
        if isinstance(op, ReduceLogSumExp):
            items, kernel = outputs, "reduce_log_sum_exp"
            more: tuple[tuple[str, int], ...] = (("outputs", outputs),)
        else:
            neighbours = bool(kept) and kept[-1][1] == 1
            line = kept[-1][0] if kept else 1
            groups = -(-line // LANES) if neighbours else line
            items, kernel = outputs // max(line, 1) * groups, "reduce"
            more = (("lines", math.prod(extent for extent, _ in gone[:-1])),
                    ("neighbours", int(neighbours)), ("groups", groups), ("items", items))
        chunks = split(items, site.request, -(-4096 * items // max(x.size, 1)))
        (kept_extents, kept_strides), (extents, strides) = _four(kept), _four(gone)
        return Call(
            kernel=kernel,
            operands=(0,),
            constants=(("kept", kept_extents), ("kept_stride", kept_strides), ("gone", extents),
                       ("gone_stride", strides), ("count", count), *more, ("chunks", chunks)),
            macros=(*element("T", x.dtype), *_arithmetic(op, x.dtype, count)),
            chunks=chunks,
        )


def _axes(site: Site, form: Form) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(extent, stride) of kept and of reduced axes as stored, neighbours of a kind joined."""
    assert isinstance(site.op, Reduce)
    shape = form.shape(site.input(0))
    kept: list[tuple[int, int]] = []
    gone: list[tuple[int, int]] = []
    previous: list[tuple[int, int]] | None = None
    for axis, (extent, stride) in enumerate(zip(shape, row_major(shape), strict=True)):
        if extent == 1:
            continue
        kind = gone if axis in site.op.axes else kept
        if kind is previous:
            extent *= kind.pop()[0]
        kind.append((extent, stride))
        previous = kind
    return kept, gone


def _four(axes: list[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Extents and strides of four axes; missing ones come first."""
    return (filled([extent for extent, _ in axes], 1, AXES),
            filled([stride for _, stride in axes], 0, AXES))


def _arithmetic(op: Reduce, dtype: DType, count: int) -> tuple[tuple[str, str], ...]:
    """The macros that say what is computed, in which type."""
    if isinstance(op, ReduceMax | ReduceMin):
        return _extreme(op, dtype)
    real = isinstance(op, ReduceL2 | ReduceLogSum | ReduceLogSumExp)
    if not dtype.is_float and not real:
        return _integer(op, dtype, count)
    kind = "f32" if arithmetic(dtype) == "f32" else "f64"
    cast = "" if dtype.is_float else f"tin_cast_f64_{dtype.short}"
    a = "float" if kind == "f32" else "double"
    if isinstance(op, ReduceLogSumExp):
        return (("A", a), ("A_F(name)", f"tin_##name##_{kind}"), ("CAST", cast))
    take, finish = {
        ReduceSum: ("(v)", "(a)"),
        ReduceProd: ("(v)", "(a)"),
        ReduceMean: ("(v)", f"(a) / ({a}){count}"),
        ReduceL1: (f"tin_abs_{kind}(v)", "(a)"),
        ReduceL2: (f"(({a})(v) * ({a})(v))", f"tin_sqrt_{kind}(a)"),
        ReduceSumSquare: ("((v) * (v))", "(a)"),
        ReduceLogSum: (f"(({a})(v))", f"tin_log_{kind}(a)"),
    }[type(op)]
    is_product = isinstance(op, ReduceProd)
    return (("A", a), ("START", "1" if is_product else "0"), ("TAKE(v)", take),
            ("JOIN(a, b)", "((a) * (b))" if is_product else "((a) + (b))"),
            ("FINISH(a)", f"{cast}({finish})"))


def _integer(op: Reduce, dtype: DType, count: int) -> tuple[tuple[str, str], ...]:
    """Integers, modulo 2^64."""
    signed = dtype.is_signed_integer
    take, finish = "(uint64_t)(v)", "(a)"
    if isinstance(op, ReduceL1) and signed:
        take = "((v) < 0 ? 0 - (uint64_t)(v) : (uint64_t)(v))"
    if isinstance(op, ReduceSumSquare):
        take = "((uint64_t)(v) * (uint64_t)(v))"
    if isinstance(op, ReduceMean):
        finish = f"({'int64_t' if signed else 'uint64_t'})(a) / {count}" if count else "(a)"
    is_product = isinstance(op, ReduceProd)
    return (("A", "uint64_t"), ("START", "1" if is_product else "0"), ("TAKE(v)", take),
            ("JOIN(a, b)", "((a) * (b))" if is_product else "((a) + (b))"),
            ("FINISH(a)", f"({dtype.c})({finish})"))


def _extreme(op: Reduce, dtype: DType) -> tuple[tuple[str, str], ...]:
    """The maximum or minimum in the element's own type."""
    largest = isinstance(op, ReduceMax)
    name = "u8" if dtype is DType.BOOL else arithmetic(dtype)
    if dtype is DType.BOOL:
        start = "0" if largest else "1"
    elif dtype.is_float:
        start = "-__builtin_inff()" if largest else "__builtin_inff()"
    elif dtype.is_unsigned_integer and largest:
        start = "0"
    else:
        start = f"{dtype.c.upper().removesuffix('_T')}_{'MIN' if largest else 'MAX'}"
    return (("A", "T_ARITH"), ("START", start), ("TAKE(v)", "(v)"),
            ("JOIN(a, b)", f"tin_{'max' if largest else 'min'}_{name}((a), (b))"),
            ("FINISH(a)", "(a)"))


KERNEL = ReducePlain()
