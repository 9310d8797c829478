"""Transposed convolution of stride 2 by Winograd's algorithm: four convolutions of 2x2, F(4,2).

Outputs in even and odd rows and columns are four convolutions of the same image with a quarter of
the taps each. F(4x4, 2x2) has 25 products where they have 64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tinsmith.dtypes import Array
from tinsmith.ir.op import TensorType
from tinsmith.kernels.addressing import image, strides
from tinsmith.kernels.conv.conv2d_winograd import Conv2dWinograd
from tinsmith.kernels.conv.conv_transpose2d_f32 import ConvTranspose2d
from tinsmith.kernels.conv.site import bias_of, weights_of
from tinsmith.kernels.conv.winograd_algorithms import F42
from tinsmith.kernels.kernel import Call, Forms, Kernel, Site, Variant
from tinsmith.ops.conv import Conv
from tinsmith.ops.conv_transpose import ConvTranspose

GATHERED = ConvTranspose2d()
PHASES, TAPS = 2, 2
LARGEST = PHASES * TAPS
PHASED = Conv2dWinograd(F42, phases=PHASES)


class ConvTranspose2dWinograd(Kernel):
    """ConvTranspose of stride 2, 3x3 to 4x4, one group, an even output."""

    def forms(self, site: Site) -> Sequence[Forms]:
        """Blocked in and out."""
        return tuple(each for each in GATHERED.forms(site)
                     if not (each.inputs[0].row_major or site.request.numerics.exact)
                     and _fits(site))

    def variants(self, site: Site, forms: Forms) -> Sequence[Variant]:
        """Those of the four convolutions."""
        return PHASED.variants(_unfilled(site), _of_conv(forms))

    def cycles(self, site: Site, forms: Forms) -> float:
        """That of the four convolutions."""
        return PHASED.cycles(_unfilled(site), _of_conv(forms))

    def lower(self, site: Site, forms: Forms) -> Call:
        """The four convolutions as one call."""
        op = _op(site)
        filters = phase_filters(site)
        bias = np.zeros((PHASES**2, filters.shape[0] // PHASES**2), np.float32)
        channels = site.output().shape[1]
        bias[:, :channels] = bias_of(site)
        call = PHASED.lower(_as_conv(site, filters, bias.ravel()), _of_conv(forms))
        y = image(site.output(), forms.outputs[0])
        constants = dict(call.constants) | strides("y", y) | {
            "y_row": PHASES * y.row, "y_pixel": PHASES * y.pixel,
            "odd_row": y.row, "odd_column": y.pixel,
            "phase_blocks": filters.shape[0] // PHASES**2 // site.target.lanes * y.block,
            "shift_top": op.pads[0] % 2, "shift_left": op.pads[1] % 2}
        return replace(call, constants=tuple(constants.items()))


def _op(site: Site) -> ConvTranspose:
    assert isinstance(site.op, ConvTranspose)
    return site.op


def _fits(site: Site) -> bool:
    op, (_, _, *kernel) = _op(site), site.input(1).shape
    return (op.group == 1 and op.strides == (PHASES, PHASES) and op.dilations == (1, 1)
            and all(TAPS < k <= LARGEST for k in kernel)
            and all(size % PHASES == 0 for size in site.output().shape[2:]))


def _filters_type(site: Site) -> TensorType:
    """[phases x padded channels, C, 2, 2]."""
    lanes, w = site.target.lanes, site.input(1)
    channels = -(-w.shape[1] // lanes) * lanes
    return TensorType((PHASES**2 * channels, w.shape[0], TAPS, TAPS), w.dtype)


def phase_filters(site: Site) -> Array:
    """Filters of the four convolutions, those of even rows and columns first.

    Along an axis output 2 t + a meets tap k = a + pad (mod 2) at input t + (a + pad - k) / 2: as a
    correlation that begins at input t - before(a), its taps come in falling order.
    """
    op, w = _op(site), weights_of(site)
    kind = _filters_type(site)
    found = np.zeros((PHASES, PHASES, kind.shape[0] // PHASES**2, *kind.shape[1:]), np.float32)
    whole = np.zeros((*w.shape[:2], LARGEST, LARGEST), np.float32)
    whole[:, :, :w.shape[2], :w.shape[3]] = w
    for a in range(PHASES):
        for b in range(PHASES):
            rows, columns = _taps(a + op.pads[0]), _taps(b + op.pads[1])
            taps = whole[:, :, rows][:, :, :, columns]
            found[a, b, :w.shape[1]] = taps.swapaxes(0, 1)
    return found.reshape(kind.shape)


def _taps(shifted: int) -> list[int]:
    """Taps of a phase, the one that meets the earliest input first."""
    first = shifted % PHASES
    return [first + PHASES * m for m in reversed(range(TAPS))]


def _before(pad: int) -> int:
    """Inputs before position t that outputs 2 t see."""
    return TAPS - 1 - pad // PHASES


def _unfilled(site: Site) -> Site:
    """The convolution while only its shapes matter."""
    return _as_conv(site, np.broadcast_to(np.float32(0), _filters_type(site).shape), None)


def _as_conv(site: Site, filters: Array, bias: Array | None) -> Site:
    """A convolution of 2x2 to the channels of all phases."""
    op = _op(site)
    n, _, h, w = site.output().shape
    conv = Conv((1, 1), (_before(op.pads[0]), _before(op.pads[1]), 0, 0), (1, 1),
                activation=op.activation)
    kind = TensorType(filters.shape, site.input(1).dtype)
    out = TensorType((n, filters.shape[0], h // PHASES, w // PHASES), site.output().dtype)
    more = () if bias is None else (TensorType(bias.shape, kind.dtype),)
    return replace(
        site, node=replace(site.node, op=conv), inputs=(site.inputs[0], kind, *more),
        outputs=(out,), constants=(None, filters, bias) if more else (None, filters))


def _of_conv(forms: Forms) -> Forms:
    return Forms((*forms.inputs[:2], forms.inputs[1])[:3], forms.outputs)


KERNEL = ConvTranspose2dWinograd()
