"""recognise_global_pool."""

import pytest

from tests.passes.graphs import Sketch, check, ops, skips
from tinsmith.ir.op import Op
from tinsmith.ops.activation_function import Activation
from tinsmith.ops.pool import AveragePool, MaxPool
from tinsmith.ops.reduce import ReduceMax, ReduceMean, ReduceSum
from tinsmith.passes.eliminate_dead_code import eliminate_dead_code
from tinsmith.passes.recognise_global_pool import recognise_global_pool

NONE = (0, 0, 0, 0)


@pytest.mark.parametrize(("op", "expected"), [
    (ReduceMean((2, 3)), ["GlobalAveragePool"]),
    (ReduceMean((2, 3), keepdims=False), ["GlobalAveragePool", "Reshape"]),
    (ReduceMax((2, 3)), ["GlobalMaxPool"]),
    (AveragePool((4, 5), (2, 2), NONE, (1, 1)), ["GlobalAveragePool"]),
    (AveragePool((4, 5), (2, 2), NONE, (1, 1), activation=Activation("relu")),
     ["GlobalAveragePool"]),
    (MaxPool((4, 5), (2, 2), NONE, (1, 1)), ["GlobalMaxPool"]),
], ids=str)
def test_over_all_of_a_channel(op: Op, expected: list[str]) -> None:
    s = Sketch()
    assert ops(check(recognise_global_pool, s.graph(s.node(op, s.input(2, 3, 4, 5))))) == expected


@pytest.mark.parametrize("op", [
    ReduceMean((1, 2)), ReduceMean((3,)), ReduceSum((2, 3)),
    AveragePool((4, 4), (1, 1), NONE, (1, 1)),
    AveragePool((4, 5), (1, 1), (0, 1, 0, 0), (1, 1)),
], ids=str)
def test_leaves_others(op: Op) -> None:
    s = Sketch()
    graph = s.graph(s.node(op, s.input(2, 3, 4, 5)))
    assert recognise_global_pool(graph) is graph


def test_places_of_maxima_alone_stay() -> None:
    s = Sketch()
    op = MaxPool((5,), (1,), (0, 0), (1,), indices=True)
    places = s.nodes_out(op, 2, s.input(1, 3, 5))[1]
    graph = eliminate_dead_code(s.graph(places))
    assert graph.nodes[0].outputs == ("", places)
    assert skips(recognise_global_pool, graph) == ["it says where its maxima lie"]
