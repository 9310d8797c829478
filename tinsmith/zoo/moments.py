"""Mean and variance of activations, foreseen channel by channel, so that seeded weights fit.

A network with random weights is a useful test only when its activations keep their size through
depth. The Builder therefore carries an estimate of them along each edge, gives a convolution
without normalisation weights that bring its output to variance 1 (He et al. 2015,
arXiv:1502.01852, with the true input in place of a ReLU's), and gives a BatchNormalization the
running statistics that its input will have.

Weights have mean zero, so a convolution's output is taken as mean zero with variance
sum(w^2 E[x^2]): the second moment is what is kept. Subtracting each channel's true mean as well
would make the network chaotic (Yang et al. 2019, arXiv:1902.08129) and rounding errors with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

Vector = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

_POINTS = 64
_UNIFORM = [(i + 0.5) / _POINTS for i in range(_POINTS)]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Mean and variance of each channel, taken as normally distributed."""

    mean: Vector
    var: Vector

    @property
    def power(self) -> Vector:
        """E[x^2] of each channel."""
        return self.mean**2 + self.var

    def map(self, change: Callable[[Vector], Vector]) -> Moments:
        """The same change (repeat, reorder, slice) of both vectors."""
        return Moments(change(self.mean), change(self.var))


def standard(channels: int) -> Moments:
    """Mean 0 and variance 1: what a normalised input has."""
    return Moments(np.zeros(channels), np.ones(channels))


def through(x: Moments, function: Callable[[Vector], Vector]) -> Moments:
    """The moments of function(x)."""
    return _over_quantiles(x, function, _UNIFORM)


def largest(x: Moments, count: int) -> Moments:
    """The moments of the largest of `count` independent draws."""
    return _over_quantiles(x, lambda value: value, [u ** (1 / count) for u in _UNIFORM])


def weighted(power: Vector) -> Moments:
    """The moments of a sum under random weights of mean zero."""
    return Moments(np.zeros_like(power), power)


def added(a: Moments, b: Moments) -> Moments:
    """The moments of a + b, taken as independent."""
    return Moments(a.mean + b.mean, a.var + b.var)


def multiplied(a: Moments, b: Moments) -> Moments:
    """The moments of a * b, taken as independent."""
    mean = a.mean * b.mean
    return Moments(mean, a.power * b.power - mean**2)


def coarse(x: Vector) -> Vector:
    """Keep 12 bits of the mantissa, so that another machine's last bit does not show."""
    mantissa, exponent = np.frexp(x)
    return np.ldexp(np.round(mantissa * 4096) / 4096, exponent)


def _over_quantiles(
    x: Moments, function: Callable[[Vector], Vector], quantiles: list[float]
) -> Moments:
    normal = np.array([NormalDist().inv_cdf(u) for u in quantiles])
    y = function(x.mean[:, None] + np.sqrt(x.var)[:, None] * normal)
    return Moments(y.mean(axis=1), y.var(axis=1))
