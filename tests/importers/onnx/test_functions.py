"""Operators without a mapping are imported as the standard's definition of them."""

import numpy as np
import onnx
import onnx.numpy_helper
import pytest
from onnx import helper as h

from tests.importers.onnx.models import imported, outputs
from tinsmith.errors import ModelError, UnsupportedError
from tinsmith.importers.onnx.build import mappings
from tinsmith.importers.onnx.read import read_proto

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_definition_that_depends_on_attributes_and_types():
    assert ("", "NegativeLogLikelihoodLoss") not in mappings()
    graph = imported("""m (float[2,3] x, int64[2] t) => (float y) {
        y = NegativeLogLikelihoodLoss <reduction = "sum"> (x, t) }""")
    assert outputs(graph, x=X, t=np.array([2, 0])) == [-(2 + 3)]


def test_graph_attribute_and_another_domain():
    graph = imported("""m (float[1,1,2,2] x) => (float[1,1,2,2] y) {
        y = ai.onnx.preview.FlexAttention <
            score_mod = f (float[1,1,2,2] a) => (float[1,1,2,2] b) { b = Neg(a) }> (x, x, x) }""",
                     opset=26, domain="ai.onnx.preview")
    x = X[:, :2].reshape(1, 1, 2, 2)
    scores = np.exp(-x @ x.swapaxes(2, 3) / np.sqrt(2))
    want = scores / scores.sum(-1, keepdims=True) @ x
    assert np.allclose(outputs(graph, x=x)[0], want, rtol=1e-5)


def test_errors_inside_a_definition_name_the_node():
    with pytest.raises(ModelError, match=r"NegativeLogLikelihoodLoss_0"):
        imported("""m (float[2,3] x, int64[5] t) => (float y) {
            y = NegativeLogLikelihoodLoss (x, t) }""")


def test_operator_without_mapping_or_definition_is_refused():
    with pytest.raises(UnsupportedError, match="operator 'StringNormalizer' of node"):
        imported("m (float[2] x) => (float[2] y) { y = StringNormalizer(x) }")


def test_all_unknown_operators_are_named_at_once():
    with pytest.raises(UnsupportedError) as error:
        imported("""m (float[2] x, bool c) => (float[2] y) {
            a = own.Twist(x) b = Relu(a) d = own.Twist(b) e = StringNormalizer(d)
            f = Gelu(e)
            y = If (c) < then_branch = t () => (float[2] p) { p = own.Turn(f) },
                         else_branch = e () => (float[2] q) { q = Neg(f) }> }""", domain="own")
    assert str(error.value) == (
        "import: operators 'own::Twist' of node 'Twist_0' and 1 more, 'StringNormalizer' of node "
        "'StringNormalizer_3', 'own::Turn' of node 'Turn_0': expected operators that Tinsmith "
        "knows, got 3 that it does not; replace them before the export, or see docs/adding.md")


def test_an_unknown_operator_inside_a_branch_is_named():
    with pytest.raises(UnsupportedError, match=r"operator 'own::Turn' of node 'Turn_0'"):
        imported("""m (float[2] x, bool c) => (float[2] y) {
            y = If (c) < then_branch = t () => (float[2] p) { p = own.Turn(x) },
                         else_branch = e () => (float[2] q) { q = Neg(x) }> }""", domain="own")


def test_an_unknown_operator_of_a_definition_is_named():
    with pytest.raises(UnsupportedError, match=r"'RandomUniformLike' of node 'Bernoulli_0'"):
        imported("m (float[2] x) => (float[2] y) { y = Bernoulli(x) }")


def function(name, nodes, domain="own", overload=""):
    made = h.make_function(domain, name, ["a"], ["c"], nodes, [h.make_opsetid("", 17),
                                                               h.make_opsetid("own", 1)])
    made.overload = overload
    return made


def read_functions(functions, call="F0", overload=""):
    """The raw model whose one node calls ``call``."""
    ports = [h.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2]) for name in "xy"]
    node = h.make_node(call, ["x"], ["y"], domain="own", overload=overload)
    return read_proto(h.make_model(
        h.make_graph([node], "g", ports[:1], ports[1:]), functions=functions, ir_version=10,
        opset_imports=[h.make_opsetid("", 17), h.make_opsetid("own", 1)]))


def doubling(last, levels=60, overload=""):
    """Functions that each call the next one twice, and the last one ``last``."""
    calls = [(f"F{i + 1}", "own", overload) for i in range(levels - 1)] + [last]
    return [function(f"F{i}", [h.make_node(name, [a], [b], domain=domain, overload=kind)
                               for a, b in ("ab", "bc")], overload=overload)
            for i, (name, domain, kind) in enumerate(calls)]


EMPTY = [("Abs", ""), ("Abs", "ai.onnx"), ("Nothing", "own"), ("Nothing", "")]


@pytest.mark.parametrize("overload", ["", "second"])
@pytest.mark.parametrize(("name", "domain"), EMPTY)
def test_calls_of_empty_functions_count(name, domain, overload):
    functions = doubling((name, domain, ""), overload=overload)
    shadow = function(name, [], domain)
    with pytest.raises(UnsupportedError, match="with functions inlined"):
        read_functions([shadow, *functions], overload=overload)


def test_constants_count_wherever_they_are_called():
    array = onnx.numpy_helper.from_array(np.zeros(1 << 18, np.float32))
    leaf = function("Leaf", [h.make_node("Constant", [], ["b"], value=array),
                             h.make_node("Add", ["a", "b"], ["c"])])
    with pytest.raises(UnsupportedError, match="expected functions to add at most 67108864 bytes"):
        read_functions([leaf, *doubling(("Leaf", "own", ""), 10)])
    assert read_functions([leaf, *doubling(("Leaf", "own", ""), 3)]).graph.nodes
