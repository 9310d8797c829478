"""What the untuned choice loses, from times that are given."""

import pytest

from benchmarks.regret import over_measured, percentile, regret_of, report, spread
from tests.cases.conv import conv
from tinsmith.request import Request
from tinsmith.runtime.tune import layers_of
from tinsmith.targets import find

GRAPH = conv("3x3", (1, 64, 28, 28), (64, 64, 3, 3), pads=(1, 1, 1, 1)).graph()


@pytest.fixture
def layer():
    """A layer whose chosen kernel takes 3 ms, the next one 2 ms, all others 4."""
    (found,) = layers_of(GRAPH, Request(find("x86-64-v4")))
    for i, candidate in enumerate(found.kernels):
        found.seconds[candidate] = [(3e-3, 2e-3, 4e-3)[min(i, 2)]]
    return found


def test_regret_is_the_choice_over_the_best(layer):
    lost = regret_of("net", layer)
    assert lost.ratio == pytest.approx(1.5)
    assert lost.chosen == layer.kernels[0].kernel.label
    assert lost.best == layer.kernels[1].kernel.label
    assert lost.layer == "net node"


def test_no_regret_where_the_choice_is_the_best(layer):
    layer.seconds[layer.kernels[0]] = [1e-3]
    assert regret_of("net", layer).ratio == 1.0


def test_estimates_over_times(layer):
    ratios = over_measured([layer])
    first = layer.kernels[0]
    assert ratios[first.kernel.label] == [pytest.approx(first.estimate / 3e-3)]
    assert len(ratios) == len({c.kernel.label for c in layer.kernels})


def test_layers_are_spread_over_networks():
    found = spread({"a": [f"a{i}" for i in range(30)], "b": [f"b{i}" for i in range(60)]}, 9)
    assert [len(some) for some in found.values()] == [3, 6]
    assert found["a"] == ["a0", "a10", "a20"]


def test_all_layers_where_there_are_few():
    assert spread({"a": ["p", "q"], "b": ["r"]}, 60) == {"a": ["p", "q"], "b": ["r"]}


def test_a_layer_of_two_networks_counts_once():
    assert spread({"a": ["p", "q"], "b": ["q", "r"]}, 60) == {"a": ["p", "q"], "b": ["r"]}


@pytest.mark.parametrize(("share", "expected"), [(0.95, 95), (0.5, 50), (1.0, 100), (0.001, 1)])
def test_percentiles_are_values_of_the_sample(share, expected):
    assert percentile(range(1, 101), share) == expected


def test_the_report_shows_the_worst_first(layer):
    lost = regret_of("net", layer)
    lines = report([lost], over_measured([layer]))
    assert lines[0] == "1 layers: median 1.500, 95th percentile 1.500, largest 1.500"
    assert any(line.startswith("| net node |") and line.endswith("| 1.500 |") for line in lines)
