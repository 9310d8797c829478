"""Which transposed convolution is taken."""

import numpy as np
import pytest

from tests.cases.case import Case, Prefer
from tests.cases.conv_transpose import SCATTERED, TRANSFORMED, conv_transpose
from tinsmith.dtypes import DType
from tinsmith.ir.op import TensorType
from tinsmith.kernels.conv.conv_transpose2d_winograd_f32 import phase_filters
from tinsmith.kernels.kernel import Site
from tinsmith.ops.conv_transpose import ConvTranspose
from tinsmith.request import Numerics, Request
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find

GATHER, SCATTER, WINOGRAD = (
    "conv_transpose2d_f32", "conv_transpose2d_scatter_f32", "conv2d_winograd")


def kernels_of(case: Case, target: str, threads: int = 2, exact: bool = False) -> list[str]:
    request = Request(find(target), threads, numerics=Numerics(exact=exact))
    plan = schedule(case.graph(), request, Prefer(case.kernel))
    return [step.call.kernel for step in plan.steps]


@pytest.mark.parametrize("target", ["x86-64-v4", "x86-64-v3", "cortex-a53", "cortex-a7"])
@pytest.mark.parametrize("case", SCATTERED, ids=lambda case: case.name)
def test_the_cases_scatter(case: Case, target: str) -> None:
    assert SCATTER in kernels_of(case, target)


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("case", TRANSFORMED, ids=lambda case: case.name)
def test_the_cases_are_transformed_unless_exact(case: Case, threads: int) -> None:
    assert WINOGRAD in kernels_of(case, "x86-64-v4", threads)
    assert WINOGRAD not in kernels_of(case, "x86-64-v4", threads, exact=True)


@pytest.mark.parametrize(("x", "size", "kernel"), [
    ((1, 2048, 8, 6), 4, SCATTER),  # filters are many
    ((1, 256, 32, 24), 4, WINOGRAD),
    ((1, 64, 96, 64), 2, GATHER),  # the taps' sums are larger than the cache
    ((1, 64, 16, 16), 2, SCATTER),
])
def test_the_cheapest(x: tuple[int, ...], size: int, kernel: str) -> None:
    pad = size // 2 - 1
    case = conv_transpose("k4s2", x, (x[1], 256, size, size), pads=(pad,) * 4)
    assert kernel in kernels_of(case, "x86-64-v4")


def test_filters_of_phases() -> None:
    """Padded by one on top, even rows see the odd taps; not padded, even columns the even ones."""
    w = np.arange(1, 17, dtype=np.float32).reshape(1, 1, 4, 4)
    op = ConvTranspose((2, 2), (1, 0, 1, 0), (1, 1), (0, 0))
    case = Case("impulse", op, (np.ones((1, 1, 1, 1), np.float32), w), (1,))
    (node,) = case.graph().nodes
    kinds = tuple(TensorType(a.shape, DType.F32) for a in case.inputs if a is not None)
    site = Site(node, kinds, op.infer(*kinds), (None, w), Request(find("x86-64-v4")))
    filters = phase_filters(site)
    assert filters.shape == (64, 1, 2, 2)
    np.testing.assert_array_equal(filters[::16, 0], [
        w[0, 0, 3::-2, 2::-2], w[0, 0, 3::-2, 3::-2],
        w[0, 0, 2::-2, 2::-2], w[0, 0, 2::-2, 3::-2]])
    assert not filters.reshape(4, 16, -1)[:, 1:].any()


@pytest.mark.parametrize("target", ["cortex-m4", "cortex-m7"])
def test_without_a_cache_nothing_scatters(target: str) -> None:
    assert SCATTER not in kernels_of(SCATTERED[0], target, threads=1)
