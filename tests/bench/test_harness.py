"""One comparison with small engines, in processes of their own as always."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.models import adder
from tinsmith.bench.harness import Case, Method, entrants, run_case
from tinsmith.bench.results import Row, Status
from tinsmith.bench.rounds import Wanted

FAST = Wanted(runs=3, block_s=0.0)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("TINSMITH_CACHE", str(folder))
    return folder


def rows(tmp_path: Path, *names: str, batch: int = 1, memory: int | None = None,
         precision: str = "f32", groups: bool = False) -> list[Row]:
    method = Method(FAST, 0.0, memory, precision, groups=groups)
    taking_part = entrants([f"tests.bench.engines.{name}" for name in names], precision, print)
    # "a" and "b" are [2, 3], so the batch is 1 in name only
    return run_case(Case("adder", adder(tmp_path), batch, 1), taking_part, method, print)


def test_engines_that_are_right_and_wrong(tmp_path: Path) -> None:
    right, wrong, missing, cannot, crash = rows(
        tmp_path, "right", "wrong", "missing", "cannot", "crash", groups=True)
    assert (right.status, right.reason) == (Status.OK, "")
    assert right.times is not None and right.times.samples >= 3
    assert 0 < right.times.least <= right.times.p50 <= right.times.p99 <= right.times.most
    assert right.load_s is not None and right.first_s is not None
    assert right.model_bytes and right.binary_bytes is None
    assert right.groups and right.groups["the rest"] == 1e-6
    assert wrong.status is Status.WRONG and wrong.times is None
    assert wrong.error and "is off by" in wrong.reason and "allowed 1.0e-04" in wrong.reason
    assert (missing.status, missing.reason) == (
        Status.DASH, "not installed: pip install no-such-package>=2")
    assert (cannot.status, cannot.reason) == (Status.DASH, "has no Add")
    assert crash.status is Status.DASH
    assert "SIGABRT" in crash.reason and "something about a bad address" in crash.reason


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
def test_an_engine_that_takes_more_memory_than_it_may_is_a_dash(tmp_path: Path) -> None:
    right, hungry = rows(tmp_path, "right", "hungry", memory=100 << 20)
    assert right.status is Status.OK
    assert (hungry.status, hungry.reason) == (Status.DASH, "out of memory")
    (hungry,) = rows(tmp_path, "hungry")
    assert hungry.over_bytes and hungry.over_bytes > 190_000_000


def test_a_precision_allows_its_error_and_engines_without_it_are_dashes(tmp_path: Path) -> None:
    right, wrong = rows(tmp_path, "right", "wrong", precision="bf16")
    assert (right.status, right.reason) == (Status.DASH, "has no bf16")
    assert wrong.status is Status.OK and wrong.error and wrong.error > 1e-4


def test_a_batch_that_the_model_does_not_take_is_a_dash_for_all(tmp_path: Path) -> None:
    (right, missing) = rows(tmp_path, "right", "missing", batch=2)
    assert right.reason.startswith("the model fixes its batch")
    assert missing.reason.startswith("not installed")


def test_what_cannot_be_converted_is_not_tried_twice(tmp_path: Path, cache: Path) -> None:
    for _ in range(2):
        (row,) = rows(tmp_path, "cannot")
        assert row.reason == "has no Add"
    assert (cache / "asked").read_text() == "x"
