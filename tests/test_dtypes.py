"""Element types."""

from __future__ import annotations

import numpy as np
import pytest

from tinsmith.dtypes import DType, Ends


@pytest.mark.parametrize(("dtype", "ends"), [
    (DType.F64, Ends(float(np.finfo(np.float64).max), 2.0**-1022, 2.0**-1074)),
    (DType.F32, Ends(float(np.finfo(np.float32).max), 2.0**-126, 2.0**-149)),
    (DType.F16, Ends(65504.0, 2.0**-14, 2.0**-24)),
    (DType.BF16, Ends(3.3895313892515355e38, 2.0**-126, 2.0**-133))])
def test_ends_of_floats(dtype: DType, ends: Ends) -> None:
    assert dtype.ends == ends
