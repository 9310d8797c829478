"""Nodes that stand before what they read are moved; what reads itself is refused."""

import numpy as np
import pytest

from tests.importers.onnx.models import imported, outputs
from tinsmith.errors import ModelError

X = np.array([1, -2], np.float32)


def test_a_cast_at_the_end_of_the_file() -> None:
    graph = imported("""
m (float[2] x) => (float[2] y) {
  a = Neg(b)
  y = Abs(a)
  b = Exp(x)
}""")
    assert [node.op.name for node in graph.nodes] == ["Exp", "Neg", "Abs"]
    assert np.array_equal(outputs(graph, x=X)[0], np.exp(X))


@pytest.mark.parametrize("choice", [True, False])
def test_what_a_branch_reads_from_around_it(choice: bool) -> None:
    graph = imported("""
m (float[2] x, bool c) => (float[2] y) {
  y = If (c) <
    then_branch = t () => (float[2] a) { a = Neg(late) },
    else_branch = e () => (float[2] b) { h = Exp(late)
      b = Neg(h) }
  >
  late = Abs(x)
}""", c=np.array(choice))
    want = -np.abs(X) if choice else -np.exp(np.abs(X))
    assert np.array_equal(outputs(graph, x=X)[0], want)


def test_a_circle_is_refused() -> None:
    with pytest.raises(ModelError, match="expected a value defined before, got none"):
        imported("""
m (float[2] x) => (float[2] y) {
  a = Add(x, b)
  b = Neg(a)
  y = Neg(b)
}""")
