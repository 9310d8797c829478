"""Where Winograd is chosen, and that its matrices are right."""

import numpy as np
import pytest

from tests.cases.case import Case
from tests.cases.conv_winograd import CASES
from tinsmith.kernels.conv2d_winograd_f32 import AT, BT, ELEMENTS, G, pack
from tinsmith.kernels.kernel import Options
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find

NAME = "conv2d_winograd_f32"


def kernels_of(case: Case, target: str, options: Options) -> list[str]:
    return [step.call.kernel for step in schedule(case.graph(), find(target), options).steps]


@pytest.mark.parametrize("target", ["x86-64-v4", "x86-64-v3", "cortex-a53", "cortex-a7"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_cases_use_it(case: Case, target: str) -> None:
    assert NAME in kernels_of(case, target, Options(threads=2))


def test_exact_never_does() -> None:
    assert NAME not in kernels_of(CASES[0], "x86-64-v4", Options(exact=True))


def test_matrices() -> None:
    rng = np.random.default_rng(0)
    d, g = rng.standard_normal((6, 6)), rng.standard_normal((3, 3))
    direct = np.array([[np.sum(d[i:i + 3, j:j + 3] * g) for j in range(4)] for i in range(4)])
    tile = AT @ ((G @ g @ G.T) * (BT @ d @ BT.T)) @ AT.T
    np.testing.assert_allclose(tile, direct, rtol=0, atol=1e-12)


def test_the_bias_element_reaches_every_pixel_alike() -> None:
    m = np.zeros((6, 6))
    m[1, 1] = 3.0
    np.testing.assert_array_equal(AT @ m @ AT.T, np.full((4, 4), 3.0))


def test_pack() -> None:
    lanes, tile_b, oc, ic = 4, 2, 10, 3  # three vectors: a group of two and one of one
    rng = np.random.default_rng(0)
    w = rng.standard_normal((oc, ic, 3, 3)).astype(np.float32)
    bias = rng.standard_normal(oc).astype(np.float32)
    packed, padded = pack(w, bias, lanes, tile_b)
    assert packed.size == ELEMENTS * ic * 3 * lanes
    np.testing.assert_array_equal(padded, [*bias, 0, 0])
    last = packed[ELEMENTS * ic * 2 * lanes:].reshape(6, 6, ic, 1, lanes)
    want = (G @ w[9, 2].astype(np.float64) @ G.T).astype(np.float32)
    np.testing.assert_array_equal(last[:, :, 2, 0, 1], want)
    np.testing.assert_array_equal(last[..., 2:], 0)
