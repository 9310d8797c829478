"""Operators that read and write at computed places."""

import numpy as np
import pytest

from tests.importers.onnx.models import imported, outputs
from tinsmith.errors import UnsupportedError


@pytest.mark.parametrize("corners", [0, 1])
def test_affine_grid_of_one_image(corners):
    graph = imported(f"""m (float[1,2,3] t, int64[4] s) => (float[1,2,3,2] y) {{
        y = AffineGrid <align_corners = {corners}> (t, s) }}""", s=np.array([1, 1, 2, 3]))
    swap = np.array([[[0, 1, 0.5], [1, 0, 0]]], np.float32)
    y, x = np.meshgrid([-1, 1], [-1, 0, 1], indexing="ij")
    if not corners:
        x, y = x * 2 / 3, y / 2
    assert np.allclose(outputs(graph, t=swap)[0][0], np.stack([y + 0.5, x], -1), atol=1e-6)


def test_grid_sample_in_four_dimensions_is_refused():
    with pytest.raises(UnsupportedError, match="GridSample 'GridSample_0' input: expected at most"):
        imported("""m (float[1,1,2,2,2,2] x, float[1,2,2,2,2,4] g) => (y) {
            y = GridSample (x, g) }""")


def test_unknown_roi_coordinates_are_refused():
    with pytest.raises(UnsupportedError, match="coordinate_transformation_mode: expected half_pix"):
        imported("""m (float[1,1,4,4] x, float[1,4] r, int64[1] b) => (y) {
            y = RoiAlign <coordinate_transformation_mode = "other"> (x, r, b) }""")
