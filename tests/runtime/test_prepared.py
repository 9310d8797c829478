"""Weights that are prepared at load: what is read afterwards, and several contexts at once."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.schedule.test_prepared import convolutions, plan_of
from tinsmith import pipeline
from tinsmith.emit.interface import describe
from tinsmith.errors import DataError
from tinsmith.interpret import interpret
from tinsmith.runtime.bundle import Bundle
from tinsmith.runtime.network import Network, aligned_bytes, let_go, mapped_bytes
from tinsmith.runtime.session import load, weights_of

pytestmark = pytest.mark.cc
X = np.random.default_rng(7).standard_normal((1, 32, 16, 16)).astype(np.float32)


def right(got: object, want: np.ndarray) -> bool:
    return bool(np.abs(np.asarray(got) - want).max() <= 1e-4 * np.abs(want).max())


def test_the_rest_of_the_weights_is_read_at_load_only() -> None:
    graph = convolutions(0, 1)
    plan = plan_of(graph, "native")
    session = load(plan)
    weights = aligned_bytes(plan.weight_bytes)
    weights[:] = weights_of(plan)
    network = Network(describe(plan, session.interface.name), session.library, weights)
    weights[plan.kept_bytes:] = 255  # NaN
    want = interpret(graph, {"x": X})["y"]
    assert right(network(X), want)
    weights[:plan.kept_bytes] = 255
    assert not right(network(X), want)


def test_contexts_do_not_share_what_they_prepare() -> None:
    graph = convolutions(0, 1)
    plan = plan_of(graph, "native")
    first = load(plan)
    name = first.interface.name
    others = [Network(describe(plan, name), first.library, weights_of(plan)) for _ in range(3)]
    want = interpret(graph, {"x": X})["y"]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            assert all(right(got, want) for got in pool.map(lambda n: n(X), [first, *others]))
    first.close()
    assert all(right(network(X), want) for network in others)


def test_clones_share_what_was_prepared() -> None:
    graph = convolutions(0, 1)
    plan = plan_of(graph, "native")
    first = load(plan)
    clones = [first.clone(1) for _ in range(7)]
    assert plan.prepared_bytes > 0
    assert all(clone._arena.size == plan.arena_bytes for clone in clones)
    want = interpret(graph, {"x": X})["y"]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert all(right(got, want) for got in pool.map(lambda n: n(X), [first, *clones]))
    first.close()
    assert all(right(network(X), want) for network in clones)
    with pytest.raises(DataError, match="expected one that is open, got one that was closed"):
        first.clone()
    del first
    gc.collect()
    assert all(right(network(X), want) for network in clones)
    assert right(clones[0].clone()(X), want)


def test_a_bundle_prepares_from_its_file(tmp_path: Path) -> None:
    graph = convolutions(0, 1)
    folder = pipeline.save(graph, plan_of(graph, "native"), tmp_path / "b")
    interface = plan_of(graph, "native")
    assert (folder / "weights.bin").stat().st_size == interface.weight_bytes
    bundle = Bundle(folder)
    assert right(bundle(X), interpret(graph, {"x": X})["y"])
    assert bundle.interface.prepared_bytes == interface.prepared_bytes


def test_what_is_let_go_starts_at_a_page() -> None:
    data = mapped_bytes(3 * 4096 + 5)
    data[:] = 1
    let_go(data, 4097)
    assert data[:4097].all()
    assert not data[-5:].any()
    let_go(data, data.size)
    let_go(np.ones(5, np.uint8), 0)
    assert mapped_bytes(0).size == 0
