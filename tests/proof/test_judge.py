"""What counts as right, number by number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tinsmith.dtypes import DType
from tinsmith.proof.answer import Answer
from tinsmith.proof.judge import UNIT

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


@pytest.mark.parametrize("other", [-INF, 0.0, 2.0])
def test_what_follows_from_a_zero_of_the_other_sign_is_right(other: float) -> None:
    infinite = np.array([INF], np.float32)
    new = np.array([other], np.float32)
    answer = Answer(infinite, infinite, [infinite] * 3, UNIT[DType.F32], DType.F32)
    assert answer.far(new) is not None
    assert replace(answer, others=[np.array([other])]).far(new) is None
    assert replace(answer, others=[np.array([1.0])]).far(new) is not None
