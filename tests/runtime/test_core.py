"""This machine's core is measured once, and what was found is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tinsmith import targets
from tinsmith.errors import ToolchainError
from tinsmith.runtime import core, peak
from tinsmith.runtime.tunings import keep_figures, kept_figures
from tinsmith.schedule.timings import machine_key
from tinsmith.targets import Target
from tinsmith.targets.measured import Figures, documented

NATIVE = targets.find("native")
SEEN = {name: value * 1.05 for name, value in documented(NATIVE).items()}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The targets that were measured; nothing runs."""
    found: list[str] = []

    def measure(target: Target, compiler: str = "zig") -> Figures:
        found.append(target.isa)
        return SEEN

    monkeypatch.setattr(core, "measure", measure)
    return found


def test_a_core_is_measured_once(tmp_path: Path, asked: list[str]) -> None:
    said: list[str] = []
    path = tmp_path / "new" / "tunings.db"
    first = core.measured(NATIVE, path=path, say=said.append)
    again = core.measured(NATIVE, path=path, say=said.append)
    assert first == again and first.model.clock_ghz == SEEN["clock"]
    assert asked == [NATIVE.isa] and len(said) == 1 and "--measure" in said[0]
    assert machine_key(first) == machine_key(NATIVE)  # timings stay valid
    assert kept_figures(path, core.core_key(NATIVE)) == pytest.approx(SEEN)


def test_each_instruction_set_is_measured(tmp_path: Path, asked: list[str]) -> None:
    less = targets.this_machine("c")
    for target in (NATIVE, less, NATIVE, less):
        core.measured(target, path=tmp_path / "tunings.db")
    assert asked == [NATIVE.isa, "c"]


def test_other_machines_are_not_measured(tmp_path: Path, asked: list[str]) -> None:
    target = targets.find("zen4")
    assert core.measured(target, path=tmp_path / "tunings.db") is target
    assert not asked and not (tmp_path / "tunings.db").exists()


def test_nothing_is_measured_that_cannot_be_kept(tmp_path: Path, asked: list[str]) -> None:
    assert core.measured(NATIVE, path=Path(os.devnull)) is NATIVE
    assert core.measured(NATIVE) is NATIVE  # as all tests run
    (tmp_path / "text").write_text("no database")
    assert core.measured(NATIVE, path=tmp_path / "text") is NATIVE
    assert not asked


def test_without_a_compiler_the_documents_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(target: Target, compiler: str = "zig") -> Figures:
        raise ToolchainError("no compiler")

    monkeypatch.setattr(core, "measure", fail)
    assert core.measured(NATIVE, path=tmp_path / "tunings.db") is NATIVE


def test_new_figures_replace_the_old(tmp_path: Path) -> None:
    path = tmp_path / "tunings.db"
    keep_figures(path, "one", {"clock": 2.0, "wake": 9.0})
    keep_figures(path, "other", {"clock": 3.0})
    keep_figures(path, "one", {"clock": 2.5})
    assert kept_figures(path, "one") == {"clock": 2.5}
    assert kept_figures(path, "other") == {"clock": 3.0}


@pytest.mark.cc
def test_the_program_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "MEMORY_BYTES", 1 << 20)
    monkeypatch.setattr(core, "ADD_ROUNDS", 100)
    monkeypatch.setattr(core, "CHAIN_ROUNDS", 100)
    monkeypatch.setattr(peak, "FMA_ROUNDS", 100)
    monkeypatch.setattr(peak, "READ_BYTES", 1 << 16)
    monkeypatch.setattr(peak, "TRIALS", 3)
    small = NATIVE.with_model(targets.find("cortex-a53").model)  # no third cache to fill
    figures = core.measure(small)
    assert {"clock", "f32 latency", "f32 rate", "l1d", "l2", "memory"} <= set(figures)
    assert all(value > 0 for value in figures.values())
