"""eliminate_dead_code."""

from tests.passes.graphs import Sketch, check, ops
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Add
from tinsmith.ops.conv import Conv
from tinsmith.ops.topk import TopK
from tinsmith.passes.eliminate_dead_code import eliminate_dead_code


def test_drops_nodes_and_weights_nobody_reads() -> None:
    s = Sketch()
    x = s.input(2, 3)
    s.node(Relu(), s.node(Add(), x, s.weight(3)))
    y = s.node(Relu(), x)
    after = check(eliminate_dead_code, s.graph(y))
    assert ops(after) == ["Relu"]
    assert not after.weights
    assert set(after.types) == {x, y}


def test_takes_the_name_of_an_unused_output() -> None:
    s = Sketch()
    y, _ = s.nodes_out(TopK(2, 1), 2, s.input(1, 8))
    after = check(eliminate_dead_code, s.graph(y))
    assert after.nodes[0].outputs == (y,)


def test_an_absent_input_keeps_no_node_alive() -> None:
    s = Sketch()
    x = s.input(1, 2, 8)
    dead = s.nodes_out(TopK(2, 2), 2, x)
    s.nodes[-1] = s.nodes[-1].replace(outputs=("", dead[1]))
    del s.types[dead[0]]
    y = s.node(Conv((1,), (0, 0), (1,)), x, s.weight(3, 2, 1), "", s.input(1, 3, 8))
    assert ops(check(eliminate_dead_code, s.graph(y))) == ["Conv"]


def test_same_object_when_all_is_alive() -> None:
    s = Sketch()
    graph = s.graph(s.node(Add(), s.input(2, 3), s.weight(3)))
    assert eliminate_dead_code(graph) is graph
