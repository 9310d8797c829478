"""GridSample."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.ops.grid_sample import MODES, PADDINGS, GridSample

IMAGE = random(2, 3, 5, 6)
GRID = random(2, 4, 7, 2, low=-2.5, high=2.5)
VOLUME = random(1, 2, 3, 4, 5)
PLACES = random(1, 2, 3, 4, 3, low=-1.5, high=1.5)
CORNERS = np.stack(np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 11)), -1)[None]
WILD = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 1.5, -1, 1], np.float32)


def _tolerance(mode):
    return 0 if mode == "nearest" else 2e-5


CASES = (
    *(Case(f"grid_sample_{mode}_{padding}_{align}", GridSample(mode, padding, bool(align)),
           (IMAGE, GRID), tolerance=_tolerance(mode))
      for mode in MODES for padding in PADDINGS for align in (0, 1)),
    *(Case(f"grid_sample_3d_{mode}_{padding}", GridSample(mode, padding), (VOLUME, PLACES),
           tolerance=_tolerance(mode)) for mode in MODES for padding in PADDINGS),
    *(Case(f"grid_sample_exact_{mode}_{padding}", GridSample(mode, padding),
           (IMAGE[:1], CORNERS.astype(np.float32)), tolerance=_tolerance(mode))
      for mode in MODES for padding in PADDINGS),
    *(Case(f"grid_sample_wild_{mode}_{padding}_{align}", GridSample(mode, padding, bool(align)),
           (IMAGE[:1], WILD.reshape(1, 1, 4, 2)), tolerance=_tolerance(mode))
      for mode in MODES for padding in PADDINGS for align in (0, 1)),
    Case("grid_sample_one_pixel", GridSample("linear", "reflection", True),
         (random(2, 3, 1, 1), GRID), tolerance=1e-5),
    Case("grid_sample_1d", GridSample(), (random(2, 3, 8), random(2, 5, 1)), tolerance=1e-5),
    Case("grid_sample_empty", GridSample(), (random(2, 0, 4, 4), GRID)),
    Case("grid_sample_f64", GridSample("cubic"), (IMAGE.astype("float64"), GRID.astype("float64")),
         tolerance=1e-12),
    Case("grid_sample_f16", GridSample(), (IMAGE.astype("float16"), GRID.astype("float16")),
         tolerance=2e-3),
)
