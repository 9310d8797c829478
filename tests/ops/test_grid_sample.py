"""GridSample beyond the border, against sums written out."""

import numpy as np
import pytest

from tinsmith.ops.grid_sample import GridSample

A = -0.75


def keys(d):
    """Keys' cubic filter, in his own words."""
    d = abs(d)
    if d <= 1:
        return (A + 2) * d**3 - (A + 3) * d**2 + 1
    return A * d**3 - 5 * A * d**2 + 8 * A * d - 4 * A if d < 2 else 0.0


@pytest.mark.parametrize("place", [-3.4, -1.7, -0.6, -0.2, 0.4, 3.3, 4.2, 5.8])
def test_cubic_border_clamps_the_neighbours_and_not_the_place(place):
    row = np.array([3.0, -1.0, 4.0, 1.0, -5.0])
    grid = np.array(place / 2 - 1).reshape(1, 1, 1)  # align_corners: -1 .. 1 is 0 .. 4
    y, = GridSample("cubic", "border", True).reference(row.reshape(1, 1, 5), grid)
    low = int(np.floor(place))
    want = sum(keys(place - i) * row[min(max(i, 0), 4)] for i in range(low - 1, low + 3))
    assert y.item() == pytest.approx(want, abs=1e-12)
