"""State: values of a graph that last from run to run."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ir.recurrent import exchange, gru_cell, last_input
from tests.passes.graphs import feeds
from tinsmith import pipeline
from tinsmith.errors import UsageError
from tinsmith.interpret import advance, initial_state, interpret
from tinsmith.ir.digest import digest
from tinsmith.ir.graph import Graph
from tinsmith.ir.op import TensorType
from tinsmith.ir.text import text
from tinsmith.ir.verify import problems


def test_an_input_becomes_state() -> None:
    graph = gru_cell()
    assert graph.inputs == ("x0",)
    assert dict(graph.state) == {"x1": "gru0:1"}
    assert "  state x1: f32[1,1,9] <- gru0:1\n" in text(graph)
    assert graph.opened().inputs == ("x0", "x1")
    assert graph.opened().outputs == (*graph.outputs, "gru0:1")
    assert digest(graph) != digest(graph.replace(state={"x1": "x1"}))


def test_it_lasts_from_run_to_run() -> None:
    graph = exchange()
    state = initial_state(graph)
    seen = []
    for i in range(5):
        outputs, state = advance(graph, {"x0": np.full(4, i + 1, np.float32)}, state)
        seen.append(outputs["mul0"][0])
    assert seen == [0, 2, 4, 8, 12]  # a: 0, 1, 2, 4, 6
    assert interpret(graph, {"x0": np.ones(4, np.float32)})["mul0"][0] == 0


@pytest.mark.parametrize("make", [gru_cell, exchange, last_input])
def test_passes_keep_it(make: object) -> None:
    graph: Graph = make()  # type: ignore[operator]
    after = pipeline.optimise(graph).graph
    assert (after.inputs, after.outputs) == (graph.inputs, graph.outputs)
    assert after.state == graph.state
    states = [initial_state(graph), initial_state(after)]
    for i in range(3):
        wanted, states[0] = advance(graph, feeds(graph, i), states[0])
        got, states[1] = advance(after, feeds(graph, i), states[1])
        for value in graph.outputs:
            np.testing.assert_allclose(got[value], wanted[value], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("state", "message"), [
    ({"y": "add1"}, "state: value 'y': expected one of the inputs ['x0'], got none of that name"),
    ({"x0": "none"}, "state: value 'x0': expected an update of f32[4], got 'none', which is no"),
    ({"x0": "w1"}, "state: value 'x0': expected an update of f32[4], got 'w1', f32[2]"),
])
def test_what_cannot_be_state(state: dict[str, str], message: str) -> None:
    graph = exchange()
    weights = {**graph.weights, "w1": np.zeros(2, np.float32)}
    types = {**graph.types, "w1": TensorType((2,))}
    with pytest.raises(UsageError) as caught:
        graph.replace(weights=weights, types=types).with_state(state)
    assert message in str(caught.value)


@pytest.mark.parametrize(("state", "message"), [
    ({"x1": "none", "x2": "x1"}, "state 'x1': expected an update of f32[4], got 'none', undefined"),
    ({"x1": "short", "x2": "x1"}, "state 'x1': expected an update of f32[4], got 'short', f32[2]"),
    ({"x0": "x1", "x1": "x0", "x2": "x1"},
     "state 'x0': expected no input or weight of that name, got one"),
])
def test_verify_names_what_is_broken(state: dict[str, str], message: str) -> None:
    graph = exchange()
    short = np.zeros(2, np.float32)
    graph = graph.replace(weights={**graph.weights, "short": short},
                          types={**graph.types, "short": TensorType((2,))})
    assert list(problems(graph)) == []
    assert message in list(problems(graph.replace(state=state)))
