"""Winograd's matrices, packing, and where it is chosen."""

from dataclasses import replace

import numpy as np
import pytest

from tests.cases.case import Case, Prefer
from tests.cases.conv import conv
from tests.cases.conv_winograd import CASES
from tinsmith.dtypes import DType
from tinsmith.ir.op import TensorType
from tinsmith.kernels.conv.conv2d_winograd import Conv2dWinograd
from tinsmith.kernels.conv.pack import pack_bias
from tinsmith.kernels.conv.winograd_algorithms import F23, F42, F43, F44, F63, STRIDED
from tinsmith.kernels.conv.winograd_filters import pack_transformed, squares
from tinsmith.kernels.kernel import Prepared, Site
from tinsmith.request import Request
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import Target, find

NAME = "conv2d_winograd"


def kernels_of(case: Case, request: Request) -> list[str]:
    plan = schedule(case.graph(), request, Prefer(case.kernel))
    return [step.call.kernel for step in plan.steps]


@pytest.mark.parametrize("target", ["x86-64-v4", "x86-64-v3", "cortex-a53", "cortex-a7"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_cases_use_it(case: Case, target: str) -> None:
    assert NAME in kernels_of(case, Request(find(target), threads=2))


@pytest.mark.parametrize("target", ["x86-64-v4", "x86-64-v3", "cortex-a53", "cortex-a7"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_left_of_panels_and_of_all_tiles_is_one_number(case: Case, target: str) -> None:
    plan = schedule(case.graph(), Request(find(target)), Prefer(case.kernel))
    for s in (dict(step.call.constants) for step in plan.steps if step.call.kernel == NAME):
        tiles, panel = int(str(s["tiles"])), int(str(s["panel"]))
        assert panel % int(str(s["tile_p"])) == 0 or tiles % panel == 0


@pytest.mark.parametrize("case", [
    conv("3x3", (1, 64, 56, 56), (64, 64, 3, 3), pads=(1, 1, 1, 1)),
    conv("3x3_stride", (1, 64, 56, 56), (128, 64, 3, 3), strides=(2, 2), pads=(1, 1, 1, 1)),
    conv("7x7_stride", (1, 3, 224, 224), (64, 3, 7, 7), strides=(2, 2), pads=(3, 3, 3, 3)),
], ids=lambda case: case.name)
def test_it_is_the_cheapest(case: Case) -> None:
    assert NAME in kernels_of(case, Request(find("x86-64-v4")))


@pytest.mark.parametrize(("x", "w", "algorithm"), [
    ((1, 64, 56, 56), (64, 64, 3, 3), "F(6,3)"),
    ((1, 96, 20, 40), (24, 96, 3, 3), "F(4,3)"),  # where F(6,3) gains under 1%, and errs more
])
def test_more_error_must_be_worth_it(x: tuple[int, ...], w: tuple[int, ...],
                                     algorithm: str) -> None:
    case = conv("3x3", x, w, pads=(1, 1, 1, 1))
    plan = schedule(case.graph(), Request(find("x86-64-v4"), threads=2), Prefer(""))
    assert algorithm in [step.call.algorithm for step in plan.steps]


def large_l1d() -> Target:
    """x86-64-v4 with a first cache of 48 KB."""
    target = find("x86-64-v4")
    return target.with_model(
        replace(target.model, l1d=replace(target.model.l1d, size_bytes=49_152)))


@pytest.mark.parametrize(("x", "threads", "algorithm"), [
    ((1, 512, 7, 7), 1, "F(4,3) lean"),
    ((1, 512, 7, 7), 2, "F(4,3) lean"),
    ((1, 256, 14, 14), 1, "F(4,3)"),
    ((1, 256, 14, 14), 2, "F(4,3) lean"),  # two threads wait for the filters of one
    ((1, 128, 28, 28), 2, "F(6,3)"),
])
def test_lean_where_filters_are_many(x: tuple[int, ...], threads: int, algorithm: str) -> None:
    case = conv("3x3", x, (x[1], x[1], 3, 3), pads=(1, 1, 1, 1))
    target = large_l1d()
    plan = schedule(case.graph(), Request(target, threads=threads), Prefer(""))
    (step,) = [step for step in plan.steps if step.op == "Conv"]
    assert step.call.algorithm == algorithm
    if "lean" in algorithm:
        fields = dict(step.call.constants)
        assert bool(plan.preparations) == (fields["ready"] != 0)
        slab = 15 * 64 * int(str(fields["slab"])) * int(str(fields["tile_b"]))
        assert slab <= target.model.l1d.size_bytes


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_take_turns_at_ready_filters(threads: int) -> None:
    """Half of the filters, from memory, while the other thread computes with lean ones.

    Four threads would wait even for half.
    """
    case = conv("3x3", (1, 256, 14, 14), (256, 256, 3, 3), pads=(1, 1, 1, 1))
    plan = schedule(case.graph(), Request(large_l1d(), threads),
                    Prefer(Conv2dWinograd(F43, lean=True).label))
    (step,) = [step for step in plan.steps if step.op == "Conv"]
    fields = dict(step.call.constants)
    ready, groups = int(str(fields["ready"])), int(str(fields["groups"]))
    assert (ready > 0) == (threads == 2)
    assert ready < groups
    assert plan.prepared_bytes == 4 * 36 * 256 * 256 * ready // groups
    lean, early, _ = step.call.weights
    assert isinstance(lean, np.ndarray)
    assert lean.size == 9 * 256 * 256 * (groups - ready) // groups
    assert isinstance(early, Prepared) == (ready > 0)


@pytest.mark.parametrize("lean", [False, True])
def test_threads_share_output_channels_evenly(lean: bool) -> None:
    case = conv("3x3", (1, 256, 14, 14), (256, 256, 3, 3), pads=(1, 1, 1, 1))
    plan = schedule(case.graph(), Request(find("x86-64-v4"), threads=2),
                    Prefer(Conv2dWinograd(F43, lean=lean).label))
    (step,) = [step for step in plan.steps if step.op == "Conv"]
    fields = dict(step.call.constants)
    assert step.call.chunks == 2
    assert int(str(fields["groups"])) * int(str(fields["tile_b"])) == 256 // 16 // 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_exact_never_does(case: Case) -> None:
    assert NAME not in kernels_of(case, Request(find("x86-64-v4")).direct())


@pytest.mark.parametrize("algorithm", [F23, F42, F43, F63, F44, STRIDED], ids=lambda a: a.name)
def test_matrices(algorithm) -> None:
    rng, m, step, taps = np.random.default_rng(0), algorithm.matrices, algorithm.stride, \
        algorithm.taps
    d = rng.standard_normal((algorithm.inputs,) * 2)
    g = rng.standard_normal((taps, taps))
    direct = np.array([[np.sum(d[i:i + taps, j:j + taps] * g)
                        for j in range(0, algorithm.outputs * step, step)]
                       for i in range(0, algorithm.outputs * step, step)])
    tile = m.at @ ((m.g @ g @ m.g.T) * (m.bt @ d @ m.bt.T)) @ m.at.T
    np.testing.assert_allclose(tile, direct, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(m.at[:, 1], 1)  # where the header adds the bias


@pytest.mark.parametrize("variant", [
    (("tile_p", 40), ("tile_b", 4)), (("tile_p", 3),), (("tile_b", 0), ("tile_p", 2))])
def test_a_settled_tile_that_there_is_none_of_settles_nothing(
        variant: tuple[tuple[str, int], ...]) -> None:
    case = conv("3x3", (1, 64, 28, 28), (64, 64, 3, 3), pads=(1, 1, 1, 1))
    (node,) = case.graph().nodes
    kinds = tuple(TensorType(a.shape, DType.F32) for a in case.inputs if a is not None)
    site = Site(node, kinds, node.op.infer(*kinds), (None, *case.inputs[1:]),
                Request(find("x86-64-v4")))
    kernel = Conv2dWinograd(F43)
    (forms,) = kernel.forms(site)
    assert kernel.lower(replace(site, variant=variant), forms).constants == kernel.lower(
        site, forms).constants


def test_squares() -> None:
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 8, 8)), rng.standard_normal((5, 2, 3, 3))
    deep = x.reshape(2, 4, 2, 4, 2).transpose(0, 2, 4, 1, 3).reshape(8, 4, 4)
    filters = squares(w, 2)
    assert filters.shape == (5, 8, 2, 2)
    direct = np.einsum("mcij,cij->m", w, x[:, 2:5, 4:7])
    np.testing.assert_allclose(np.einsum("mcij,cij->m", filters, deep[:, 1:3, 2:4]), direct)


def test_pack() -> None:
    lanes, tile_b, oc, ic = 4, 2, 10, 3  # three vectors: a group of two and one of one
    rng = np.random.default_rng(0)
    w = rng.standard_normal((oc, ic, 3, 3)).astype(np.float32)
    bias = rng.standard_normal(oc).astype(np.float32)
    packed, padded = pack_transformed(F43, w, lanes, tile_b), pack_bias(bias, 1, lanes)
    assert packed.size == F43.elements * ic * 3 * lanes
    np.testing.assert_array_equal(padded, [*bias, 0, 0])
    last = packed[F43.elements * ic * 2 * lanes:].reshape(6, 6, ic, 1, lanes)
    g = F43.matrices.g
    want = (g @ w[9, 2].astype(np.float64) @ g.T).astype(np.float32)
    np.testing.assert_array_equal(last[:, :, 2, 0, 1], want)
    np.testing.assert_array_equal(last[..., 2:], 0)
