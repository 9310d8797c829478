"""The kernels of bfloat16: which cases they serve, their packing, their rounding."""

import ml_dtypes
import numpy as np
import pytest

from tests.cases.case import Case, Prefer
from tests.cases.halves import CASES, TRANSFORMED, winograd
from tinsmith.dtypes import DType
from tinsmith.kernels.conv.pack import pack, pack_bias, segments
from tinsmith.kernels.conv.winograd_algorithms import F23, coupling
from tinsmith.kernels.conv.winograd_filters import pack_transformed, rounded
from tinsmith.request import Numerics, Request
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find

COUPLING = coupling(F23)


@pytest.mark.parametrize("target", ["x86-64-v4+avx512bf16", "x86-64-v3", "cortex-a53", "c"])
@pytest.mark.parametrize("case", [c for c in CASES if c.kernel], ids=lambda case: case.name)
def test_the_cases_use_their_kernels(case: Case, target: str) -> None:
    plan = schedule(case.graph(), Request(find(target), threads=2), Prefer(case.kernel))
    assert case.kernel.split()[0] in [step.call.kernel for step in plan.steps]


def test_winograd_is_chosen_where_pairs_are_fast_unless_exact() -> None:
    case = winograd("large", (1, 64, 56, 56), 64)
    for exact in (False, True):
        plan = schedule(case.graph(), Request(
            find("x86-64-v4+avx512bf16"), numerics=Numerics(exact=exact)))
        algorithms = [step.call.algorithm for step in plan.steps]
        assert (F23.name in algorithms) is not exact
    assert case.tolerance == TRANSFORMED


def test_coupling_says_how_errors_of_elements_add_up() -> None:
    """Over all inputs of one pixel: the sum of the squares of what errors do to the outputs."""
    error, m = np.random.default_rng(0).standard_normal((4, 4)), F23.matrices
    outputs = [m.at @ (error * (m.bt @ d.reshape(4, 4) @ m.bt.T)) @ m.at.T for d in np.eye(16)]
    want = sum(float((y**2).sum()) for y in outputs)
    np.testing.assert_allclose(error.ravel() @ COUPLING @ error.ravel(), want)


def test_filters_are_rounded_so_that_errors_cancel() -> None:
    filters = np.random.default_rng(0).standard_normal((F23.elements, 1000)).astype(np.float32)

    def noise(found: np.ndarray) -> float:
        error = found.astype(np.float64) - filters
        return float(np.einsum("in,ij,jn->", error, COUPLING, error))

    got = rounded(filters, COUPLING)
    ulp = np.abs(filters) * 2.0**-7
    assert (np.abs(got.astype(np.float32) - filters) <= ulp).all()
    assert noise(got) < 0.8 * noise(filters.astype(ml_dtypes.bfloat16))
    exact = np.ones((F23.elements, 3), np.float32) * np.float32([0.0, 1.5, -2.0])
    np.testing.assert_array_equal(rounded(exact, COUPLING).astype(np.float32), exact)


def test_pack_winograd() -> None:
    lanes, tile_b, oc, ic = 4, 2, 10, 3  # three vectors: a group of two and one of one; odd ic
    rng = np.random.default_rng(0)
    w = rng.integers(-8, 8, (oc, ic, 3, 3)).astype(np.float32)
    packed = pack_transformed(F23, w, lanes, tile_b, inner=2)
    assert packed.dtype == DType.BF16.numpy
    last = packed[F23.elements * 2 * 2 * lanes * 2:].reshape(F23.elements, 2, 1, lanes, 2)
    g = F23.matrices.g
    want = (g @ w[9, 2].astype(np.float64) @ g.T).ravel()
    np.testing.assert_allclose(last[:, 1, 0, 1, 0].astype(np.float64), want, rtol=2**-7)
    np.testing.assert_array_equal(last[:, 1, 0, :, 1].astype(np.float32), 0)


def test_pack_direct_pairs_channels() -> None:
    w = np.arange(5 * 3, dtype=np.float32).reshape(5, 3, 1, 1)
    packed = pack(w.astype(DType.BF16.numpy), segments(3, 1, 4, 2), 4, 1)
    first = packed.astype(np.float32).reshape(2, 2, 4, 2)  # [oc group][pair][lane][2]
    np.testing.assert_array_equal(first[0, 0], w[:4, :2, 0, 0])
    np.testing.assert_array_equal(first[0, 1], [[w[i, 2, 0, 0], 0] for i in range(4)])
    np.testing.assert_array_equal(first[1, :, 0], [[12, 13], [14, 0]])
    np.testing.assert_array_equal(pack_bias(np.ones(5, np.float32), 1, 4),
                                  [1, 1, 1, 1, 1, 0, 0, 0])
