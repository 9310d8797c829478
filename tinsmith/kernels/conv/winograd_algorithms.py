"""Winograd's algorithms in one dimension: their matrices, and how far they err.

F(4x4, 3x3) has 36 products where direct convolution has 144; F(6x6, 3x3) 64 for 324; a 3x3 of
stride 2, its even and odd inputs apart, 81 for 144; a 7x7 of stride 2 on few channels becomes a
4x4 of stride 1 on four times as many, F(4x4, 4x4), 49 for 256. Of bfloat16 F(2x2, 3x3), 16 for 36,
is the largest: it errs 2.4 times as much as rounding the weights alone does, F(4x4, 3x3) 15 times.

Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinsmith.dtypes import Array, DType

# A sum of n products of random numbers errs by sqrt(n) / 5 of half a last bit, and ``noise`` says
# twice of what was seen of these algorithms.
ROUNDING = 2.0**-24 / 10
NOISE_CHANNELS = 32  # looked at, of a layer's output and of its input channels


@dataclass(frozen=True, slots=True)
class Matrices:
    """One dimension: y = at @ ((g @ filter) * (bt @ inputs))."""

    at: Array
    g: Array
    bt: Array


def cook_toom(points: Sequence[float], outputs: int, taps: int) -> Matrices:
    """F(outputs, taps) with these finite points and infinity.

    Rows of ``bt`` are the coefficients of (product of all x - point) / (x - its own), as
    winograd.h has them; the last row, of infinity, is the whole product.
    """
    n = outputs + taps - 1
    assert len(points) == n - 1
    at, g, bt = np.zeros((outputs, n)), np.zeros((n, taps)), np.zeros((n, n))
    for k, point in enumerate(points):
        others = [p for p in points if p != point]
        at[:, k] = point ** np.arange(outputs)
        g[k] = point ** np.arange(taps) / math.prod(point - p for p in others)
        bt[k, :n - 1] = np.poly(others)[::-1]
    at[-1, -1] = g[-1, -1] = 1
    bt[-1] = np.poly(points)[::-1]
    return Matrices(at, g, bt)


@dataclass(frozen=True, slots=True, eq=False)
class Algorithm:
    """One of winograd.h's algorithms, in each dimension.

    Attributes:
        name: F(outputs, taps), for people.
        inputs: pixels that a tile reads; it has as many elements.
        outputs: pixels that a tile gives.
        taps: of the filter.
        matrices: its transforms.
        stride: of the convolution.
        premium: times the cycles that it is taken to need, where it errs more than others.
        stored: the type of inputs, outputs and transformed ones.
        transforms: vector instructions for each element of a tile, of one block of channels, to
            transform inputs and outputs.
    """

    name: str
    inputs: int
    outputs: int
    taps: int
    matrices: Matrices
    stride: int = 1
    premium: float = 1.0
    stored: DType = DType.F32
    transforms: tuple[float, float] = (7.8, 6.6)

    @property
    def elements(self) -> int:
        """Products of one tile."""
        return self.inputs**2


def strided() -> Matrices:
    """Four outputs of three taps, two inputs apart: F(4, 2) of the even inputs, the odd ones."""
    even = F42.matrices
    at, g, bt = np.zeros((4, 9)), np.zeros((9, 3)), np.zeros((9, 9))
    at[:, :5], at[:, 5:] = even.at, np.eye(4)
    g[:5, ::2], g[5:, 1] = even.g, 1
    bt[:5, ::2], bt[5:, 1::2] = even.bt, np.eye(4)
    return Matrices(at, g, bt)


# neighbours share half of the transforms of their inputs
F23 = Algorithm("F(2,3)", 4, 2, 3, cook_toom((0, 1, -1), 2, 3), stored=DType.BF16,
                transforms=(5.6, 2.8))
F42 = Algorithm("F(4,2)", 5, 4, 2, cook_toom((0, 1, -1, 2), 4, 2))
F43 = Algorithm("F(4,3)", 6, 4, 3, cook_toom((0, 1, -1, 2, -2), 4, 3))
# errs twice as much as F(4,3): not for a gain that is none
F63 = Algorithm("F(6,3)", 8, 6, 3, cook_toom((0, 1, -1, 2, -2, 0.5, -0.5), 6, 3), premium=1.02)
F44 = Algorithm("F(4,4)", 7, 4, 4, cook_toom((0, 1, -1, 2, -2, 0.5), 4, 4))
STRIDED = Algorithm("F(4,3) stride 2", 9, 4, 3, strided(), stride=2)

# of the rows of F(4,3)'s G that the inputs have instead where filters are lean, as in winograd.h
FACTORS = np.array([1 / 4, -1 / 6, -1 / 6, 1 / 24, 1 / 24, 1])


def rounding(algorithm: Algorithm, w: Array) -> float:
    """What it adds to the rounding of direct sums of float32, as a share of the results."""
    if algorithm.stored is not DType.F32:
        return 0.0
    return ROUNDING * math.sqrt(math.prod(w.shape[1:])) * noise(algorithm, w)


def noise(algorithm: Algorithm, w: Array) -> float:
    """The errors of the algorithm's sums over those of direct ones, for these filters.

    Each product errs by its share of a last bit, in either: with elements U = G w G^T of inputs
    B^T x B that are as large as the rows of B^T are, outputs sum the squares of the columns of A^T.
    Of many channels, so many are looked at.
    """
    m = algorithm.matrices
    out, inner = (max(1, channels // NOISE_CHANNELS) for channels in w.shape[:2])
    some = w[::out, ::inner].astype(np.float64)
    direct = float((some**2).sum())
    if not direct > 0:
        return 1.0
    inputs = (m.bt**2).sum(1)
    elements = ((m.g @ some @ m.g.T)**2).sum((0, 1)) * np.outer(inputs, inputs)
    outputs = (m.at**2).mean(0)
    return math.sqrt(float(outputs @ elements @ outputs) / direct)


def coupling(algorithm: Algorithm) -> Array:
    """How the errors of a tile's elements add up: [elements, elements], (At A) times (Bt B)."""
    m = algorithm.matrices
    one = (m.at.T @ m.at) * (m.bt @ m.bt.T)
    return np.kron(one, one).astype(np.float32)
