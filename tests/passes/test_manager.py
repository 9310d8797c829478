"""manager."""

from pathlib import Path

import pytest

from tests.passes.graphs import Sketch, ops
from tinsmith.errors import InternalError
from tinsmith.ir.graph import Graph
from tinsmith.ir.patch import OnSkip
from tinsmith.ir.text import text
from tinsmith.ops.activations import Relu, Sigmoid, Tanh
from tinsmith.ops.identity import Identity
from tinsmith.passes import manager
from tinsmith.passes.fold_identity import fold_identity
from tinsmith.passes.manager import ROUND_LIMIT, PassRun, run
from tinsmith.passes.recognise_clip import recognise_clip


@pytest.fixture(autouse=True)
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The passes here change what a graph means."""
    monkeypatch.setattr(manager, "PARANOID", False)


def chain(count: int) -> Graph:
    s = Sketch()
    y = s.input(3)
    for _ in range(count):
        y = s.node(Identity(), s.node(Relu(), y))
    return s.graph(y)


def swap_relu(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """Relu to Sigmoid and back: never comes to rest."""
    return graph.replace(nodes=tuple(
        node.replace(op={"Relu": Sigmoid(), "Sigmoid": Relu()}.get(node.op.name, node.op))
        for node in graph.nodes))


def tanh_once(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """One Relu to Tanh."""
    for i, node in enumerate(graph.nodes):
        if isinstance(node.op, Relu):
            return graph.replace(nodes=(*graph.nodes[:i], node.replace(op=Tanh()),
                                        *graph.nodes[i + 1:]))
    return graph


def break_it(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """Takes the first node away."""
    return graph.replace(nodes=graph.nodes[1:])


def fail(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """Raises."""
    raise KeyError("x")


def test_runs_to_rest_and_logs() -> None:
    seen: list[PassRun] = []
    result = run(chain(3), [[fold_identity]], explain=seen.append)
    assert ops(result.graph) == ["Relu"] * 3
    assert list(result.log) == seen
    assert [step.changed for step in seen] == [True, False]
    assert (seen[0].nodes_before, seen[0].nodes_after, seen[0].number) == (6, 3, 1)
    assert seen[1].round == 2
    assert result.explanation().splitlines()[0].startswith("  1. fold_identity: 6 -> 3 nodes")


def test_groups_run_in_order() -> None:
    result = run(chain(2), [[tanh_once], [fold_identity]])
    changes = [step.name for step in result.log if step.changed]
    assert changes == ["tanh_once", "tanh_once", "fold_identity"]


def test_same_graph_when_nothing_changes() -> None:
    s = Sketch()
    graph = s.graph(s.node(Relu(), s.input(3)))
    assert run(graph, [[fold_identity]]).graph is graph


def test_the_reasons_of_the_last_run_are_explained() -> None:
    s = Sketch()
    x = s.input(3)
    graph = s.graph(s.node(Identity(), x), s.node(Relu(), s.node(Identity(), x)))
    result = run(graph, [[fold_identity]])
    assert result.explanation().splitlines()[-1] == (
        "fold_identity: 'n_identity0' stays: it names a graph output that is an input or a "
        "constant")


def test_stops_after_so_many_changes() -> None:
    for limit in range(4):
        result = run(chain(5), [[tanh_once], [fold_identity]], limit=limit)
        assert ops(result.graph).count("Tanh") == limit
        assert ops(result.graph).count("Identity") == 5


def test_dumps_each_change(tmp_path: Path) -> None:
    result = run(chain(2), [[tanh_once, fold_identity]], dump=tmp_path / "dump")
    files = sorted(path.name for path in (tmp_path / "dump").iterdir())
    assert files == ["000_imported.txt", "001_tanh_once.txt", "002_fold_identity.txt",
                     "003_tanh_once.txt"]
    assert (tmp_path / "dump" / files[-1]).read_text() == text(result.graph)


def rename(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """Another name for each node: means the same, and never comes to rest."""
    return graph.replace(nodes=tuple(node.replace(name=f"{node.name}'") for node in graph.nodes))


def test_leaves_a_group_that_never_rests() -> None:
    result = run(chain(1), [[fold_identity, swap_relu], [tanh_once]])
    assert result.restless == ("swap_relu",)
    assert ops(result.graph) == ["Tanh"]
    assert result.explanation().endswith(
        f"left after {ROUND_LIMIT} rounds, though changes go on: swap_relu")


def test_names_the_passes_that_never_rest_when_asked_to_look() -> None:
    with pytest.raises(InternalError) as caught:
        run(chain(1), [[fold_identity, rename]], paranoid=True)
    assert str(caught.value) == (
        f"passes: group 'fold_identity, rename': expected rest after {ROUND_LIMIT} rounds, "
        "got changes by rename; report this")


def test_a_long_chain_may_take_more_rounds_than_there_are() -> None:
    result = run(chain(ROUND_LIMIT), [[fold_identity, rename]], paranoid=True)
    assert result.restless == ("rename",)


def test_names_the_pass_that_breaks_the_graph_and_those_before() -> None:
    with pytest.raises(InternalError) as caught:
        run(chain(2), [[tanh_once, fold_identity], [break_it]])
    assert str(caught.value) == (
        "passes: pass 'break_it' (change 4, after tanh_once, fold_identity): verify: graph "
        "'sketch': node 'n_relu2': expected defined inputs, got ['relu0']; report this")


def test_names_the_pass_that_raises() -> None:
    with pytest.raises(InternalError) as caught:
        run(chain(1), [[fail]])
    assert str(caught.value) == "passes: pass 'fail' (change 1, after no other): KeyError: 'x'"


def test_paranoid_names_the_change_that_is_wrong() -> None:
    with pytest.raises(InternalError) as caught:
        run(chain(2), [[fold_identity], [tanh_once]], paranoid=True)
    assert str(caught.value).startswith(
        "passes: pass 'tanh_once' (change 2, after fold_identity): prove: value 'relu0' at [")
    assert str(caught.value).endswith("on 'normal' inputs; report this")


def test_paranoid_says_what_it_did_not_try() -> None:
    s = Sketch()
    y = s.node(Relu(), s.node(Relu(), s.input(1 << 15, 1 << 15)))
    result = run(s.graph(y), [[recognise_clip]], paranoid=True)
    assert [step.untried for step in result.log if step.changed] == [("relu1",)]
    assert result.explanation().splitlines()[-1] == (
        "recognise_clip: 'relu1' was not tried out: it is too much work")


@pytest.mark.parametrize("switch", ["", "1"])
def test_the_environment_decides_where_nothing_is_said(
    switch: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(manager, "PARANOID", bool(switch))
    if not switch:
        assert ops(run(chain(1), [[tanh_once]]).graph)[0] == "Tanh"
        return
    with pytest.raises(InternalError, match="prove: value 'relu0'"):
        run(chain(1), [[tanh_once]])
