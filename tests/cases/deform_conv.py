"""DeformConv."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.ops.deform_conv import DeformConv


def _case(name, shape, filters, kernel, op, mask=True, bias=True, dtype="float32", tolerance=1e-5):
    x = random(*shape)
    w = random(filters, shape[1] // op.group, *kernel, seed=1)
    size = [(d + op.pads[a] + op.pads[a + 2] - op.dilations[a] * (kernel[a] - 1) - 1)
            // op.strides[a] + 1 for a, d in enumerate(shape[2:])]
    taps = op.offset_group * kernel[0] * kernel[1]
    offset = random(shape[0], 2 * taps, *size, seed=2, low=-2, high=2)
    masks = random(shape[0], taps, *size, seed=3, low=0)
    inputs = (x, w, offset, random(filters, seed=4) if bias else None, masks if mask else None)
    if not mask:
        inputs = inputs[:4] if bias else inputs[:3]
    return Case(name, op, tuple(None if i is None else i.astype(dtype) for i in inputs),
                weights=(1,), tolerance=tolerance)


FAR = random(1, 18, 5, 19, seed=5)
FAR[0, ::3] = np.array([np.nan, np.inf, -1e30, 1e30, -1])[:, None]

CASES = (
    _case("deform_conv", (2, 4, 7, 21), 5, (3, 3), DeformConv(pads=(1, 1, 1, 1))),
    _case("deform_conv_strides", (1, 4, 9, 8), 4, (3, 2),
          DeformConv((2, 1), (0, 1, 1, 0), (1, 2))),
    _case("deform_conv_groups", (2, 6, 6, 5), 4, (3, 3), DeformConv(group=2, offset_group=3)),
    _case("deform_conv_no_mask", (1, 2, 5, 5), 3, (1, 1), DeformConv(), mask=False),
    _case("deform_conv_bare", (1, 2, 5, 5), 3, (2, 2), DeformConv(), mask=False, bias=False),
    _case("deform_conv_f64", (1, 2, 5, 5), 3, (2, 2), DeformConv(), dtype="float64",
          tolerance=1e-12),
    _case("deform_conv_f16", (1, 2, 5, 5), 3, (2, 2), DeformConv(), dtype="float16",
          tolerance=5e-3),
    Case("deform_conv_far", DeformConv(), (random(1, 2, 7, 21), random(3, 2, 3, 3), FAR),
         tolerance=1e-5),
)
