"""What was measured of a core counts within bounds of what is documented of it."""

from dataclasses import replace

import pytest

from tinsmith import targets
from tinsmith.targets.measured import documented, findings, with_figures

ZEN4 = replace(targets.find("zen4"), name="native")
SEEN = {"clock": 3.66, "f32 latency": 3.97, "f32 rate": 1.01, "l1d": 60.2, "l2": 28.4, "l3": 21.0,
        "memory": 24.0, "memory of all": 40.0, "wake": 16.0}


def test_plausible_figures_count() -> None:
    model = with_figures(ZEN4, SEEN).model
    assert (model.clock_ghz, model.l2.bytes_per_cycle, model.l3.bytes_per_cycle) == (
        3.66, 28.4, 21.0)
    assert (model.memory_bytes_per_s, model.memory_bytes_per_s_of_all) == (24e9, 40e9)
    assert model.wake_s == pytest.approx(16e-6) and model.spin_s >= model.wake_s
    assert replace(ZEN4.model, clock_ghz=3.66).l1d == model.l1d  # close to it: the documented one


def test_what_comes_close_is_what_is_documented() -> None:
    assert with_figures(ZEN4, SEEN).model.f32 == ZEN4.model.f32
    slower = with_figures(ZEN4, {**SEEN, "f32 rate": 0.75, "f32 latency": 5.5}).model.f32
    assert slower.rate(512) == pytest.approx(0.75) and slower.latency == 5.5


@pytest.mark.parametrize(("name", "value"), [
    ("clock", 0.9), ("clock", 20.0), ("f32 latency", 40.0), ("f32 rate", 0.2), ("f32 rate", 2.0),
    ("l1d", 12.0), ("l2", 3.0), ("memory", 0.01), ("wake", 5000.0),
])
def test_what_cannot_be_is_refused(name: str, value: float) -> None:
    figures = {**SEEN, name: value}
    (finding,) = [each for each in findings(ZEN4, figures) if each.figure.name == name]
    assert finding.refused and finding.taken == finding.documented
    assert documented(with_figures(ZEN4, figures))[name] == pytest.approx(documented(ZEN4)[name])


def test_what_was_not_measured_is_what_is_documented() -> None:
    assert with_figures(ZEN4, {}) == ZEN4
    a53 = targets.find("cortex-a53")
    assert "l3" not in documented(a53)  # there is none
    assert with_figures(a53, {"l3": 5.0, "clock": 1.2}).model == replace(
        a53.model, clock_ghz=1.2)


def test_memory_gives_all_cores_no_less_than_one() -> None:
    model = with_figures(ZEN4, {"memory": 60.0}).model
    assert model.memory_bytes_per_s_of_all == model.memory_bytes_per_s == 60e9
