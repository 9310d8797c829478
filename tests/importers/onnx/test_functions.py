"""Operators without a mapping are imported as the standard's definition of them."""

import numpy as np
import pytest

from tests.importers.onnx.models import imported, outputs
from tinsmith.errors import ModelError, UnsupportedError
from tinsmith.importers.onnx.build import mappings

X = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_definition_that_depends_on_attributes_and_types():
    assert "NegativeLogLikelihoodLoss" not in mappings()
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
