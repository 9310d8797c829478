"""patch: what rules answer, and how their answers are applied."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch, Skips, largest_difference, ops
from tinsmith.errors import InternalError
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.patch import Patch, Skip, apply, rewrite
from tinsmith.ir.verify import verify
from tinsmith.ops.activations import Relu, Sigmoid, Tanh
from tinsmith.ops.arithmetic import Add, Mul, Neg
from tinsmith.ops.identity import Identity
from tinsmith.ops.reshape import Reshape


def bypass(graph: Graph, node: Node) -> Patch:
    return Patch(remove=(node,), rename=((node.outputs[0], node.inputs[0]),))


def chain(count: int) -> Graph:
    s = Sketch()
    y = s.input(3)
    for _ in range(count):
        y = s.node(Identity(), s.node(Relu(), y))
    return s.graph(s.node(Neg(), y))


def test_same_object_when_no_rule_fires() -> None:
    graph = chain(2)
    assert rewrite(graph, Identity, lambda g, n: None) is graph
    assert rewrite(graph, Tanh, bypass) is graph


def test_reasons_reach_the_caller() -> None:
    graph, skips = chain(2), Skips()
    assert rewrite(graph, Identity, lambda g, n: Skip("why"), skips) is graph
    assert skips.reasons == ["why", "why"]


def test_undisturbed_patches_apply_in_one_sweep() -> None:
    graph = chain(5)
    after = verify(rewrite(graph, Identity, bypass))
    assert ops(after) == ["Relu"] * 5 + ["Neg"]
    assert largest_difference(graph, after) == 0


def test_a_chain_of_renames_waits_for_the_next_sweep() -> None:
    s = Sketch()
    y = s.node(Identity(), s.node(Identity(), s.node(Identity(), s.input(3))))
    graph = s.graph(s.node(Neg(), y))
    first = verify(rewrite(graph, Identity, bypass))
    assert 0 < ops(first).count("Identity") < 3
    while "Identity" in ops(first):
        first = verify(rewrite(first, Identity, bypass))
    assert first.nodes[0].inputs == ("x0",)


def test_neighbours_that_keep_their_values_apply_together() -> None:
    s = Sketch()
    y = s.input(3)
    for _ in range(4):
        y = s.node(Tanh(), y)
    def replace(graph: Graph, node: Node) -> Patch:
        return Patch(remove=(node,), add=(node.replace(op=Relu()),))
    assert ops(verify(rewrite(s.graph(y), Tanh, replace))) == ["Relu"] * 4


def test_two_patches_do_not_take_one_node() -> None:
    s = Sketch()
    top = s.node(Tanh(), s.input(3))
    graph = s.graph(s.node(Relu(), top), s.node(Relu(), top))
    def merge(graph: Graph, node: Node) -> Patch:
        above = graph.producers[node.inputs[0]]
        other = next(n for n in graph.consumers[above.outputs[0]] if n is not node)
        return Patch(remove=(above, node, other), add=(
            node.replace(op=Sigmoid(), inputs=above.inputs),
            other.replace(op=Sigmoid(), inputs=above.inputs)))
    assert ops(verify(rewrite(graph, Relu, merge))) == ["Sigmoid", "Sigmoid"]


def test_two_patches_do_not_make_one_weight() -> None:
    s = Sketch()
    x = s.input(3)
    graph = s.graph(s.node(Relu(), x), s.node(Relu(), x))
    def scale(graph: Graph, node: Node) -> Patch:
        name = graph.unique("scale")
        array = np.full(3, len(graph.weights), np.float32)
        return Patch(remove=(node,), weights={name: array},
                     add=(node.replace(op=Mul(), inputs=(*node.inputs, name)),))
    first = verify(rewrite(graph, Relu, scale))
    assert sorted(ops(first)) == ["Mul", "Relu"]
    second = verify(rewrite(first, Relu, scale))
    assert set(second.weights) == {"scale", "scale.1"}


def test_types_follow() -> None:
    s = Sketch()
    x = s.node(Relu(), s.input(2, 3))
    graph = s.graph(s.node(Neg(), x))
    relu, neg = graph.nodes
    patch = Patch(remove=(relu, neg), weights={"w": np.ones((4, 1, 1), np.float32)}, add=(
        Node("a", Add(), ("x0", "w"), ("t",)), Node("b", Reshape((24,)), ("t",), ("u",)),
        Node("c", Reshape((2, 3, 4)), ("u",), neg.outputs)))
    after = verify(apply(graph, [patch]))
    assert after.types["t"].shape == (4, 2, 3)
    assert after.types[neg.outputs[0]].shape == (2, 3, 4)
    assert x not in after.types
    assert set(after.types) == {"x0", "w", "t", "u", neg.outputs[0]}


def test_no_type_is_left_of_a_renamed_result() -> None:
    s = Sketch()
    graph = s.graph(s.node(Identity(), s.node(Relu(), s.input(3))))
    relu, identity = graph.nodes
    after = verify(apply(graph, [Patch(remove=(identity,),
                                       rename=((relu.outputs[0], identity.outputs[0]),))]))
    assert set(after.types) == {"x0", identity.outputs[0]}


def test_added_nodes_move_on_to_where_their_inputs_are() -> None:
    s = Sketch()
    x = s.input(3)
    early = s.node(Relu(), x)
    late = s.node(Tanh(), x)
    graph = s.graph(s.node(Neg(), early), s.node(Neg(), late))
    patch = Patch(remove=(graph.nodes[0],), add=(
        graph.nodes[0].replace(op=Add(), inputs=(x, late)),))
    assert ops(verify(apply(graph, [patch]))) == ["Tanh", "Add", "Neg", "Neg"]


def test_a_cycle_is_left_to_the_verifier() -> None:
    s = Sketch()
    x = s.node(Relu(), s.input(3))
    graph = s.graph(s.node(Neg(), x))
    patch = Patch(remove=(graph.nodes[0],), add=(
        graph.nodes[0].replace(inputs=graph.nodes[1].outputs),))
    with pytest.raises(InternalError, match="expected defined inputs"):
        verify(apply(graph, [patch]))


def test_a_patch_that_only_adds_has_no_place() -> None:
    graph = chain(1)
    with pytest.raises(InternalError) as caught:
        apply(graph, [Patch(add=(Node("n", Neg(), ("x0",), ("y",)),))])
    assert str(caught.value) == ("patch: nodes 'n': expected a place, got a patch that removes "
                                 "nothing; report this")
