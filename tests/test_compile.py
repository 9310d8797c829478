"""``tinsmith.compile``: a network in this process has passed its self-test, or says that not."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest

import tinsmith
from tests.passes.graphs import Sketch, conv
from tinsmith import pipeline
from tinsmith.emit.bundle import Golden
from tinsmith.errors import SelftestError, UntestedWarning
from tinsmith.ir.graph import Graph

pytestmark = pytest.mark.cc


@pytest.fixture
def graph() -> Graph:
    g = Sketch()
    return g.graph(conv(g, g.input(1, 3, 10, 10), 4))


def test_it_is_tested_where_that_is_quick(graph: Graph) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert tinsmith.compile(graph, threads=1).tested
        assert not tinsmith.compile(graph, threads=1, check=False).tested


def test_it_says_that_it_was_not(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "QUICK", 10)
    with pytest.warns(UntestedWarning, match=r"compile: network 'sketch': .*check=True"):
        assert not tinsmith.compile(graph, threads=1).tested
    assert tinsmith.compile(graph, threads=1, check=True).tested


def test_wrong_answers_are_refused(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    right = pipeline.golden

    def wrong(*args: object) -> Golden:
        found = right(*args)  # type: ignore[arg-type]
        return replace(found, outputs={name: a * 2 for name, a in found.outputs.items()})

    monkeypatch.setattr(pipeline, "golden", wrong)
    with pytest.raises(SelftestError, match=r"selftest: network: .*FAILED.*at element"):
        tinsmith.compile(graph, threads=1)
