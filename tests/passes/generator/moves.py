"""Reshapes, transposes, slices, casts; what is neutral, computed twice, or from constants."""

from __future__ import annotations

import math

from tests.passes.generator.draft import KINDS, Draft
from tests.passes.generator.linear import activation, arithmetic, conv, gemm, linear

CASTS = ("float32", "float64", "float16", "int32", "int64", "int8", "uint8", "bool")


def reshape(d: Draft, x: str) -> str:
    """To another shape of as many elements."""
    size, shape = math.prod(d.shape(x)), list[int]()
    while size > 1 and len(shape) < 3:
        factor = d.pick(*[f for f in (1, 2, 3, 5, 7, size) if size % f == 0])
        shape.append(factor)
        size //= factor
    return d.op("Reshape", x, d.constant([*shape, size], "int64"))


def transpose(d: Draft, x: str) -> str:
    """Axes in another order: to and from channels last, or any."""
    rank = len(d.shape(x))
    if rank < 2:
        return single(d, x)
    last, first = [0, *range(2, rank), 1], [0, rank - 1, *range(1, rank - 1)]
    perm = d.pick(last, first, [int(i) for i in d.random.permutation(rank)], list(range(rank)))
    return d.op("Transpose", x, perm=perm)


def slice_(d: Draft, x: str) -> str:
    """A part of one axis or two."""
    axes, starts, ends, steps = [], [], [], []
    for axis, extent in enumerate(d.shape(x)):
        if extent > 1 and d.chance(0.6):
            a, b = sorted(int(i) for i in d.random.integers(0, extent + 1, 2))
            b = max(b, a + 1)
            step = d.pick(1, 1, 1, 2, -1)
            axes.append(axis)
            starts.append(a if step > 0 else b - 1)
            ends.append(b if step > 0 else (a - 1 if a else -100))
            steps.append(step)
    if not axes:
        return d.op("Identity", x)
    return d.op("Slice", x, *(d.constant(v, "int64") for v in (starts, ends, axes, steps)))


def reshapes(d: Draft, x: str) -> str:
    """Reshapes and what is elementwise, in a row."""
    if d.chance(0.4):
        x = linear(d, x)
    for _ in range(d.pick(2, 3, 4)):
        x = d.pick(reshape, reshape, arithmetic, single)(d, x)
    return x


def single(d: Draft, x: str) -> str:
    """One elementwise operator of one operand."""
    return d.op(d.pick("Relu", "Neg", "Abs", "Sigmoid", "Sqrt", "Floor"), x)


def slices(d: Draft, x: str) -> str:
    """Slices of slices, of concatenations, and concatenations of slices."""
    for _ in range(d.pick(1, 2, 2, 3)):
        rank = len(d.shape(x))
        way = d.pick("slice", "concat", "split", "slice")
        axis = d.pick(*range(rank))
        if way == "slice":
            x = slice_(d, x)
        elif way == "concat":
            parts = [d.pick(x, single(d, x), d.weight(*d.shape(x))) for _ in range(d.pick(1, 2, 3))]
            x = d.op("Concat", *parts, axis=axis)
        elif d.shape(x)[axis] > 1:
            extent = d.shape(x)[axis]
            at = int(d.random.integers(1, extent))
            first = d.op("Split", x, d.constant([at, extent - at], "int64"), count=2, axis=axis)
            parts = [first, f"{first}_1"]
            if d.chance(0.3):
                parts = parts[::-1]
            if d.chance(0.3):
                parts[0] = single(d, parts[0])
            x = d.op("Concat", *parts, axis=axis)
    return x


def transposes(d: Draft, x: str) -> str:
    """Transposes among operators that do not care, or care little."""
    for _ in range(d.pick(2, 3, 5, 7)):
        x = d.pick(transpose, transpose, transpose, single, arithmetic, along)(d, x)
    if d.chance(0.2) and len(d.shape(x)) > 1:
        flat = d.op("Flatten", x, axis=1)
        x = gemm(d, flat)
    return x


def along(d: Draft, x: str) -> str:
    """An operator along axes: reduction, Softmax, Pad, Concat, Slice, ArgMax, TopK, Expand ..."""
    shape = d.shape(x)
    rank = len(shape)
    axis = d.pick(*range(rank)) if rank else 0
    if not rank:
        return single(d, x)
    ways = ["reduce", "softmax", "pad", "concat", "slice", "tile", "cumsum", "add"]
    way = d.pick(*ways)
    if way == "reduce":
        axes = sorted({axis, d.pick(*range(rank))})
        return d.reduce(d.pick("ReduceMean", "ReduceMax", "ReduceSum", "ReduceL2"), x, axes,
                        d.pick(0, 1, 1))
    if way == "softmax":
        return d.op(d.pick("Softmax", "LogSoftmax", "Hardmax"), x, axis=axis)
    if way == "pad":
        pads = [d.pick(0, 0, 1) for _ in range(2 * rank)]
        return d.op("Pad", x, d.constant(pads, "int64"))
    if way == "concat":
        return d.op("Concat", x, d.pick(x, single(d, x), d.weight(*shape)), axis=axis)
    if way == "tile":
        return d.op("Tile", x, d.constant([d.pick(1, 1, 2) for _ in range(rank)], "int64"))
    if way == "cumsum":
        return d.op("CumSum", x, d.constant(axis, "int64"), reverse=d.pick(0, 1))
    if way == "add":
        return d.either("Add", x, single(d, x))
    return slice_(d, x)


def channels_last(d: Draft, x: str) -> str:
    """A network of [N, H, W, C]: convolutions between Transposes."""
    for _ in range(d.pick(1, 2)):
        rank = len(d.shape(x))
        x = d.op("Transpose", x, perm=[0, rank - 1, *range(1, rank - 1)])
        x = conv(d, x)
        x = d.op("Transpose", x, perm=[0, *range(2, rank), 1])
        for _ in range(d.pick(1, 2, 3)):
            x = d.pick(arithmetic, activation, along)(d, x)
            if len(d.shape(x)) != rank:
                return x
    return x


def casts(d: Draft, x: str) -> str:
    """Casts in a row."""
    for _ in range(d.pick(2, 3, 4)):
        x = d.op("Cast", x, to=KINDS[d.pick(*CASTS)])
    return x


def neutral(d: Draft, x: str) -> str:
    """What changes nothing, or nearly nothing."""
    for _ in range(d.pick(1, 2, 3)):
        shape = d.shape(x)
        rank = len(shape)
        kind = d.pick("Add", "Sub", "Mul", "Div", "Pow", "Transpose", "Reshape", "Expand", "Pad",
                      "Tile", "Concat", "Slice", "Relu", "Clip", "Identity")
        if kind in ("Add", "Sub", "Mul", "Div", "Pow"):
            number = d.number(0.0 if kind in ("Add", "Sub") else 1.0, x)
            x = d.either(kind, x, number) if d.chance(0.2) else d.op(kind, x, number)
        elif kind == "Transpose":
            x = transpose(d, x)
        elif kind in ("Reshape", "Expand"):
            x = d.op(kind, x, d.constant(d.pick(shape, (1, *shape)), "int64"))
        elif kind == "Pad":
            x = d.op("Pad", x, d.constant([d.pick(0, 0, 0, 0, 0, 1) for _ in range(2 * rank)],
                                          "int64"))
        elif kind == "Tile":
            x = d.op("Tile", x, d.constant([1] * rank, "int64"))
        elif kind == "Concat":
            x = d.op("Concat", x, axis=0) if rank else x
        elif kind == "Slice":
            x = slice_(d, x)
        elif kind == "Clip":
            x = d.op("Clip", x, *(d.constant(v) if d.chance(0.6) else "" for v in (0, 1)))
        else:
            x = d.op(kind, x)
    return x


def bounded(d: Draft, x: str) -> str:
    """Relu and Clip behind what keeps within bounds, or seems to."""
    if d.chance(0.5) and len(d.shape(x)) > 2:
        x = conv(d, x)
        if d.chance(0.5):
            x = d.either("Add", activation(d, x), d.weight(*d.shape(x)))
    else:
        x = d.op(d.pick("Relu", "Sigmoid", "Abs", "Exp", "Sqrt", "Tanh", "HardSigmoid"), x)
    if d.chance(0.5):
        x = d.pick(reshape, transpose, along)(d, x)
    if d.chance(0.3):
        x = d.op(d.pick("Relu", "Sigmoid"), x)
    if d.chance(0.6):
        return d.op("Relu", x)
    return d.op("Clip", x, d.constant(d.pick(0, -1)), d.constant(d.pick(1, 6)))


def twice(d: Draft, x: str) -> str:
    """The same thing several times, by equal constants and by nearly equal ones."""
    parts = []
    array = d.weights[d.weight(*d.pick((), (1,), d.shape(x)))]
    for _ in range(d.pick(2, 3)):
        kind = d.pick("Add", "Add", "Sub")
        other = d.constant(array if d.chance(0.8) else -array)
        parts.append(d.op("Relu", d.op(kind, x, other)))
    while len(parts) > 1:
        parts.append(d.op(d.pick("Mul", "Add"), parts.pop(0), parts.pop(0)))
    return parts[0]


def constants(d: Draft, x: str) -> str:
    """Arithmetic of constants beside the network, at times all there is."""
    shape = d.shape(x)
    a = d.op(d.pick("Add", "Mul", "Div"), d.weight(*shape), d.number(3.0))
    a = d.op("Cast", d.op("Cast", a, to=KINDS[d.pick(*CASTS)]), to=KINDS[d.dtype])
    return d.either("Add", x, a) if d.chance(0.8) else a


def named(d: Draft, x: str) -> str:
    """Identities: of inputs, of constants, of what is an output already."""
    for _ in range(d.pick(1, 2, 3)):
        source = d.pick(x, x, d.weight(2), *d.inputs)
        d.op("Identity", source)
        x = d.op("Identity", x) if d.chance(0.5) else single(d, x)
    return x
