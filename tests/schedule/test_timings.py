"""What was measured decides, where it was measured."""

from dataclasses import replace

import pytest

from tests.cases.conv import conv
from tinsmith.kernels.conv.conv2d_direct_f32 import KERNEL as DIRECT
from tinsmith.kernels.conv.conv2d_winograd_f32 import F43, Conv2dWinograd
from tinsmith.request import Request
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.choose import choose
from tinsmith.schedule.timings import (
    Measured,
    Timing,
    forms_key,
    kernel_version,
    layer_key,
)
from tinsmith.targets import find

REQUEST = Request(find("x86-64-v4"), threads=2)
CASE = conv("3x3", (1, 64, 56, 56), (64, 64, 3, 3), pads=(1, 1, 1, 1))
WINOGRAD = Conv2dWinograd(F43)


def timing(kernel, seconds, variant=(), case=CASE, version=""):
    (choice,) = [w.choice for w in choose(case.graph(), REQUEST) if w.choice]
    forms = kernel.forms(choice.site)[0]
    return Timing(layer_key(choice.site), kernel.label, version or kernel_version(kernel),
                  forms_key(choice.site, forms), variant, seconds)


def step(timings, case=CASE, request=REQUEST):
    plan = schedule(case.graph(), request, Measured(timings))
    (found,) = [s for s in plan.steps if s.call.kernel.startswith("conv2d")]
    return found.call


def test_the_faster_one_is_taken():
    assert step([timing(DIRECT, 1e-6), timing(WINOGRAD, 1e-3)]).kernel == "conv2d_direct_f32"
    assert step([timing(DIRECT, 1e-3), timing(WINOGRAD, 1e-6)]).kernel == "conv2d_winograd_f32"


def test_what_nobody_measured_does_not_compete():
    assert step([timing(DIRECT, 1.0)]).kernel == "conv2d_direct_f32"


def offered(kernel, case=CASE):
    """The variants of a kernel that say something."""
    (choice,) = [w.choice for w in choose(case.graph(), REQUEST) if w.choice]
    return kernel.variants(choice.site, kernel.forms(choice.site)[0])[1:]


def test_the_best_variant_is_taken():
    one, best, *_ = offered(DIRECT)
    variants = [timing(DIRECT, 3e-6), timing(DIRECT, 1e-6, best), timing(DIRECT, 2e-6, one)]
    assert dict(best).items() <= dict(step(variants).constants).items()


@pytest.mark.parametrize(("kernel", "variant"), [
    (DIRECT, (("tile_p", 1000), ("tile_b", 3))),
    (DIRECT, (("tile_p", 0), ("tile_b", 0))),
    (DIRECT, (("tile_b", 3), ("tile_p", -1))),
    (DIRECT, (("system", 1),)),
    (WINOGRAD, (("panels", 0),)),
    (WINOGRAD, (("panels", -2),)),
    (WINOGRAD, (("panels", 1 << 40),)),
    (WINOGRAD, (("tile_p", 1000), ("tile_b", 1000))),
])
def test_what_a_kernel_does_not_offer_is_not_taken(kernel, variant):
    """Timings come out of files, and what they settle would reach the C code as it is."""
    wrong = timing(kernel, 1e-9, variant)
    assert dict(step([wrong]).constants) == dict(step([]).constants)
    best = offered(kernel)[0]
    right = dict(step([wrong, timing(kernel, 1e-6, best)]).constants)
    assert right == dict(step([timing(kernel, 1e-6, best)]).constants)


def test_another_layer_or_another_source_says_nothing():
    other = conv("3x3_other", (1, 64, 28, 28), (64, 64, 3, 3), pads=(1, 1, 1, 1))
    untimed = step([]).kernel
    assert untimed == "conv2d_winograd_f32"
    assert step([timing(DIRECT, 1e-9, case=other)]).kernel == untimed
    assert step([timing(DIRECT, 1e-9, version="0" * 12)]).kernel == untimed


@pytest.mark.parametrize("request_", [replace(REQUEST, threads=1), REQUEST.direct()])
def test_layers_differ_by_request(request_):
    (one,) = [w.choice for w in choose(CASE.graph(), request_) if w.choice]
    (two,) = [w.choice for w in choose(CASE.graph(), REQUEST) if w.choice]
    assert layer_key(one.site) != layer_key(two.site)
