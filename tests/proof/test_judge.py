"""What counts as right, number by number."""

from __future__ import annotations

import numpy as np
import pytest

from tinsmith.dtypes import DType
from tinsmith.proof.judge import UNIT, Answer

INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(("old", "truth", "new", "right"), [
    (1.0, 1.0, 1.0, True), (1.0, 1.0, 1.1, False),
    (NAN, INF, NAN, True),  # float32 met inf - inf before the change, too
    (INF, INF, NAN, False), (INF, INF, -INF, False), (NAN, NAN, 1.0, False),
    (INF, 1e39, INF, True), (1.0, 1.0, NAN, False),
])
def test_numbers_at_the_ends_of_a_type(old: float, truth: float, new: float, right: bool) -> None:
    answer = Answer(np.array([old], np.float32), np.array([truth]), [np.array([truth])] * 3,
                    UNIT[DType.F32], DType.F32)
    assert (answer.far(np.array([new], np.float32)) is None) == right


@pytest.mark.parametrize("either", [False, True])
def test_the_sign_of_an_infinity_counts_unless_zero_is_divided_by(either: bool) -> None:
    infinite = np.array([INF], np.float32)
    answer = Answer(infinite, infinite, [infinite] * 3, UNIT[DType.F32], DType.F32, either)
    assert (answer.far(-infinite) is None) == either
