"""Where Resize reads, against the formulas of the standard, and which sample is the nearest."""

import numpy as np
import pytest

from tinsmith.ops.resize import COORDINATES, Resize


def formula(mode, o, scale, size, length, start, end):
    """x_original as the standard words it, in float64 (tf_half_pixel_for_nn: opset 11)."""
    last = length - 1
    if mode == "half_pixel":
        return (o + 0.5) / scale - 0.5
    if mode == "half_pixel_symmetric":
        return length / 2 * (1 - size / (scale * length)) + (o + 0.5) / scale - 0.5
    if mode == "pytorch_half_pixel":
        return (o + 0.5) / scale - 0.5 if size > 1 else 0 * o
    if mode == "align_corners":
        return o * last / (size - 1) if size > 1 else 0 * o
    if mode == "asymmetric":
        return o / scale
    if mode == "tf_crop_and_resize":
        return (start * last + o * (end - start) * last / (size - 1) if size > 1
                else 0 * o + 0.5 * (start + end) * last)
    return (o + 0.5) / scale


@pytest.mark.parametrize("mode", COORDINATES)
@pytest.mark.parametrize(("length", "scale"), [
    (5, 1.7), (7, 2.5), (4, 0.9), (9, 1 / 3), (1, 3.5), (5, 0.3), (3, 0.4), (2, 1.2), (1, 1.9)])
def test_coordinates_are_those_of_the_standard(mode, length, scale):
    size = int(length * scale)
    roi = (0.2, 0.7) if mode == "tf_crop_and_resize" else ()
    op = Resize((size,), (scale,), "linear", mode, roi=roi)
    got = op.coordinates(0, length)
    want = formula(mode, np.arange(size), np.float64(scale), size, length, 0.2, 0.7)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6 * length)


@pytest.mark.parametrize(("rounding", "length", "size", "at", "want"), [
    # 21 * 29 / 42 = 14.5, but 14.500001 in float32; the others likewise
    ("round_prefer_floor", 29, 42, 21, 14), ("round_prefer_ceil", 29, 42, 21, 15),
    ("round_prefer_floor", 15, 8, 4, 7), ("round_prefer_ceil", 15, 8, 4, 8),
    ("round_prefer_floor", 23, 14, 7, 11), ("round_prefer_ceil", 15, 32, 16, 8)])
def test_a_middle_that_float32_misses_is_a_middle(rounding, length, size, at, want):
    op = Resize((size,), (size / length,), "nearest", "asymmetric", rounding)
    assert op.taps(0, length).index[at, 0] == want


@pytest.mark.parametrize("rounding", ["round_prefer_floor", "round_prefer_ceil"])
def test_beside_the_middle_is_not_the_middle(rounding):
    below, above = (Resize((2,), (1 / x,), "nearest", "asymmetric", rounding).taps(0, 20)
                    for x in (7.4999, 7.5001))
    assert (below.index[1, 0], above.index[1, 0]) == (7, 8)


def test_a_fraction_of_a_scale_reaches_the_last_corner():
    x = np.arange(10, dtype=np.float32).reshape(2, 5)
    y, = Resize((2, 8), (1.0, 1.7), "linear", "align_corners").reference(x)
    assert np.array_equal(y[:, [0, -1]], x[:, [0, -1]])
