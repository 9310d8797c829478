"""One pixel that is no number: where it arrives by direct convolution and by Winograd's."""

from __future__ import annotations

import numpy as np
import pytest

from tests.cases.case import Prefer
from tests.schedule.test_prepared import convolutions
from tinsmith.interpret import interpret
from tinsmith.kernels.conv.conv2d_winograd import Conv2dWinograd
from tinsmith.kernels.conv.winograd_algorithms import F63
from tinsmith.request import Numerics, Request
from tinsmith.runtime.session import load
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find

pytestmark = pytest.mark.cc
ROW, COLUMN, REACH = 5, 7, 8


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("exact", [True, False], ids=["exact", "fast"])
def test_a_special_pixel_arrives_where_it_may(special: float, exact: bool) -> None:
    graph = convolutions(0)
    x = np.random.default_rng(0).standard_normal((1, 32, 16, 16)).astype(np.float32)
    x[0, 3, ROW, COLUMN] = special
    want = interpret(graph, {"x": x})["y"]
    plan = schedule(graph, Request(find("native"), numerics=Numerics(exact=exact)),
                    Prefer(Conv2dWinograd(F63).label))
    assert bool(plan.roundings) is not exact
    got = load(plan)(x)
    assert isinstance(got, np.ndarray)
    wrong = ~np.isfinite(got)
    if exact:
        np.testing.assert_array_equal(got[wrong], want[~np.isfinite(want)])
        assert wrong.sum() == 288
    assert wrong[~np.isfinite(want)].all()
    rows, columns = np.argwhere(wrong[0].any(0)).T
    assert np.abs(rows - ROW).max() < REACH and np.abs(columns - COLUMN).max() < REACH
    np.testing.assert_allclose(got[~wrong], want[~wrong], atol=1e-4 * np.abs(want[~wrong]).max())
