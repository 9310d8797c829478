"""How far results are apart."""

from __future__ import annotations

import numpy as np
import pytest

from tinsmith.dtypes import DType
from tinsmith.tolerance import SAME, UNLIKE, Distance, distance, tolerated


def test_floats_are_apart_by_shares_of_the_largest() -> None:
    one = np.array([1.0, -4.0], np.float32)
    assert distance(one, one) == SAME
    assert distance(one + np.float32([0.5, 0]), one) == Distance(0.125, 0.0625)
    assert distance(np.array([], np.float32), np.array([], np.float32)) == SAME


def test_what_is_no_number_must_be_none_in_both() -> None:
    one, bad = np.array([1.0, 2.0], np.float32), np.array([1.0, np.nan], np.float32)
    assert distance(bad, bad) == SAME
    assert distance(bad, one) == distance(one, bad) == UNLIKE
    assert distance(np.float32([np.inf, 2.5]), np.float32([np.inf, 2])) == Distance(0.25, 0.125)
    assert distance(np.float32([np.inf]), np.float32([-np.inf])) == UNLIKE
    assert distance(one.astype(np.float64), one) == UNLIKE
    assert distance(one[:1], one) == UNLIKE


@pytest.mark.parametrize(("dtype", "got", "want", "largest"), [
    (np.uint8, [0, 255, 3, 4], [255, 255, 3, 4], 255), (np.int8, [-128, 0, 1, 2],
                                                        [127, 0, 1, 2], 255),
    (np.int64, [-2**63, 0, 1, 2], [2**63 - 1, 0, 1, 2], 2.0**64),
    (np.bool_, [True, False, True, True], [False, False, True, True], 1)])
def test_integers_are_apart_by_steps_and_how_many_differ(
        dtype: type, got: list[int], want: list[int], largest: float) -> None:
    assert distance(np.array(got, dtype), np.array(want, dtype)) == Distance(largest, 0.25)


def test_what_a_type_allows() -> None:
    assert tolerated(DType.F32) == Distance(1e-4, 1e-4)
    assert tolerated(DType.F32, "bf16") == Distance(3e-2, 3e-2)
    assert tolerated(DType.I32, "bf16") == SAME
