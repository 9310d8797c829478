"""Elementwise operators of one operand, activations with all their attributes among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.sweep.draw import Draw
from tests.sweep.trial import Single

EXACT_OPS = ("Abs", "Neg", "Ceil", "Floor", "Round", "Sign", "Relu", "Identity", "IsNaN", "IsInf")
SMOOTH = ("Exp", "Log", "Sqrt", "Reciprocal", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh",
          "Cosh", "Tanh", "Asinh", "Acosh", "Atanh", "Erf", "Sigmoid", "Softplus", "Softsign",
          "HardSwish", "Mish")
ALPHA: dict[str, dict[str, Sequence[object]]] = {
    "LeakyRelu": {"alpha": (None, 0.2, -0.1)},
    "Elu": {"alpha": (None, 0.5, 2.0)},
    "Celu": {"alpha": (None, 0.5, 2.0)},
    "Selu": {"alpha": (None, 1.5), "gamma": (None, 1.1)},
    "HardSigmoid": {"alpha": (None, 0.1, 1 / 3), "beta": (None, 0.4, 1.0)},
    "ThresholdedRelu": {"alpha": (None, 0.3)},
    "Shrink": {"lambd": (None, 0.3), "bias": (None, 0.1)},
    "Gelu": {"approximate": (None, "none", "tanh")},
}


def draw(d: Draw) -> Single:
    """One of them."""
    shape = d.shape(0, 4, 1, 7)
    which = d.pick("exact", "smooth", "smooth", "alpha", "alpha", "clip", "bits")
    if which == "clip":
        return clip(d, shape)
    if which == "bits":
        op = d.pick("Not", "BitwiseNot")
        kind = "bool" if op == "Not" else d.pick("int8", "int32", "int64", "uint8", "uint16")
        return Single(op, (d.array(shape, kind, True),), opset=18)
    if which == "exact":
        op = d.pick(*EXACT_OPS)
        kind = d.pick("float32", "float32", "float64")
        if op in ("Abs", "Neg", "Sign", "Identity") and d.chance(0.3):
            kind = d.pick("int32", "int64", "int8")
        attributes = d.attributes(detect_negative=(None, 0, 1), detect_positive=(None, 0, 1)) \
            if op == "IsInf" else {}
        return Single(op, (d.array(shape, kind, kind.startswith("float")),), attributes,
                      opset=d.pick(13, 20), share=0.0)
    if which == "smooth":
        op = d.pick(*SMOOTH)
        x = d.array(shape, special=d.chance(0.3) and op not in ("Sin", "Cos", "Tan"))
        if op == "Acosh":
            x = np.abs(x) + np.float32(1)
        return Single(op, (x,), opset=18, share=1e-6, relative=1e-5)
    op = d.pick(*ALPHA)
    return Single(op, (d.array(shape),), d.attributes(**ALPHA[op]), opset=20, share=1e-6,
                  relative=1e-5)


def clip(d: Draw, shape: tuple[int, ...]) -> Single:
    """Bounds as attributes until opset 6, as operands since; either may be missing."""
    kind = d.pick("float32", "float32", "float64", "int32", "int64", "uint8", "int8")
    low, high = sorted((d.int(0, 9), d.int(0, 9)))
    if d.chance(0.2):
        return Single("Clip", (d.array(shape),), d.attributes(min=(None, float(low - 5)),
                                                             max=(None, float(high))), opset=6)
    return Single("Clip", (d.array(shape, kind),
                           None if d.chance(0.3) else np.asarray(low, kind),
                           None if d.chance(0.3) else np.asarray(high, kind)),
                  opset=d.pick(12, 13), share=0.0)
