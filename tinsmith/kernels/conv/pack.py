"""Weights in the order in which convolutions read them: channels that lie together, in vectors.

A vector of weights has ``width`` output channels and, for each, ``inner`` input channels one after
the other: 1, or as many as one instruction (or one vector) takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tinsmith.dtypes import Array, DType

FLOAT_BYTES = 4


def width_of(dtype: DType, inner: int, lanes: int) -> int:
    """Output channels of a vector of weights, which is as wide as ``lanes`` float32."""
    return lanes * FLOAT_BYTES // dtype.size_bytes // inner


@dataclass(frozen=True, slots=True)
class Segments:
    """Where the input channels of each group are cut, and how many lie together.

    Attributes:
        cuts: for each group the first channel of each segment, and the end.
        inner: channels of a segment that lie together; the last ones may be fewer.
    """

    cuts: tuple[tuple[int, ...], ...]
    inner: int

    @property
    def steps(self) -> int:
        """Runs of ``inner`` channels of a group, the most of all groups."""
        return max(sum(-(-(stop - c) // self.inner) for c, stop in pairwise(cut))
                   for cut in self.cuts)

    @property
    def ragged(self) -> bool:
        """Whether some runs are shorter."""
        return any((stop - c) % self.inner for cut in self.cuts for c, stop in pairwise(cut))


def segments(ic: int, groups: int, block: int, inner: int) -> Segments:
    """Groups of ``ic`` channels, cut where the channel of the tensor is a multiple of ``block``."""
    return Segments(tuple((0, *range(-g * ic % block or block, ic, block), ic)
                          for g in range(groups)), inner)


def pack(w: Array, cut: Segments, width: int, tile_b: int) -> Array:
    """Weights [M, C, kh, kw] as [group][oc group][segment][kh][kw][c / inner][B][width][inner].

    Zero-padded; groups with fewer runs than others are padded at the end of each oc group.
    """
    groups = len(cut.cuts)
    oc, (_, _, kh, kw) = w.shape[0] // groups, w.shape
    vectors = -(-oc // width)
    filter_size = cut.steps * kh * kw * width * cut.inner
    packed = np.zeros((groups, vectors * filter_size), w.dtype)
    for g, cuts in enumerate(cut.cuts):
        filters = np.zeros((vectors * width, *w.shape[1:]), w.dtype)
        filters[:oc] = w[g * oc:(g + 1) * oc]
        for first in range(0, vectors, tile_b):
            b = min(tile_b, vectors - first)
            part = filters[first * width:(first + b) * width].reshape(b, width, *w.shape[1:])
            data = _segments(part, cuts, cut.inner)
            packed[g, first * filter_size:first * filter_size + data.size] = data
    return packed.ravel()


def pack_bias(bias: Array, groups: int, width: int, inner: int = 1) -> Array:
    """A bias [M] as [group][vectors][width][inner], zero-padded, behind each value zeros."""
    oc = len(bias) // groups
    padded = np.zeros((groups, -(-oc // width) * width, inner), np.float32)
    padded[:, :oc, 0] = bias.reshape(groups, oc)
    return padded.ravel()


def _segments(part: Array, cuts: Sequence[int], inner: int) -> Array:
    """[B, width, ic, kh, kw] as [segment][kh][kw][ceil(c / inner)][B][width][inner]."""
    b, width, ic, kh, kw = part.shape
    size = cuts[1]
    if size % inner == 0 and all(stop - c == size for c, stop in pairwise(cuts)):
        whole = part.reshape(b, width, ic // size, size // inner, inner, kh, kw)
        return whole.transpose(2, 5, 6, 3, 0, 1, 4).ravel()
    return np.concatenate([_segment(part[:, :, c:stop], inner) for c, stop in pairwise(cuts)])


def _segment(part: Array, inner: int) -> Array:
    """[B, width, c, kh, kw] as [kh][kw][ceil(c / inner)][B][width][inner]."""
    b, width, channels, kh, kw = part.shape
    even = np.zeros((b, width, -(-channels // inner) * inner, kh, kw), part.dtype)
    even[:, :, :channels] = part
    return even.reshape(b, width, -1, inner, kh, kw).transpose(4, 5, 2, 0, 1, 3).ravel()
