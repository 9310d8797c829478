"""What is said of an output that is wrong."""

from __future__ import annotations

import numpy as np

from tinsmith.runtime.compare import complaint
from tinsmith.tolerance import Distance


def test_a_complaint_names_the_farthest_place() -> None:
    want = np.float32([np.nan, np.inf, 1.0, 2.0, 4.0])
    got = np.float32([np.nan, np.inf, 1.0, 1.5, 4.0])
    allowed = Distance(1e-4, 1e-4)
    assert complaint("y", want, want, allowed) == ""
    assert complaint("y", got, want, allowed).endswith("at element 3: got 1.5, wanted 2.0")
    got[2] = np.nan
    assert complaint("y", got, want, allowed).endswith("at element 2: got nan, wanted 1.0")
