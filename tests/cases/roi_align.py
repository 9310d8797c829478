"""RoiAlign."""

import numpy as np

from tests.cases.case import Case, random
from tinsmith.ops.roi_align import MODES, RoiAlign

X = random(2, 5, 9, 11)
ROIS = np.array([[0, 0, 20, 16], [3.3, 4.1, 9.7, 30], [-8, -6, 4, 5], [10, 3, 2, 1],
                 [100, 100, 120, 110], [1.5, 1.5, 1.6, 1.7]], np.float32)
IMAGES = np.array([0, 1, 1, 0, 0, 1])
NOT_NUMBERS = np.array([[np.nan, 0, 5, 5], [0, 0, np.inf, 4]], np.float32)

CASES = (
    *(Case(f"roi_align_{mode}_{half}_{sampling}",
           RoiAlign(3, 4, sampling, 0.4, mode, bool(half)), (X, ROIS, IMAGES), tolerance=1e-5)
      for mode in MODES for half in (0, 1) for sampling in (0, 2)),
    Case("roi_align_one", RoiAlign(), (X, ROIS, IMAGES), tolerance=1e-5),
    Case("roi_align_image_out_of_range", RoiAlign(2, 2, 1), (X, ROIS, IMAGES * 9 - 4),
         tolerance=1e-5),
    Case("roi_align_not_numbers", RoiAlign(2, 2, 2), (X, NOT_NUMBERS, IMAGES[:2]),
         tolerance=1e-5),
    Case("roi_align_no_regions", RoiAlign(2, 2), (X, ROIS[:0], IMAGES[:0])),
    Case("roi_align_f64", RoiAlign(2, 3, 0, 0.25), (X.astype("float64"), ROIS.astype("float64"),
                                                    IMAGES), tolerance=1e-12),
    Case("roi_align_f16", RoiAlign(2, 3, 2, 0.25), (X.astype("float16"), ROIS.astype("float16"),
                                                    IMAGES), tolerance=2e-3),
)
