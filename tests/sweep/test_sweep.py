"""A slice of the sweep, and that it would see what is wrong."""

import os
from dataclasses import replace

import numpy as np
import pytest

from tests.sweep import judge, oracle, run
from tests.sweep.judge import DIFFERS, OTHERWISE, REFUSED, SAME, Outcome
from tests.sweep.trial import NEAR, Single

SEED = 1_000
SLICE = [*((kind, number) for kind in run.KINDS for number in (1, 2)),
         *((run.CHAIN, number) for number in range(8))]


@pytest.mark.cc
@pytest.mark.slow
def test_random_models_are_as_in_onnx_runtime(monkeypatch):
    monkeypatch.setattr(run, "EVERYWHERE", ("native", "c"))
    found = list(run.outcomes(SLICE, SEED, processes=2))
    assert sorted((o.kind, o.number) for o in found) == sorted(SLICE)
    assert [o for o in found if o.verdict in (DIFFERS, REFUSED)] == []
    assert sum(o.verdict in (SAME, OTHERWISE) for o in found) >= 0.9 * len(SLICE)


@pytest.fixture
def trial():
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    return Single("Exp", (x,)).trial("unary", 0, run.Draw("unary", 0, 0))


@pytest.mark.parametrize(("factor", "verdict"), [
    (1.0, SAME), (1 + NEAR / 2, SAME), (1 + NEAR * 3, DIFFERS), (np.nan, DIFFERS)])
def test_one_element_that_is_off_is_seen(trial, factor, verdict):
    answer = oracle.ort(trial)[0].copy()
    answer[-1, -1] *= np.float32(factor)
    found = judge.judge(trial, {"native": [answer]}, [0.0])
    assert found.verdict == verdict
    assert (verdict == SAME) == (not found.why)
    assert verdict == SAME or "output 0[2, 3] of [3, 4]" in found.why


def test_what_the_model_amplifies_is_allowed(trial):
    answer = oracle.ort(trial)[0] + np.float32(1e-3)
    assert judge.judge(trial, {"c": [answer]}, [1e-5]).verdict == DIFFERS
    assert judge.judge(trial, {"c": [answer]}, [2e-3]).verdict == SAME


def test_one_target_that_is_off_is_seen_and_named(trial):
    right = oracle.ort(trial)
    found = judge.judge(trial, {"native": right, "c": [right[0] * 2]}, [0.0])
    assert found.verdict == DIFFERS and found.why.startswith("c from ONNX Runtime")


def test_where_onnx_runtime_alone_differs_the_reference_decides(trial, monkeypatch):
    right = oracle.ort(trial)
    monkeypatch.setattr(oracle, "ort", lambda trial: [right[0] + 1])
    assert judge.judge(trial, {"native": right}, [0.0]).verdict == OTHERWISE
    monkeypatch.setattr(oracle, "reference", lambda trial: [right[0] + 1])
    found = judge.judge(trial, {"native": right}, [0.0])
    assert found.verdict == DIFFERS
    assert "from ONNX Runtime" in found.why and "from the reference" in found.why


@pytest.mark.parametrize(("off", "verdict"), [(2e-4, OTHERWISE), (2e-3, DIFFERS)])
def test_rounding_of_onnx_runtime_is_told_from_another_meaning(trial, monkeypatch, off, verdict):
    right = oracle.ort(trial)
    theirs = [right[0] + np.float32(off * right[0].max())]
    monkeypatch.setattr(oracle, "ort", lambda trial: theirs)
    monkeypatch.setattr(oracle, "reference", lambda trial: theirs)
    exact = [np.exp(trial.feeds["x0"].astype(np.float64))]
    found = judge.judge(trial, {"native": right}, [1e-8], exact)
    assert found.verdict == verdict
    assert ("from float64: ours" in found.why) == (verdict == OTHERWISE)
    assert judge.judge(trial, {"native": theirs}, [1e-8], exact).verdict == SAME


@pytest.mark.parametrize(("ours", "verdict"), [(-3e-4, OTHERWISE), (-6e-4, DIFFERS)])
def test_noise_of_the_same_size_on_both_sides_is_no_difference(trial, monkeypatch, ours, verdict):
    right = oracle.ort(trial)
    theirs, got = ([right[0] + np.float32(off * right[0].max())] for off in (2e-4, ours))
    monkeypatch.setattr(oracle, "ort", lambda trial: theirs)
    monkeypatch.setattr(oracle, "reference", lambda trial: right)
    exact = [np.exp(trial.feeds["x0"].astype(np.float64))]
    assert judge.judge(trial, {"native": got}, [1e-8], exact).verdict == verdict


def test_integers_are_compared_without_wrapping(trial):
    low, high = (np.array([v], np.uint8) for v in (0, 255))
    assert judge.excess(low, high, replace(trial, steps=1), 0.0) == 255
    assert judge.excess(high, high, trial, 0.0) == 0


def test_a_process_that_dies_is_blamed_on_its_model_alone(monkeypatch):
    def attempt(jobs, seed):
        for job in jobs:
            yield job
            if job[1] == 3:
                os._exit(9)
            yield Outcome(*job, SAME)

    monkeypatch.setattr(run, "attempt", attempt)
    found = {o.number: o for o in run.outcomes([("conv", n) for n in range(6)], 0, 1)}
    assert [found[n].verdict for n in range(6)] == [SAME, SAME, SAME, DIFFERS, SAME, SAME]
    assert found[3].why == "ended by 9"


def test_an_interrupted_run_goes_on_unless_sources_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "FOLDER", tmp_path)
    run.Log.open(5).add(Outcome("conv", 1, SAME))
    assert list(run.Log.open(5).rows) == [("conv", 1)]
    assert run.Log.open(6).rows == {}
    monkeypatch.setattr(run, "sources", lambda: "others")
    assert run.Log.open(5).rows == {}
