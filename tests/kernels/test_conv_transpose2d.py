"""Which transposed convolution is taken."""

import pytest

from tests.cases.case import Case, Prefer
from tests.cases.conv_transpose import SCATTERED, conv_transpose
from tinsmith.kernels.kernel import Options
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find

GATHER, SCATTER = "conv_transpose2d_f32", "conv_transpose2d_scatter_f32"


def kernels_of(case: Case, target: str) -> list[str]:
    plan = schedule(case.graph(), find(target), Options(threads=2), Prefer(case.kernel))
    return [step.call.kernel for step in plan.steps]


@pytest.mark.parametrize("target", ["x86-64-v4", "x86-64-v3", "cortex-a53", "cortex-a7"])
@pytest.mark.parametrize("case", SCATTERED, ids=lambda case: case.name)
def test_the_cases_scatter(case: Case, target: str) -> None:
    assert SCATTER in kernels_of(case, target)


@pytest.mark.parametrize(("x", "kernel"), [
    ((1, 2048, 8, 6), SCATTER),
    ((1, 256, 96, 64), GATHER),  # the taps' sums are larger than the cache
])
def test_small_images_scatter(x: tuple[int, ...], kernel: str) -> None:
    case = conv_transpose("k4s2", x, (x[1], 256, 4, 4), pads=(1, 1, 1, 1))
    assert kernel in kernels_of(case, "x86-64-v4")


@pytest.mark.parametrize("target", ["cortex-m4", "cortex-m7"])
def test_without_a_cache_nothing_scatters(target: str) -> None:
    assert SCATTER not in kernels_of(SCATTERED[0], target)
