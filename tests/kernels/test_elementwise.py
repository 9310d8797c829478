"""The elementwise kernel: merging of axes, choice of forms, and blocked forms in C."""

import numpy as np
import pytest

from tests.cases.case import Case, random
from tests.cases.fused import SCALE_SHIFT, TWO
from tests.compile_cases import run
from tinsmith.kernels.elementwise.elementwise import KERNEL, ElementwiseLoop, merge
from tinsmith.kernels.kernel import Forms, Site
from tinsmith.ops.activations import Relu, Sigmoid
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.comparison import Where
from tinsmith.request import Request
from tinsmith.schedule.work import site_of
from tinsmith.targets import find

X, WHOLE = random(2, 35, 5, 3), random(2, 32, 5, 3)
BLOCKED = (
    Case("same_shape", Add(), (X, random(2, 35, 5, 3, seed=1))),
    Case("rank3", Relu(), (random(2, 3, 7),)),
    Case("rank5", Relu(), (random(1, 20, 2, 3, 4),)),
    Case("gate", Mul(), (X, random(2, 35, 1, 1, seed=1))),
    Case("channels", Mul(), (X, random(35, 1, 1, seed=1)), weights=(1,)),
    Case("whole_blocks", Mul(), (WHOLE, random(32, 1, 1, seed=1))),
    Case("whole_blocks_full", Where(), (WHOLE > 0, WHOLE, random(1, seed=3))),
    Case("one_channel", Mul(), (X, random(2, 1, 5, 3, seed=1))),
    Case("pixels", Mul(), (X, random(5, 3, seed=1)), weights=(1,)),
    Case("rank0", Mul(), (X, random(seed=1))),
    Case("full_weight", Mul(), (X, random(2, 35, 5, 3, seed=1)), weights=(1,)),
    Case("mask", Where(), (X[:, :1] > 0, X, random(3, seed=3))),
    Case("mask_weight", Where(), (X > 0, X, random(3, seed=3)), weights=(0,)),
    Case("both_broadcast", Add(), (random(2, 35, 1, 1), random(1, 1, 5, 3, seed=1))),
    Case("chain", SCALE_SHIFT, (X, random(35, 1, 1, seed=1), random(1, 35, 1, 1, seed=2)),
         weights=(1, 2), tolerance=1e-6),
    Case("two_results", TWO, (X, random(2, 35, 5, 3, seed=1)), tolerance=1e-6),
    Case("large", Sigmoid(), (random(1, 24, 79, 79),), tolerance=1e-6),
)


def site(case: Case) -> Site:
    graph = case.graph()
    return site_of(graph, graph.nodes[0], Request(find("native")))


def test_merges_neighbours() -> None:
    extents, strides = merge((2, 3, 4, 5), [(60, 20, 5, 1), (0, 1, 0, 0)])
    assert extents == (1,) * 5 + (2, 3, 20)
    assert strides == [(0,) * 5 + (60, 20, 1), (0,) * 5 + (0, 1, 0), (0,) * 5 + (60, 20, 1)]


def test_flat_when_all_operands_are() -> None:
    extents, _ = merge((2, 3, 4), [(12, 4, 1)])
    assert extents == (1,) * 7 + (24,)


def test_no_blocks_for_integers_or_ragged_masks() -> None:
    ragged = Case("ragged", Where(), (X > 0, X, X))
    integers = Case("integers", Relu(), (X.astype("int32"),))
    for case in (ragged, integers):
        assert [forms.outputs[0].block for forms in KERNEL.forms(site(case))] == [0]


def test_scalar_constants_are_text() -> None:
    case = Case("scalar", Mul(), (X, np.float32(0.1)), weights=(1,))
    here = site(case)
    call = KERNEL.lower(here, KERNEL.forms(here)[0])
    assert call.operands == (0,) and call.weights == ()
    assert "(0.1f)" in dict(call.macros)["BODY"]


def test_in_place_only_in_the_full_operand() -> None:
    here = site(Case("gate", Mul(), (random(2, 35, 1, 1), X)))
    call = KERNEL.lower(here, KERNEL.forms(here)[0])
    assert call.in_place == ((1, 0),)
    assert dict(call.macros)["PARAMETERS"] == "const float *restrict a0, const float *a1, float *y0"


@pytest.mark.cc
def test_blocked_forms_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = ElementwiseLoop.forms

    def last(kernel: ElementwiseLoop, here: Site) -> tuple[Forms, ...]:
        forms = offered(kernel, here)
        return tuple(forms)[-1:]

    monkeypatch.setattr(ElementwiseLoop, "forms", last)
    for case in BLOCKED:
        assert KERNEL.forms(site(case))[0].outputs[0].block == find("native").lanes, case.name
    assert {name: why for name, why in run(BLOCKED).items() if why} == {}
