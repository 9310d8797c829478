"""Elementwise operators of two and more operands, with every way of broadcasting."""

from __future__ import annotations

import numpy as np

from tests.sweep.draw import SIGNED, UNSIGNED, Draw
from tests.sweep.trial import Single
from tinsmith.dtypes import Array

ARITHMETIC = ("Add", "Sub", "Mul", "Div")
COMPARISONS = ("Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual")
LOGIC = ("And", "Or", "Xor")
BITS = ("BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitShift")
VARIADIC = ("Max", "Min", "Sum", "Mean")
NUMBERS = ("float32", "float32", "float32", "float64", "int32", "int64")


def draw(d: Draw) -> Single:
    """One of them."""
    op = d.pick(*ARITHMETIC, *ARITHMETIC, *COMPARISONS, *LOGIC, *BITS, *VARIADIC, "Pow", "Mod",
                "Mod", "PRelu", "Where", "Where")
    if op in VARIADIC:
        return variadic(d, op)
    if op in ("PRelu", "Where", "Pow", "Mod"):
        return {"PRelu": prelu, "Where": where, "Pow": power, "Mod": modulo}[op](d)
    a, b = shapes(d, 2)
    if op in LOGIC:
        return Single(op, (d.array(a, "bool"), d.array(b, "bool")), opset=13)
    if op in BITS:
        return bits(d, op, a, b)
    kind = d.pick(*NUMBERS)
    special = kind.startswith("float") and d.chance(0.4)
    x, y = d.array(a, kind, special), d.array(b, kind, special)
    if op == "Div" and not kind.startswith("float"):
        y = no_zero(y)
    return Single(op, (x, y), opset=d.pick(7, 13) if op in ARITHMETIC else 16, share=0.0,
                  relative=1e-6)


def shapes(d: Draw, count: int) -> list[tuple[int, ...]]:
    """Shapes that broadcast to one."""
    whole = d.shape(0, 5, 1, 5)
    found = []
    for _ in range(count):
        part = whole[d.int(0, len(whole)) if d.chance(0.4) else 0:]
        found.append(tuple(1 if d.chance(0.25) else n for n in part))
    return found


def no_zero(y: Array) -> Array:
    """Without divisors of zero."""
    return np.where(y == 0, np.asarray(3, y.dtype), y)


def bits(d: Draw, op: str, a: tuple[int, ...], b: tuple[int, ...]) -> Single:
    """Bitwise operators; shifts by less than the width."""
    kind = d.pick(*UNSIGNED) if op == "BitShift" else d.pick(*SIGNED, *UNSIGNED)
    x, y = d.array(a, kind, True), d.array(b, kind, True)
    if op == "BitShift":
        y = y % np.asarray(8 * y.itemsize, kind)
        return Single(op, (x, y), {"direction": d.pick("LEFT", "RIGHT")}, opset=11)
    return Single(op, (x, y), opset=18)


def variadic(d: Draw, op: str) -> Single:
    """One to four operands."""
    kind = d.pick(*NUMBERS) if op in ("Max", "Min") else d.pick("float32", "float64")
    operands = tuple(d.array(s, kind) for s in shapes(d, d.int(1, 4)))
    return Single(op, operands, opset=13, share=1e-6)


def power(d: Draw) -> Single:
    """Bases and exponents of other types, too."""
    a, b = shapes(d, 2)
    kinds = d.pick(("float32", "float32"), ("float32", "int64"), ("float64", "float64"),
                   ("int32", "int32"), ("int64", "int64"), ("float32", "int32"))
    x, y = d.array(a, kinds[0]), d.array(b, kinds[1])
    if not kinds[0].startswith("float"):
        x, y = np.clip(x, -5, 5), np.abs(y) % 6
    elif kinds[1].startswith("float"):
        x = np.abs(x) if d.chance(0.7) else x
    else:
        y = np.clip(y, -6, 6)
    return Single("Pow", (x, y.astype(kinds[1])), opset=d.pick(12, 13, 15), share=1e-6,
                  relative=1e-5)


def modulo(d: Draw) -> Single:
    """With the sign of the divisor, or of the dividend (fmod)."""
    a, b = shapes(d, 2)
    kind = d.pick("float32", "float64", *SIGNED, *UNSIGNED)
    fmod = 1 if kind.startswith("float") else d.pick(None, 0, 1)
    x, y = d.array(a, kind), no_zero(d.array(b, kind))
    return Single("Mod", (x, y), {} if fmod is None else {"fmod": fmod}, opset=13, share=1e-6)


def prelu(d: Draw) -> Single:
    """A slope that broadcasts to the input."""
    x = d.array(d.shape(1, 4))
    slope = tuple(1 if d.chance(0.4) else n for n in x.shape)[d.int(0, x.ndim):]
    return Single("PRelu", (x, d.array(slope)), opset=d.pick(9, 16), relative=1e-6)


def where(d: Draw) -> Single:
    """One or the other."""
    a, b, c = shapes(d, 3)
    kind = d.pick("float32", "float32", "int32", "int64", "uint8", "float64")
    return Single("Where", (d.array(a, "bool"), d.array(b, kind, kind.startswith("float")),
                            d.array(c, kind, kind.startswith("float"))), opset=16, share=0.0)
