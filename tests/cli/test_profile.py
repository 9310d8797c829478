"""``tinsmith profile``: measured, so only what must hold is tested."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from tests.cli.models import classifier, tinsmith
from tests.cli.test_inspect import check_page
from tinsmith.cli.pages.profile_page import BOTTOM, HEIGHT, TOP, roofline
from tinsmith.emit.interface import StepFacts
from tinsmith.runtime.network import StepTime
from tinsmith.runtime.peak import Level, Peak
from tinsmith.runtime.profile import profile

PEAK = Peak(1, 100e9, (Level("L2", 1000, 100e9), Level("memory", math.inf, 10e9)))


def step(op: str, macs: int, traffic: int) -> StepFacts:
    return StepFacts(op, op, "kernel", "", macs, macs, traffic, 0, 1, (), ())


@pytest.mark.cc
def test_a_profile_and_its_page(tmp_path: Path) -> None:
    page = tmp_path / "p.html"
    done = tinsmith("profile", classifier(tmp_path), "--runs", "3", "--threads", "1", "--json",
                    "--html", page)
    assert done.code == 0, done.err
    answer = done.json
    assert sum(s["share"] for s in answer["steps"]) == pytest.approx(1)
    assert answer["peak"]["gmacs_per_s"] > 0.1
    assert {g["op"] for g in answer["operators"]} >= {"Conv", "Gemm"}
    check_page(page.read_text("utf-8"))
    assert "of the peak" in tinsmith("profile", classifier(tmp_path), "--runs", "2").out


def test_shares_of_peak_and_roofline() -> None:
    times = [StepTime(step("Conv", 10**9, 100), (0.02, 0.03, 0.02)),
             StepTime(step("Conv", 10**9, 100), (0.01, 0.01, 0.5)),
             StepTime(step("MaxPool", 0, 10**7), (0.002,) * 3)]
    result = profile(times, PEAK)
    first, second, third = result.rows
    assert (first.seconds, first.bound) == (0.02, "compute")
    assert first.of_peak == pytest.approx(0.5)
    assert second.of_bound == pytest.approx(1.0)
    assert (third.bound, third.of_bound) == ("memory", pytest.approx(0.5))
    assert [g.op for g in result.groups] == ["Conv", "MaxPool"]
    assert result.groups[0].gmacs_per_s == pytest.approx(2 / 0.03)


def test_the_roofline_shows_what_is_beyond_the_peak() -> None:
    winograd = StepTime(step("Conv", 10**9, 10**8), (0.001,) * 3)  # ten times the peak
    slow = StepTime(step("Conv", 10**9, 10**8), (10.0,) * 3)
    drawn = roofline(profile([winograd, slow], PEAK))
    places = [float(y) for y in re.findall(r'cy="([-.\d]+)"', drawn)]
    assert len(places) == 2
    assert all(TOP <= y <= HEIGHT - BOTTOM for y in places)


def test_the_nearest_level_that_holds_it_bounds_a_step() -> None:
    assert PEAK.bound_s(0, 500) == (5e-9, "L2")
    assert PEAK.bound_s(0, 5000) == (5e-7, "memory")
    assert PEAK.bound_s(10**6, 500) == (1e-5, "compute")
