"""Tuning: every candidate gets its turn, the best is kept, nothing is measured twice."""

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from tests.cases.conv import conv
from tests.cli.models import tinsmith, write_model
from tinsmith.emit.interface import describe
from tinsmith.errors import DataError
from tinsmith.kernels.conv.conv2d_direct import KERNEL as DIRECT
from tinsmith.request import Request
from tinsmith.runtime import tunings
from tinsmith.runtime.network import StepTime
from tinsmith.runtime.tune import tune
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.choose import choose
from tinsmith.schedule.timings import Measured
from tinsmith.targets import find

REQUEST = Request(find("x86-64-v4"))
GRAPH = conv("3x3", (1, 64, 56, 56), (64, 64, 3, 3), pads=(1, 1, 1, 1)).graph()


class Machine:
    """Measures as a function says: seconds by kernel and constants."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.calls = []

    def __call__(self, plan):
        facts = describe(plan, "net").steps
        self.calls.append([s.call for s in plan.steps])
        return [StepTime(f, (self.seconds(s.call.kernel, dict(s.call.constants)),) * 3)
                for f, s in zip(facts, plan.steps, strict=True)]


def a_variant():
    """One of direct convolution that is worth a round."""
    (site,) = [w.choice.site for w in choose(GRAPH, REQUEST) if w.choice]
    return dict(DIRECT.variants(site, DIRECT.forms(site)[0])[2])


BEST = a_variant()


def one_is_best(kernel, constants):
    if kernel != "conv2d_direct":
        return 5e-3
    return 1e-3 if BEST.items() <= constants.items() else 4.9e-3


def test_it_finds_a_variant_of_a_kernel_that_looked_dear():
    machine, kept = Machine(one_is_best), []
    (layer,) = tune(GRAPH, REQUEST, machine, keep=kept.extend)
    best = layer.ranked()[0]
    assert best.kernel.label == "conv2d_direct"
    assert dict(best.variant) == BEST
    assert {c.kernel.label for c in layer.seconds} >= {
        "conv2d_direct", "conv2d_winograd F(4,3)", "conv2d_winograd F(6,3)"}
    plan = schedule(GRAPH, REQUEST, Measured(kept))
    assert any(one_is_best(s.call.kernel, dict(s.call.constants)) == 1e-3 for s in plan.steps
               if s.call.kernel.startswith("conv2d"))


def test_what_is_known_is_not_measured_again():
    first, kept = Machine(one_is_best), []
    tune(GRAPH, REQUEST, first, keep=kept.extend)
    second = Machine(one_is_best)
    (layer,) = tune(GRAPH, REQUEST, second, known=kept)
    assert not second.calls
    assert dict(layer.ranked()[0].variant) == BEST


def test_it_goes_on_where_it_was_stopped():
    kept = []
    machine = Machine(one_is_best)
    tune(GRAPH, REQUEST, machine, keep=kept.extend, progress=lambda p: p.round < 2)
    assert len(machine.calls) == 2
    rest = Machine(one_is_best)
    (layer,) = tune(GRAPH, REQUEST, rest, known=kept)
    assert rest.calls
    assert dict(layer.ranked()[0].variant) == BEST


def test_what_a_kernel_does_not_offer_is_not_recalled():
    machine, kept = Machine(one_is_best), []
    tune(GRAPH, REQUEST, machine, keep=kept.extend, progress=lambda p: p.round < 1)
    wrong = (("tile_p", 1000), ("tile_b", 3))
    known = [replace(t, variant=wrong, seconds=1e-9) for t in kept]
    (layer,) = tune(GRAPH, REQUEST, Machine(one_is_best), known=known)
    assert wrong not in [c.variant for c in layer.seconds]
    assert dict(layer.ranked()[0].variant) == BEST


@pytest.fixture
def database(tmp_path, monkeypatch):
    path = tmp_path / "tunings.db"
    monkeypatch.setenv("TINSMITH_TUNINGS", str(path))
    return path


@pytest.fixture
def model(tmp_path):
    from onnx import helper as h
    w = np.random.default_rng(0).standard_normal((32, 16, 3, 3)).astype(np.float32)
    nodes = [h.make_node("Conv", ["x", "w"], ["y"], "conv", pads=[1, 1, 1, 1])]
    return write_model(tmp_path / "net.onnx", nodes, {"x": [1, 16, 20, 20]},
                       {"y": [1, 32, 20, 20]}, {"w": w})


@pytest.mark.cc
def test_the_command(model, database, tmp_path):
    done = tinsmith("tune", model, "--threads", 1, "--runs", 3, "--json")
    assert done.code == 0, done.err
    (layer,) = json.loads(done.out)["layers"]
    assert layer["nodes"] == ["conv"]
    times = [m["seconds"] for m in layer["measured"]]
    assert times == sorted(times)
    assert len(times) > 2
    shared = tmp_path / "shared.json"
    assert tinsmith("tune", "--export", shared).code == 0
    with closing(sqlite3.connect(database)) as rows, rows:
        rows.execute("DELETE FROM measured")  # what the core was measured to do stays
    assert tinsmith("tune", "--import", shared).code == 0
    again = tinsmith("tune", model, "--threads", 1, "--json")
    assert json.loads(again.out)["layers"][0]["measured"] == layer["measured"]
    assert tinsmith("run", model, write_input(tmp_path)).code == 0


@pytest.mark.cc
def test_it_tunes_the_precision_that_is_asked_for(model, database):
    done = tinsmith("tune", model, "--threads", 1, "--runs", 3, "--precision", "bf16", "--json")
    assert done.code == 0, done.err
    (layer,) = json.loads(done.out)["layers"]
    assert "bf16" in layer["layer"]


def write_input(folder):
    np.save(folder / "x.npy", np.ones((1, 16, 20, 20), np.float32))
    return folder / "x.npy"


def test_files_that_are_no_timings(database, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match=r"database '.*folder': expected timings, got"):
        tunings.load(tmp_path / "folder", "m", "c")
    database.write_bytes(b"no database at all, but long enough to be read as one" * 30)
    with pytest.raises(DataError, match="expected timings, got"):
        tunings.load(database, "m", "c")
    bad = tmp_path / "bad.json"
    for data in (b"", b"{}", b'{"format": "other"}', b"[1]", b"\x89PNG\xff\x00",
                 b'{"format": "tinsmith tunings 2", "timings": [{}]}', b"[" * 100_000):
        bad.write_bytes(data)
        done = tinsmith("tune", "--import", bad)
        assert done.code == 1
        assert re.match(r"tinsmith: tune: file '.*': expected .*, got .*; ", done.err)


def test_what_to_do_must_be_said():
    assert tinsmith("tune").code == 2
