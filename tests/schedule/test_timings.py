"""What was measured decides, where it was measured."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from tests.cases.case import Case
from tests.cases.conv import conv
from tinsmith.dtypes import DType
from tinsmith.kernels import registry
from tinsmith.kernels.conv.conv2d_direct import KERNEL as DIRECT
from tinsmith.kernels.conv.conv2d_winograd import Conv2dWinograd
from tinsmith.kernels.conv.winograd_algorithms import F43
from tinsmith.kernels.matmul.fully_connected import KERNEL as FULLY_CONNECTED
from tinsmith.ops.gemm import Gemm
from tinsmith.request import Numerics, Request
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.choose import choose
from tinsmith.schedule.timings import (
    Measured,
    Timing,
    forms_key,
    kernel_version,
    layer_key,
    machine_key,
)
from tinsmith.schedule.work import elapsed, site_of
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
    assert step([timing(DIRECT, 1e-6), timing(WINOGRAD, 1e-3)]).kernel == "conv2d_direct"
    assert step([timing(DIRECT, 1e-3), timing(WINOGRAD, 1e-6)]).kernel == "conv2d_winograd"


def test_measured_and_estimated_times_compete():
    """A second is far too long: nobody measured the other, and it is taken all the same."""
    assert step([]).kernel == "conv2d_winograd"
    assert step([timing(DIRECT, 1.0)]).kernel == "conv2d_winograd"
    assert step([timing(DIRECT, 1e-6)]).kernel == "conv2d_direct"


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_both_are_the_time_until_a_step_is_done(threads):
    """What takes as long as the estimate says is worth as much as the estimate."""
    request = replace(REQUEST, threads=threads)
    (choice,) = [w.choice for w in choose(CASE.graph(), request) if w.choice]
    cost = choice.kernel.cost(choice.site, choice.forms)
    assert choice.seconds == elapsed(cost, request)
    assert cost / threads <= choice.seconds <= cost / threads + 1e-5
    for share, wanted in ((0.9, "conv2d_direct"), (1.1, "conv2d_winograd")):
        known = Timing(layer_key(choice.site), DIRECT.label, kernel_version(DIRECT),
                       forms_key(choice.site, DIRECT.forms(choice.site)[0]), (),
                       share * choice.seconds)
        assert step([known], request=request).kernel == wanted


def test_work_is_shared_where_that_is_quicker():
    two, share_s = replace(REQUEST, threads=2), REQUEST.target.model.share_s
    assert elapsed(1e-3, two) == 0.5e-3 + share_s
    assert elapsed(share_s, two) == share_s
    assert elapsed(1e-3, replace(REQUEST, threads=1)) == 1e-3


def test_a_stale_timing_says_nothing():
    """A slower kernel that was measured does not win because a faster one was edited."""
    known = [timing(DIRECT, 2e-3), timing(WINOGRAD, 1e-4, version="before")]
    assert step(known).kernel == "conv2d_winograd"


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The kernels' folder, to be edited."""
    folder = tmp_path / "kernels"
    shutil.copytree(registry.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(registry, "FOLDER", folder)
    yield folder
    forget()


def forget():
    for kept in (registry.header, registry.sources, registry._module, kernel_version):
        kept.cache_clear()


@pytest.mark.parametrize(("edited", "changes"), [
    ("conv/conv2d_winograd.py", True),
    ("conv/winograd_filters.py", True),  # imported
    ("kernel.py", True),
    ("addressing.py", True),  # imported by what it imports
    ("conv/conv2d_winograd.h", True),
    ("conv/winograd_filters.h", True),  # named by what it imports
    ("c/simd/avx512.h", True),  # included by what it includes
    ("pool/pool2d_f32.py", False),
    ("pool/pool2d_f32.h", False),
    ("recurrent/recurrent_f32.h", False),
])
def test_a_version_follows_from_all_that_a_kernel_is_made_of(copied, edited, changes):
    forget()
    before = kernel_version(WINOGRAD)
    with (copied / edited).open("a") as file:
        file.write("\n")
    forget()
    assert (kernel_version(WINOGRAD) != before) == changes


def test_a_version_is_the_kernels_own():
    versions = {type(kernel).__module__: kernel_version(kernel) for kernel in registry.kernels()}
    assert len(set(versions.values())) == len(versions)


def test_every_kernel_names_its_header():
    """One that is put together of pieces would be in no version."""
    texts = [registry.sources(type(kernel).__module__) for kernel in registry.kernels()]
    reached = {path for text in texts for path in text}
    every = {path.relative_to(registry.FOLDER).as_posix()
             for path in registry.FOLDER.glob("*/*.h") if path.parent.name != "c"}
    no_nodes = {"convert/widen.h", "shape/copy.h", "shape/zero.h"}
    assert every - reached == no_nodes


def test_a_machine_is_the_same_from_hour_to_hour():
    native = find("native")
    (core, *rest) = native.cores
    slower = replace(core.model, clock_ghz=0.5, memory_bytes_per_s=1e9, share_s=1.0)
    assert machine_key(replace(
        native, cores=(replace(core, count=77, model=slower), *rest),
        memories=())) == machine_key(native)


@pytest.mark.parametrize("change", [
    lambda t: replace(t, features=(*t.features, "other")),
    lambda t: replace(t, isa="c"),
    lambda t: replace(t, cores=(replace(t.cores[0], core="Other CPU"),)),
])
def test_other_machines_are_others(change):
    assert machine_key(change(REQUEST.target)) != machine_key(REQUEST.target)


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
    assert untimed == "conv2d_winograd"
    assert step([timing(DIRECT, 1e-9, case=other)]).kernel == untimed
    assert step([timing(DIRECT, 1e-9, version="0" * 12)]).kernel == untimed


@pytest.mark.parametrize("request_", [replace(REQUEST, threads=1), REQUEST.direct()])
def test_layers_differ_by_request(request_):
    (one,) = [w.choice for w in choose(CASE.graph(), request_) if w.choice]
    (two,) = [w.choice for w in choose(CASE.graph(), REQUEST) if w.choice]
    assert layer_key(one.site) != layer_key(two.site)


def test_a_time_is_of_one_element_type():
    """What one kernel took with weights in float32 says nothing of float16."""
    x, w = np.zeros((1, 64), np.float32), np.ones((64, 32), np.float32)
    request = replace(REQUEST, numerics=Numerics("auto"))
    site = site_of(graph := Case("row", Gemm(), (x, w), (1,)).graph(), graph.nodes[0], request)
    wide, half = FULLY_CONNECTED.forms(site)
    assert (wide.inputs[1].dtype, half.inputs[1].dtype) == (DType.F32, DType.F16)
    known = Timing(layer_key(site), FULLY_CONNECTED.label, kernel_version(FULLY_CONNECTED),
                   forms_key(site, wide), (), 1e-9)
    measured = Measured([known])
    assert measured.best(site, FULLY_CONNECTED, wide) == (1e-9, ())
    assert measured.best(site, FULLY_CONNECTED, half) is None
