"""The activation that an operator may carry, so that its kernel applies it on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from tinsmith.dtypes import Array

ActivationKind: TypeAlias = Literal[
    "relu", "clip", "leaky_relu", "sigmoid", "silu", "hard_sigmoid", "hard_swish", "tanh", "elu",
    "gelu", "mish", "softplus"]


@dataclass(frozen=True, slots=True)
class Activation:
    """A function of one value, applied to each element.

    ``alpha`` and ``beta`` are the bounds of a clip, the slope of a leaky_relu (alpha), the slope
    and offset of a hard_sigmoid, the scale of an elu's negative side (alpha); else unused.
    """

    kind: ActivationKind
    alpha: float = 0.0
    beta: float = 0.0

    def reference(self, x: Array) -> Array:
        """The function in numpy, in the element type of ``x`` (float32 or float64)."""
        with np.errstate(all="ignore"):
            result = _FUNCTIONS[self.kind](x, self.alpha, self.beta)
        return np.asarray(result, dtype=x.dtype)

    def __str__(self) -> str:
        shown = [f"{v:g}" for v in (self.alpha, self.beta)] if self.alpha or self.beta else []
        return f"{self.kind}({', '.join(shown)})" if shown else self.kind


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)), dtype=x.dtype)


def _softplus(x: Array) -> Array:
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), dtype=x.dtype)


def _gelu(x: Array) -> Array:
    erf = np.frompyfunc(math.erf, 1, 1)
    return np.asarray(x * (1 + np.asarray(erf(x / math.sqrt(2)), dtype=np.float64)) / 2)


_FUNCTIONS: Mapping[str, Callable[[Array, float, float], Array]] = {
    "relu": lambda x, a, b: np.maximum(x, 0),
    "clip": lambda x, a, b: np.minimum(np.maximum(x, x.dtype.type(a)), x.dtype.type(b)),
    "leaky_relu": lambda x, a, b: np.where(x < 0, x.dtype.type(a) * x, x),
    "sigmoid": lambda x, a, b: _sigmoid(x),
    "silu": lambda x, a, b: x * _sigmoid(x),
    "hard_sigmoid": lambda x, a, b: np.clip(x.dtype.type(a) * x + x.dtype.type(b), 0, 1),
    "hard_swish": lambda x, a, b: x * np.clip(x / 6 + x.dtype.type(0.5), 0, 1),
    "tanh": lambda x, a, b: np.tanh(x),
    "elu": lambda x, a, b: np.where(x < 0, x.dtype.type(a) * np.expm1(np.minimum(x, 0)), x),
    "gelu": lambda x, a, b: _gelu(x),
    "mish": lambda x, a, b: x * np.tanh(_softplus(x)),
    "softplus": lambda x, a, b: _softplus(x),
}
