"""keep_reduced_axes."""

from tests.passes.graphs import Sketch, check, ops, to_nhwc
from tinsmith.ops.reduce import ReduceMean
from tinsmith.ops.topk import ArgMax
from tinsmith.passes.keep_reduced_axes import keep_reduced_axes


def test_where_transposes_are() -> None:
    s = Sketch()
    x = to_nhwc(s, s.input(1, 3, 4, 5))
    y = s.node(ReduceMean((1, 2), keepdims=False), x)
    places = s.node(ArgMax(3, keepdims=False), x)
    after = check(keep_reduced_axes, s.graph(y, places))
    assert ops(after) == ["Transpose", "ReduceMean", "Reshape", "ArgMax", "Reshape"]


def test_leaves_others() -> None:
    s = Sketch()
    graph = s.graph(s.node(ReduceMean((1, 2), keepdims=False), s.input(1, 3, 4)),
                    to_nhwc(s, s.input(1, 2, 3, 4)))
    assert keep_reduced_axes(graph) is graph
