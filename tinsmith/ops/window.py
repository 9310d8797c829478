"""Windows that slide over the spatial axes of [N, C, ...spatial]: extents, padding, numpy views."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinsmith.dtypes import Array


def reach(kernel: int, dilation: int) -> int:
    """Elements from the first to the last tap of a window, both counted."""
    return (kernel - 1) * dilation + 1


def output_extent(size: int, kernel: int, stride: int, dilation: int, pad: int, pad_end: int,
                  ceil: bool = False) -> int:
    """How many windows fit on one axis (less than 1: none).

    With ``ceil`` the last window may hang over the end, but must start inside the input or the
    padding before it.
    """
    free = size + pad + pad_end - reach(kernel, dilation)
    if not ceil:
        return free // stride + 1
    count = -(-free // stride) + 1
    return count - 1 if (count - 1) * stride >= size + pad else count


def windows(x: Array, kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int],
            pads: Sequence[int], extents: Sequence[int], fill: float) -> Array:
    """A view [N, C, ...output, ...kernel] of all windows of a padded copy of ``x``.

    ``pads``: what lies before each spatial axis (as many entries as axes); after it as much is
    filled as the ``extents`` of the output need.
    """
    widths = [(0, 0), (0, 0)]
    for size, k, s, d, p, e in zip(x.shape[2:], kernel, strides, dilations, pads, extents,
                                   strict=True):
        widths.append((p, max((e - 1) * s + reach(k, d) - size - p, 0)))
    padded = np.pad(x, widths, constant_values=fill) if any(map(sum, widths)) else x
    axes = tuple(range(2, x.ndim))
    reaches = tuple(reach(k, d) for k, d in zip(kernel, dilations, strict=True))
    view = np.lib.stride_tricks.sliding_window_view(padded, reaches, axis=axes)
    steps = [slice(None)] * 2
    steps += [slice(0, (e - 1) * s + 1, s) for s, e in zip(strides, extents, strict=True)]
    steps += [slice(None, None, d) for d in dilations]
    return np.asarray(view[tuple(steps)])
