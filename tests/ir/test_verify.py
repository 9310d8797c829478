"""verify: each broken promise has its sentence."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch
from tinsmith.dtypes import DType
from tinsmith.errors import InternalError
from tinsmith.ir.graph import Graph
from tinsmith.ir.op import TensorType
from tinsmith.ir.verify import problems, verify
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Add


def good() -> Graph:
    s = Sketch()
    return s.graph(s.node(Relu(), s.node(Add(), s.input(2, 3), s.weight(3))))


def test_a_good_graph_comes_back() -> None:
    graph = good()
    assert verify(graph) is graph


def changed(what: str) -> Graph:
    graph = good()
    add, relu = graph.nodes
    types, weights = dict(graph.types), dict(graph.weights)
    if what == "twice":
        return graph.replace(nodes=(add, relu.replace(name=add.name)))
    if what == "undefined":
        return graph.replace(nodes=(relu, add))
    if what == "redefined":
        return graph.replace(nodes=(add, relu.replace(outputs=add.outputs)))
    if what == "too many":
        return graph.replace(nodes=(add, relu.replace(outputs=(*relu.outputs, "more"))))
    if what == "type":
        types[add.outputs[0]] = TensorType((2, 3), DType.F16)
        return graph.replace(types=types)
    if what == "output":
        return graph.replace(outputs=("nothing",))
    if what == "weight":
        weights["w0"] = np.zeros(4, np.float32)
        return graph.replace(weights=weights)
    if what == "untyped weight":
        del types["w0"]
        return graph.replace(types=types)
    assert what == "both"
    return graph.replace(inputs=("x0", "w0"))


@pytest.mark.parametrize(("what", "text"), [
    ("twice", "node 'n_add0': expected a unique name, got it twice"),
    ("undefined", "node 'n_relu1': expected defined inputs, got ['add0']"),
    ("redefined", "value 'add0': expected one definition, got another by 'n_relu1'"),
    ("too many", "node 'n_relu1': expected at most 1 outputs, got 2"),
    ("type", "value 'add0': expected f32[2,3], got f16[2,3]"),
    ("output", "output 'nothing': expected a definition, got none"),
    ("weight", "weight 'w0': expected f32[3], got float32[4]"),
    ("untyped weight", "weight 'w0': expected None, got float32[3]"),
    ("both", "weight 'w0': expected no input of that name, got one"),
])
def test_names_what_is_broken(what: str, text: str) -> None:
    graph = changed(what)
    assert text in list(problems(graph))
    with pytest.raises(InternalError) as caught:
        verify(graph)
    assert str(caught.value).startswith("verify: graph 'sketch': ")
    assert str(caught.value).endswith("; report this")
