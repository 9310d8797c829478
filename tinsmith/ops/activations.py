"""Activation functions: y = f(x), from Relu to Gelu, and PRelu."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import TensorType
from tinsmith.ops.arithmetic import erf
from tinsmith.ops.elementwise import Binary, FloatUnary, Unary

SELU_ALPHA = 1.67326319217681884765625
SELU_GAMMA = 1.05070102214813232421875


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x)."""
    return np.asarray(1 / (1 + np.exp(-x)))


def softplus(x: Array) -> Array:
    """log(1 + e^x), without overflow."""
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


@dataclass(frozen=True, slots=True)
class Relu(Unary):
    """max(x, 0); NaN stays."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.maximum(x, 0))


@dataclass(frozen=True, slots=True)
class Clip(Unary):
    """min(max(x, low), high); a bound that is None does not bind; NaN stays."""

    low: float | int | None = None
    high: float | int | None = None

    def check(self, *operands: TensorType) -> None:
        """Bounds are numbers that the type holds."""
        super(Clip, self).check(*operands)
        (x,) = operands
        self.require(self.low == self.low and self.high == self.high, "bound", "a number", "NaN")
        if not x.dtype.is_float:
            limits = np.iinfo(x.dtype.numpy)
            for bound in (self.low, self.high):
                self.require(bound is None or limits.min <= bound <= limits.max, "bound",
                             f"a value of {x.dtype.value}", bound)

    def _formula(self, x: Array) -> Array:
        y = x
        if self.low is not None:
            y = np.maximum(y, np.asarray(self.low).astype(x.dtype))
        if self.high is not None:
            y = np.minimum(y, np.asarray(self.high).astype(x.dtype))
        return y


@dataclass(frozen=True, slots=True)
class Sigmoid(FloatUnary):
    """1 / (1 + e^-x)."""

    approximate: ClassVar[bool] = True

    def _formula(self, x: Array) -> Array:
        return sigmoid(x)


@dataclass(frozen=True, slots=True)
class HardSigmoid(FloatUnary):
    """max(0, min(1, alpha x + beta))."""

    alpha: float = 0.2
    beta: float = 0.5

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.maximum(np.minimum(self.alpha * x + self.beta, 1), 0))


@dataclass(frozen=True, slots=True)
class HardSwish(FloatUnary):
    """x max(0, min(1, x / 6 + 1 / 2))."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(x * np.maximum(np.minimum(x * (1 / 6) + 0.5, 1), 0))


@dataclass(frozen=True, slots=True)
class LeakyRelu(FloatUnary):
    """x where x >= 0, else alpha x."""

    alpha: float = 0.01

    def _formula(self, x: Array) -> Array:
        return np.where(x < 0, x * x.dtype.type(self.alpha), x)


@dataclass(frozen=True, slots=True)
class ThresholdedRelu(FloatUnary):
    """x where x > alpha, else 0."""

    alpha: float = 1.0

    def jumps(self, operand: int) -> bool:
        """At the threshold."""
        return self.alpha != 0

    def _formula(self, x: Array) -> Array:
        return np.where(x > x.dtype.type(self.alpha), x, x.dtype.type(0))


@dataclass(frozen=True, slots=True)
class Shrink(Unary):
    """x + bias where x < -lambd, x - bias where x > lambd, else 0.

    For integers lambd and bias are truncated to the type first.
    """

    bias: float = 0.0
    lambd: float = 0.5

    def jumps(self, operand: int) -> bool:
        """At both thresholds."""
        return True

    def _formula(self, x: Array) -> Array:
        wide = x if x.dtype.kind == "f" else x.astype(np.float64)
        y = np.where(wide < -self.lambd, wide + self.bias,
                     np.where(wide > self.lambd, wide - self.bias, 0))
        return y.astype(x.dtype)


@dataclass(frozen=True, slots=True)
class Tanh(FloatUnary):
    """The hyperbolic tangent."""

    approximate: ClassVar[bool] = True

    def _formula(self, x: Array) -> Array:
        return np.asarray(np.tanh(x))


@dataclass(frozen=True, slots=True)
class Elu(FloatUnary):
    """x where x >= 0, else alpha (e^x - 1)."""

    alpha: float = 1.0

    def _formula(self, x: Array) -> Array:
        return np.where(x < 0, self.alpha * np.expm1(x), x)


@dataclass(frozen=True, slots=True)
class Selu(FloatUnary):
    """gamma x where x >= 0, else gamma alpha (e^x - 1)."""

    alpha: float = SELU_ALPHA
    gamma: float = SELU_GAMMA

    def _formula(self, x: Array) -> Array:
        return np.asarray(self.gamma * np.where(x < 0, self.alpha * np.expm1(x), x))


@dataclass(frozen=True, slots=True)
class Celu(FloatUnary):
    """x where x >= 0, else alpha (e^(x / alpha) - 1)."""

    alpha: float = 1.0

    def _formula(self, x: Array) -> Array:
        return np.where(x < 0, self.alpha * np.expm1(x / x.dtype.type(self.alpha)), x)


@dataclass(frozen=True, slots=True)
class Mish(FloatUnary):
    """x tanh(log(1 + e^x))."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(x * np.tanh(softplus(x)))


@dataclass(frozen=True, slots=True)
class Softplus(FloatUnary):
    """log(1 + e^x)."""

    def _formula(self, x: Array) -> Array:
        return softplus(x)


@dataclass(frozen=True, slots=True)
class Softsign(FloatUnary):
    """x / (1 + |x|)."""

    def _formula(self, x: Array) -> Array:
        return np.asarray(x / (1 + np.abs(x)))


@dataclass(frozen=True, slots=True)
class Swish(FloatUnary):
    """x sigmoid(alpha x); SiLU where alpha is 1."""

    alpha: float = 1.0

    def _formula(self, x: Array) -> Array:
        return np.asarray(x * sigmoid(self.alpha * x))


@dataclass(frozen=True, slots=True)
class Gelu(FloatUnary):
    """x (1 + erf(x / sqrt 2)) / 2, or its approximation by tanh where ``tanh`` is set."""

    effort_each: ClassVar[int] = 100

    tanh: bool = False

    def _formula(self, x: Array) -> Array:
        if self.tanh:
            inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)
            return np.asarray(0.5 * x * (1 + np.tanh(inner)))
        return np.asarray(0.5 * x * (1 + erf(x * x.dtype.type(math.sqrt(0.5)))))


@dataclass(frozen=True, slots=True)
class PRelu(Binary):
    """x where x >= 0, else slope x; slope broadcasts to x."""

    def infer(self, *inputs: TensorType | None) -> tuple[TensorType, ...]:
        """The shape of x."""
        (result,) = super(PRelu, self).infer(*inputs)
        x = inputs[0]
        assert x is not None
        self.require(result.shape == x.shape, "slope", f"a shape that broadcasts to {x.shape}",
                     inputs[1])
        return (result,)

    def _formula(self, x: Array, slope: Array) -> Array:
        return np.where(x < 0, x * slope, x)
