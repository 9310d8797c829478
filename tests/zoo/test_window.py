"""Window sizes and padding, against known layers."""

from __future__ import annotations

import pytest

from tinsmith.zoo.window import Window


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "pad", "ceil", "pads", "out"),
    [
        ((224, 224), 7, 2, None, False, (3, 3, 3, 3), (112, 112)),
        ((112, 112), 3, 2, 0, True, (0, 0, 0, 0), (56, 56)),
        ((111, 111), 3, 2, 0, True, (0, 0, 0, 0), (55, 55)),
        ((49, 10), (10, 4), 2, "same", False, (4, 1, 5, 1), (25, 5)),
        ((112, 112), 3, 2, "same", False, (0, 0, 1, 1), (56, 56)),
        ((13, 13), 2, 1, "same", False, (0, 0, 1, 1), (13, 13)),
        ((17, 17), (1, 7), 1, None, False, (0, 3, 0, 3), (17, 17)),
        # The last window would start on the padding behind the image: dropped.
        ((4, 4), 1, 3, (0, 0, 0, 0), True, (0, 0, 0, 0), (2, 2)),
        ((5, 5), 2, 3, (0, 0, 1, 1), True, (0, 0, 1, 1), (2, 2)),
    ],
)
def test_window(size, kernel, stride, pad, ceil, pads, out) -> None:
    window = Window.over(size, kernel, stride, pad, ceil)
    assert window.pads == pads
    assert window.out(size) == out


def test_coverage_counts_what_lies_on_the_image() -> None:
    # Three positions of three taps on three pixels: 2 + 3 + 2 of 9, along each axis.
    assert Window.over((3, 3), 3, 1, 1).coverage((3, 3)) == pytest.approx((7 / 9) ** 2)
    assert Window.over((8, 8), 2, 2, 0).coverage((8, 8)) == 1
