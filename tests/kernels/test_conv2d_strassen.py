"""Strassen's right sides, and where it may stand in."""

import numpy as np
import pytest

from tests.cases.case import Prefer
from tests.cases.conv import conv
from tests.cases.conv_strassen import CASES
from tinsmith.kernels.conv.conv2d_strassen_f32 import PRODUCTS, pack
from tinsmith.request import Numerics, Request
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find

NAME = "conv2d_strassen_f32"


def kernels_of(case, target="x86-64-v4", exact=False):
    request = Request(find(target), threads=2, numerics=Numerics(exact=exact))
    plan = schedule(case.graph(), request, Prefer(NAME))
    return [step.call.kernel for step in plan.steps]


@pytest.mark.parametrize("target", ["x86-64-v4", "x86-64-v3", "cortex-a53", "cortex-a7"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_cases_use_it(case, target):
    assert NAME in kernels_of(case, target)


def test_exact_never_does():
    assert NAME not in kernels_of(CASES[0], exact=True)


@pytest.mark.parametrize("case", [
    conv("odd_pixels", (1, 64, 7, 7), (64, 64, 1, 1)),
    conv("odd_blocks", (1, 64, 8, 8), (48, 64, 1, 1)),
    conv("stride", (1, 64, 8, 8), (64, 64, 1, 1), strides=(2, 2)),
    conv("groups", (1, 64, 8, 8), (64, 32, 1, 1), group=2),
    conv("3x3", (1, 64, 8, 8), (64, 64, 3, 3)),
], ids=lambda case: case.name)
def test_what_it_cannot_do(case):
    assert NAME not in kernels_of(case)


def test_seven_products_make_the_whole():
    rng, lanes = np.random.default_rng(0), 4
    x, w = rng.standard_normal((6, 8)), rng.standard_normal((16, 8)).astype(np.float32)
    right = pack(w, lanes, 2).reshape(PRODUCTS, 4, 8)
    x11, x12, x21, x22 = x[:3, :4], x[:3, 4:], x[3:, :4], x[3:, 4:]
    m = [a @ b for a, b in zip((x11 + x22, x21 + x22, x11, x22, x11 + x12, x21 - x11, x12 - x22),
                               right, strict=True)]
    y = np.block([[m[0] + m[3] - m[4] + m[6], m[2] + m[4]],
                  [m[1] + m[3], m[0] - m[1] + m[2] + m[5]]])
    np.testing.assert_allclose(y, x @ w.T, rtol=0, atol=1e-5)
