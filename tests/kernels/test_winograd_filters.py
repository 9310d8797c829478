"""Filters that are transformed when a network is loaded: what comes out, and what is stored."""

from __future__ import annotations

import numpy as np
import pytest

from tests.cases.case import Case, Prefer
from tests.cases.conv_winograd import CASES
from tinsmith.kernels.conv.winograd_algorithms import F43, F44, F63, STRIDED, Algorithm
from tinsmith.kernels.conv.winograd_filters import (
    pack_as_is,
    pack_transformed,
    prepared_filters,
)
from tinsmith.kernels.kernel import Prepared
from tinsmith.request import Request
from tinsmith.runtime.session import load
from tinsmith.schedule.assemble import schedule
from tinsmith.targets import find


@pytest.mark.parametrize(("oc", "ic", "tile_b"), [(10, 3, 2), (8, 37, 1), (40, 16, 3)])
@pytest.mark.parametrize("algorithm", [F43, F63, F44, STRIDED], ids=lambda a: a.name)
def test_sizes(algorithm: Algorithm, oc: int, ic: int, tile_b: int) -> None:
    taps, lanes = algorithm.taps, 4
    w = np.random.default_rng(0).standard_normal((oc, ic, taps, taps)).astype(np.float32)
    ready, blocks = pack_transformed(algorithm, w, lanes, tile_b), -(-oc // lanes)
    stored = pack_as_is(w, lanes, tile_b)
    made = prepared_filters(stored, algorithm.matrices.g, ic, blocks, lanes, tile_b)
    assert made.nbytes == ready.nbytes
    assert stored.nbytes * algorithm.elements == ready.nbytes * taps**2
    assert made.call.weights == (stored,)
    halves = stored.astype(np.float16)
    made = prepared_filters(halves.astype(np.float32), algorithm.matrices.g, ic, blocks, lanes,
                            tile_b)
    (kept,) = made.call.weights
    assert np.array_equal(kept, halves)
    assert kept.dtype == np.float16


@pytest.mark.cc
@pytest.mark.parametrize("case", [
    case for case in CASES if case.name.endswith(("_lanes", "7x7_batch", "5x5", "_deep"))
    and "lean" not in case.name],
    ids=lambda case: case.name)
def test_they_are_what_python_makes(case: Case) -> None:
    request = Request(find("native"), threads=2)
    plan = schedule(case.graph(), request, Prefer(case.kernel))
    (step,) = [s for s in plan.steps if s.call.kernel == "conv2d_winograd"]
    made, (preparation,) = step.call.weights[1], plan.preparations
    assert isinstance(made, Prepared)
    constants = dict(made.call.constants)
    algorithm = {6: F43, 7: F44, 8: F63, 9: STRIDED}[int(str(constants["in"]))]
    lanes = request.target.lanes
    ic, tile_b = int(str(constants["ic"])), int(str(constants["tile_b"]))
    blocks = int(str(constants["blocks"]))
    stored = preparation.call.weights[0]
    assert isinstance(stored, np.ndarray)
    pieces, at = [], 0
    for first in range(0, blocks, tile_b):
        b = min(tile_b, blocks - first)
        size = ic * algorithm.taps**2 * b * lanes
        group = stored[at:at + size].reshape(ic, algorithm.taps, algorithm.taps, b, lanes)
        pieces.append(group.transpose(3, 4, 0, 1, 2).reshape(b * lanes, ic, *group.shape[1:3]))
        at += size
    want = pack_transformed(algorithm, np.concatenate(pieces), lanes, tile_b)
    session = load(plan)
    got = session._arena[plan.arena_bytes:][:want.nbytes].view(np.float32)
    np.testing.assert_allclose(got, want, rtol=0, atol=4e-7 * np.abs(want).max())


@pytest.mark.parametrize("target", ["x86-64-v4", "cortex-a53", "c"])
def test_filters_are_stored_once_as_they_are(target: str) -> None:
    machine = find(target)
    for case in CASES:
        plan = schedule(case.graph(), Request(machine), Prefer(case.kernel))
        if not plan.preparations:  # too few registers, or taken by another kernel
            continue
        w = case.inputs[1]
        assert w is not None
        channels = -(-w.shape[0] // machine.lanes) * machine.lanes
        assert plan.kept_bytes < plan.weight_bytes < 2 * w.nbytes * channels / w.shape[0] + 4096
        assert plan.prepared_bytes > plan.weight_bytes - plan.kept_bytes


@pytest.mark.parametrize("target", ["cortex-m4", "cortex-m7"])
def test_what_has_no_system_gets_them_transformed(target: str) -> None:
    for case in CASES:
        plan = schedule(case.graph(), Request(find(target)), Prefer(case.kernel))
        assert (plan.preparations, plan.prepared_bytes) == ((), 0)
        assert plan.kept_bytes == plan.weight_bytes
