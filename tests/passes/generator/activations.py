"""Activations in their pieces, as exporters write them, and near misses."""

from __future__ import annotations

import math

from tests.passes.generator.draft import Draft

FLOATS = ("float32", "float32", "float32", "float16", "float64")
NUMBERS = (*FLOATS, "float32", "int32", "int64", "uint8", "int8")


def clip(d: Draft, x: str) -> str:
    """Min, Max, Relu and Clip in a row."""
    for _ in range(d.pick(1, 2, 2, 3)):
        kind = d.pick("Min", "Max", "Relu", "Clip", "Clip")
        if kind == "Relu":
            x = d.op("Relu", x)
        elif kind == "Clip":
            low, high = sorted((d.pick(-3, -1, 0, 0, 1), d.pick(0, 1, 6, 20)))
            if d.chance(0.1):
                low, high = high, low
            bounds = [d.constant(v) if d.chance(0.8) else "" for v in (low, high)]
            x = d.op("Clip", x, *bounds)
        else:
            x = d.either(kind, x, d.number(d.pick(0, 0, 1, 6, -1), x))
    return x


def affine_clip(d: Draft, x: str, slope: float, shift: float, high: float) -> str:
    """Clip(slope x + shift; 0, high), or a near miss."""
    if slope != 1 or d.chance(0.1):
        x = (d.op("Div", x, d.number(1 / slope, x)) if d.chance(0.4)
             else d.either("Mul", x, d.number(slope, x)))
    if d.chance(0.95):
        x = (d.op("Sub", x, d.number(-shift, x)) if d.chance(0.2)
             else d.either("Add", x, d.number(shift, x)))
    if d.chance(0.3):
        return d.either("Min", d.op("Relu", x), d.number(high))
    if d.chance(0.1):
        high *= d.pick(0.5, 2, 1.01)
    return d.op("Clip", x, d.constant(d.pick(0, 0, 0, 0, 0.1, -1)), d.constant(high))


def hardsigmoid(d: Draft, x: str) -> str:
    """Clip(a x + b; 0, c) d."""
    high = d.pick(1.0, 6.0, 6.0, 2.0)
    x = affine_clip(d, x, d.pick(1.0, 1.0, 0.2, 1 / 6, -0.5), d.pick(3.0, 0.5, 1.0), high)
    if d.chance(0.7):
        return (d.op("Div", x, d.number(high, x)) if d.chance(0.5)
                else d.either("Mul", x, d.number(1 / high, x)))
    return x


def gate(d: Draft, x: str) -> str:
    """What x is multiplied by in HardSwish, or nearly."""
    if d.chance(0.4):
        return d.op("HardSigmoid", x, alpha=d.pick(1 / 6, 1 / 6, 0.16666667, 0.2, 1 / 3),
                    beta=d.pick(0.5, 0.5, 0.5, 1.0))
    high = d.pick(6.0, 6.0, 6.0, 3.0, 1.0)
    return affine_clip(d, x, high / 6, high / 2, high)


def hardswish(d: Draft, x: str) -> str:
    """x gate(x) / 6, the factors in any order."""
    other = d.pick(x, x, x, x, d.op("Neg", x))
    number = d.pick(1 / 6, 1 / 6, 1.0, 0.5, 1 / 3)
    parts = [other, gate(d, x)]
    if number != 1.0 and d.chance(0.3):
        return d.op("Div", d.either("Mul", *parts), d.number(1 / number, x))
    if number != 1.0:
        at = d.pick(0, 1)
        parts[at] = d.either("Mul", parts[at], d.number(number, x))
    return d.either("Mul", *parts)


def silu(d: Draft, x: str) -> str:
    """x Sigmoid(a x)."""
    inner = x
    if d.chance(0.6):
        inner = (d.op("Div", x, d.number(d.pick(2.0, 0.5), x)) if d.chance(0.2)
                 else d.either("Mul", x, d.number(d.pick(1.0, 1.702, -1.0), x)))
    return d.either("Mul", d.pick(x, x, x, inner), d.op("Sigmoid", inner))


def mish(d: Draft, x: str) -> str:
    """x Tanh(Softplus(x)), the Softplus in pieces or whole."""
    if d.chance(0.4):
        inner = d.op("Softplus", x)
    else:
        inner = d.op("Log", d.either("Add", d.op("Exp", x), d.number(1.0, x)))
    return d.either("Mul", x, d.op("Tanh", inner))


def gelu(d: Draft, x: str) -> str:
    """x (1 + erf(x / sqrt 2)) / 2 or its tanh form, the factors in any order."""
    if d.chance(0.5):
        root = math.sqrt(2)
        inner = (d.op("Div", x, d.number(root, x)) if d.chance(0.6)
                 else d.either("Mul", x, d.number(1 / root, x)))
        function = d.op("Erf", inner)
    else:
        cube = (d.op("Pow", x, d.number(3.0)) if d.chance(0.6)
                else d.either("Mul", x, d.op("Mul", x, x)))
        term = d.either("Mul", cube, d.number(0.044715, x))
        function = d.op("Tanh", d.either("Mul", d.either("Add", x, term),
                                         d.number(math.sqrt(2 / math.pi), x)))
    one = d.either("Add", function, d.number(1.0, x))
    way = d.pick(0, 1, 2, 3)
    if way == 0:
        return d.either("Mul", d.either("Mul", x, one), d.number(0.5, x))
    if way == 1:
        return d.either("Mul", d.either("Mul", x, d.number(0.5, x)), one)
    if way == 2:
        return d.op("Div", d.either("Mul", x, one), d.number(2.0, x))
    return d.either("Mul", x, d.either("Mul", one, d.number(0.5, x)))


def layernorm(d: Draft, x: str) -> str:
    """(x - mean) / sqrt(variance + epsilon) scale + bias, axes and keepdims at random."""
    rank = len(d.shape(x))
    count = d.pick(1, 1, 1, min(2, rank))
    axes = list(range(rank - count, rank))
    if d.chance(0.15):
        axes = [d.pick(*range(rank))]
    axes = [axis - rank if d.chance(0.5) else axis for axis in axes]
    keep = 0 if d.chance(0.08) else 1
    mean = d.reduce("ReduceMean", x, axes, keep)
    centred = d.op("Sub", *((x, mean) if d.chance(0.95) else (mean, x)))
    square = (d.op("Pow", centred, d.number(2.0)) if d.chance(0.6)
              else d.op("Mul", centred, centred))
    variance = d.reduce("ReduceMean", square, axes if d.chance(0.95) else [-1],
                        keep if d.chance(0.95) else 1 - keep)
    root = d.op("Sqrt", d.either("Add", variance, d.number(d.pick(1e-5, 1e-12, 1e-3))))
    y = (d.op("Div", centred, root) if d.chance(0.7)
         else d.either("Mul", centred, d.op("Reciprocal", root)))
    inner = d.shape(x)[rank - count:]
    for kind, probability in (("Mul", 0.7), ("Add", 0.7)):
        if d.chance(probability):
            shape = d.pick(inner, inner, inner, inner[-1:], (1, *inner), ())
            y = d.either(kind, y, d.weight(*shape))
    return y


def strength(d: Draft, x: str) -> str:
    """Pow, Div and PRelu by constants."""
    for _ in range(d.pick(1, 1, 2)):
        way = d.pick("Pow", "Div", "Div", "PRelu")
        if way == "Pow":
            exponent = d.pick(2.0, 0.5, -1.0, 3.0, 1.0, 0.0)
            x = d.op("Pow", x, d.number(exponent, x))
        elif way == "Div":
            x = d.op("Div", x, d.number(d.pick(41.0, 3.0, 8.0, 0.1, 1e-40, 255.0), x))
        else:
            x = d.op("PRelu", x, d.number(d.pick(0.25, 1.0, 0.0), x))
    return x


def chain(d: Draft, x: str) -> str:
    """Elementwise operators at random, over several values."""
    values = [x, d.op(d.pick("Neg", "Abs", "Sigmoid", "Tanh", "Relu"), x)]
    for _ in range(d.pick(2, 4, 8, 12)):
        a = d.pick(*values[-3:])
        if d.chance(0.5):
            kind = d.pick("Relu", "Neg", "Abs", "Sigmoid", "Tanh", "Exp", "Sqrt", "Floor", "Elu",
                          "LeakyRelu", "Softplus", "HardSwish", "Reciprocal", "Ceil", "Sign")
            values.append(d.op(kind, a))
        else:
            b = d.pick(d.pick(*values), d.number(d.pick(0.0, 1.0, 2.0, 3.0), x))
            values.append(d.either(d.pick("Add", "Mul", "Sub", "Div", "Min", "Max"), a, b))
    return values[-1]
