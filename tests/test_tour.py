"""docs/tour.py stays true: it runs, and shows every stage."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

TOUR = Path(__file__).parent.parent / "docs" / "tour.py"


@pytest.mark.cc
def test_tour(capsys: pytest.CaptureFixture[str]) -> None:
    spec = importlib.util.spec_from_file_location("tour", TOUR)
    assert spec is not None and spec.loader is not None
    tour = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tour)
    assert tour.main() <= 1e-4
    shown = capsys.readouterr().out
    for part in ("BatchNormalization", "fold_batchnorm: 10 -> 9 nodes", "activation=relu",
                 "buffers", "arena ", "tour_layers_0.c", "(const struct ",
                 "/* Conv stem, norm, act */", "interpreted"):
        assert part in shown, part
