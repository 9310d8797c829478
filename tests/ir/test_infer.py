"""Types inferred again."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch, conv
from tinsmith import pipeline, zoo
from tinsmith.errors import ModelError
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Node
from tinsmith.ir.infer import result_types, retyped
from tinsmith.ir.op import TensorType
from tinsmith.ir.verify import problems, verify
from tinsmith.ops.arithmetic import Add
from tinsmith.ops.concat import Concat
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalAveragePool
from tinsmith.ops.reshape import Reshape
from tinsmith.request import Request
from tinsmith.targets import find

SMALL = TensorType((1, 3, 160, 160))


def test_a_network_at_another_size_is_the_one_imported_at_that_size():
    model = read_proto(zoo.build("squeezenet1.1"))
    large = build(model, {}, {})
    (name,) = large.inputs
    fresh = build(model, {name: SMALL.shape}, {})
    made = verify(retyped(large, {name: SMALL}))
    assert large.types[name].shape == (1, 3, 224, 224)
    assert (made.nodes, made.types) == (fresh.nodes, fresh.types)
    image = np.random.default_rng(0).normal(size=SMALL.shape).astype(np.float32)
    optimised = pipeline.optimise(large, Request(find("cortex-a53")), paranoid=False).graph
    again = verify(retyped(optimised, {name: SMALL}))
    (want,), (got,) = (interpret(g, {name: image}).values() for g in (fresh, again))
    assert got.shape == want.shape
    assert np.allclose(got, want, rtol=0, atol=1e-5 * np.abs(want).max())


def classifier(size):
    """Two convolutions, their maps as one row, and a layer behind it."""
    s = Sketch()
    y = conv(s, conv(s, s.input(1, 3, size, size), 4), 4, stride=2)
    row = s.node(Reshape((1, 4 * (size // 2) ** 2)), y)
    return s.graph(s.node(Gemm(), row, s.weight(4 * (size // 2) ** 2, 5)))


def test_an_impossible_shape_is_one_error_that_names_the_node():
    graph = classifier(8)
    reshape = next(node.name for node in graph.nodes if isinstance(node.op, Reshape))
    with pytest.raises(ModelError, match=rf"^infer: Reshape .*64.*\(in Reshape '{reshape}'\)$"):
        retyped(graph, {"x0": TensorType((1, 3, 6, 6))})


def test_another_rank_is_an_error_that_names_the_node():
    s = Sketch()
    graph = s.graph(s.node(Concat(1), s.input(2, 3), s.input(2, 4)))
    with pytest.raises(ModelError, match="'n_concat0'"):
        retyped(graph, {"x0": TensorType((2,)), "x1": TensorType((2,))})


def test_only_inputs_change():
    with pytest.raises(ModelError, match=r"infer: input 'y': expected one of \['x0'\]"):
        retyped(classifier(8), {"y": SMALL})


def test_what_is_right_stays():
    graph = classifier(8)
    assert retyped(graph) == graph


def test_after_an_edit():
    s = Sketch()
    y = s.node(GlobalAveragePool(), conv(s, s.input(1, 3, 8, 8), 4))
    graph = s.graph(y)
    first, pool = graph.nodes
    wide = graph.replace(nodes=(first.replace(op=first.op.__class__(
        (2, 2), first.op.pads, first.op.dilations)), pool))
    assert list(problems(wide))
    made = verify(retyped(wide))
    assert made.types[first.outputs[0]].shape == (1, 4, 4, 4)


def test_a_state_keeps_its_type():
    s = Sketch()
    held, x = s.input(2, 3), s.input(2, 3)
    total = s.node(Add(), held, x)
    graph = s.graph(total)
    graph = graph.replace(inputs=(x,), state={held: total})
    assert retyped(graph) == graph
    with pytest.raises(ModelError, match=f"infer: state '{held}': expected"):
        retyped(graph, {x: TensorType((4, 2, 3))})


def test_one_node():
    node = Node("sum", Add(), ("a", "b"), ("c",))
    kinds = {"a": TensorType((4, 1)), "b": TensorType((3,))}
    assert result_types(node, kinds) == {"c": TensorType((4, 3))}
