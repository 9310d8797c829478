"""Nodes that are not as the standard has them."""

import pytest

from tests.importers.onnx.models import imported
from tinsmith.errors import ModelError


@pytest.mark.parametrize(("node", "shown"), [
    ("Relu(x, x)", "Relu 'Relu_0' inputs: expected 1, got 2"),
    ("Add(x)", "Add 'Add_0' inputs: expected 2, got 1"),
    ("Relu<slope=1.0>(x)", "attributes: expected only none at all, got 'slope'"),
    ("Elu<alpha=1>(x)", "attribute 'alpha': expected a number, got int"),
    ("Elu<alpha=[1.0]>(x)", "attribute 'alpha': expected a number, got tuple"),
    ("Transpose<perm=0>(x)", "attribute 'perm': expected a list of integers, got int"),
    ("Concat(x, x)", "attribute 'axis': expected a value, got none"),
    ("Cast<to=\"float\">(x)", "attribute 'to': expected an integer, got str"),
    ("ReduceMax<keepdims=3>(x)", "attribute 'keepdims': expected 0 or 1, got 3"),
    ("Clip(, x)", "Clip 'Clip_0' input 0: expected a value, got none"),
])
def test_is_refused(node: str, shown: str) -> None:
    with pytest.raises(ModelError) as error:
        imported(f"g (float[2,3] x) => (float[a,b] y) {{ y = {node} }}")
    assert shown in str(error.value)


def test_nan_is_no_parameter() -> None:
    import onnx
    from onnx import helper as h

    from tinsmith.importers.onnx.build import build
    from tinsmith.importers.onnx.read import read_proto

    graph = h.make_graph([h.make_node("Elu", ["x"], ["y"], alpha=float("nan"))], "g",
                         [h.make_tensor_value_info("x", 1, [2])],
                         [h.make_tensor_value_info("y", 1, [2])])
    model: onnx.ModelProto = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)],
                                          ir_version=8)
    with pytest.raises(ModelError, match="attribute 'alpha': expected numbers, got NaN"):
        build(read_proto(model), {}, {})


def test_an_operator_of_a_later_opset_is_refused() -> None:
    with pytest.raises(ModelError, match="expected an operator of opset 13, got one of a newer"):
        imported("g (float[2] x) => (float[2] y) { y = Mish(x) }", opset=13)


def test_attributes_that_old_exporters_wrote_are_fine() -> None:
    graph = imported("g (float[2,3] x, float[2] b) => (float[2,3] y) "
                     "{ y = Add<broadcast=1, axis=0>(x, b) }", opset=6)
    assert graph.nodes[-1].op.name == "Add"
