"""Weights that halves hold exactly are stored as halves, and widened when a network is loaded."""

from __future__ import annotations

import numpy as np
import pytest

from tests.schedule.test_memory import graph_of
from tinsmith.dtypes import DType
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.kernels.stored import as_halves
from tinsmith.ops.conv import Conv
from tinsmith.request import Numerics, Request
from tinsmith.runtime.session import load
from tinsmith.schedule.assemble import problems, schedule
from tinsmith.schedule.plan import Region
from tinsmith.schedule.weights import LEAST_WIDENED
from tinsmith.targets import find

CONV = Conv((1, 1), (0, 0, 0, 0), (1, 1))
SPECIAL = [0.0, -0.0, 65504.0, 2.0**-24, -(2.0**-14), 1.5]


def network(dtype: DType, channels: int = 75) -> Graph:
    """A 1x1 convolution whose weights are float32 numbers of a type."""
    w = np.random.default_rng(0).standard_normal((channels, 53, 1, 1)).astype(dtype.numpy)
    w.reshape(-1)[:4] = [2.0**-24, -0.0, 2.0**-14, -1.5]
    return graph_of({"x": (1, 53, 9, 9)}, [(CONV, "x w", "y")], "y",
                    {"w": w.astype(np.float32)})


def test_the_half_type_that_holds_all() -> None:
    exact = np.array(SPECIAL, np.float32)
    found = as_halves(exact)
    assert found is not None
    assert found.dtype == np.float16
    assert np.array_equal(np.signbit(found), np.signbit(exact))
    large = as_halves(np.array([65536.0, 1.0], np.float32))
    assert large is not None
    assert DType.of(large) is DType.BF16
    late = np.zeros(5000, np.float32)
    late[-1] = 1 / 3
    for none in (late, np.array([np.nan], np.float32), np.ones(3), np.ones(3, np.int32)):
        assert as_halves(none) is None


@pytest.mark.parametrize("target", ["x86-64-v4", "x86-64-v2", "cortex-a53", "cortex-a7", "c"])
@pytest.mark.parametrize("dtype", [DType.F16, DType.BF16])
def test_the_blob_is_half_as_large(dtype: DType, target: str) -> None:
    machine = find(target)
    request = Request(machine).direct()
    half = schedule(network(dtype), request)
    full = schedule(network(DType.F32), request)
    assert list(problems(half)) == []
    (step,) = (s for s in half.steps if s.op == "Conv")
    assert step.weights[0].place.region is Region.PREPARED
    assert full.preparations == ()
    assert half.weight_bytes < 0.6 * full.weight_bytes
    assert half.resident_bytes <= full.resident_bytes + 256
    assert half.arena_bytes == full.arena_bytes


def test_small_arrays_and_targets_without_system_stay_float32() -> None:
    few = network(DType.F16, LEAST_WIDENED // 64 - 16)
    assert schedule(few, Request(find("c"))).preparations == ()
    bare = schedule(network(DType.F16), Request(find("cortex-m4")))
    assert (bare.preparations, bare.prepared_bytes) == ((), 0)


@pytest.mark.cc
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("dtype", [DType.F16, DType.BF16])
def test_they_are_the_same_numbers(dtype: DType, threads: int) -> None:
    graph = network(dtype)
    plan = schedule(graph, Request(find("native"), threads=threads, numerics=Numerics(exact=True)))
    session = load(plan)
    (step,) = (s for s in plan.steps if s.op == "Conv")
    (preparation,) = plan.preparations
    stored = preparation.call.weights[0]
    assert isinstance(stored, np.ndarray)
    at = plan.arena_bytes + step.weights[0].place.offset
    got = session._arena[at:][:4 * stored.size].view(np.float32)
    bits = stored.reshape(-1).astype(np.float32).view(np.uint32)
    assert np.array_equal(got.view(np.uint32), bits)
    feeds = {"x": np.random.default_rng(1).standard_normal((1, 53, 9, 9)).astype(np.float32)}
    want = interpret(graph, feeds)["y"]
    np.testing.assert_allclose(session.run(feeds)["y"], want, rtol=0,
                               atol=1e-5 * np.abs(want).max())
