"""If, Loop and Scan are resolved while the model is read."""

import numpy as np
import pytest

from tests.importers.onnx.models import imported, outputs
from tinsmith.errors import UnsupportedError
from tinsmith.importers.onnx.node import NotConstantError

X = np.arange(6, dtype=np.float32).reshape(3, 2)

IF = """
m (float[3,2] x, bool c) => (float[3,2] y) {{
  y = If (c) <
    then_branch = t () => (float[3,2] a) {{ a = Neg(x) }},
    else_branch = e () => ({other}) {{ b = {operator}(x) }}
  >
}}"""


@pytest.mark.parametrize("choice", [True, False])
def test_constant_condition_imports_one_branch(choice):
    text = IF.format(other="float[3,2] b", operator="Exp")
    graph = imported(text, c=np.array(choice))
    assert graph.nodes[0].op.name == ("Neg" if choice else "Exp")
    assert [node.op.name for node in graph.nodes[1:]] == ["Identity"]


@pytest.mark.parametrize("choice", [True, False])
def test_run_time_condition_selects(choice):
    graph = imported(IF.format(other="float[3,2] b", operator="Exp"))
    (y,) = outputs(graph, x=X, c=choice)
    assert np.array_equal(y, -X if choice else np.exp(X))


def test_run_time_condition_of_unlike_branches_is_refused():
    with pytest.raises(NotConstantError, match="branches whose results differ in type"):
        imported(IF.format(other="int64[2] b", operator="Shape"))


LOOP = """
m (float[2] x, int64 n, bool go) => (float[2] last, float[3,2] all) {{
  last, all = Loop (n, go, x) <body = b (int64 i, bool c, float[2] v)
    => (bool d, float[2] w, float[2] s) {{
      two = Constant <value = float {{2}}> ()
      w = Mul(v, two)
      s = Identity(w)
      {condition}
    }}>
}}"""


def test_loop_is_unrolled():
    graph = imported(LOOP.format(condition="d = Identity(c)"), n=np.array(3), go=np.array(True))
    last, every = outputs(graph, x=X[1])
    assert np.array_equal(last, 8 * X[1])
    assert np.array_equal(every, np.stack([2 * X[1], 4 * X[1], 8 * X[1]]))


def test_loop_ends_with_its_condition():
    text = LOOP.format(condition="k = Constant <value = int64 {1}> ()\n d = Less(i, k)")
    _, every = outputs(imported(text.replace("[3,2]", "[2,2]"), n=np.array(9),
                                go=np.array(True)), x=X[1])
    assert np.array_equal(every, np.stack([2 * X[1], 4 * X[1]]))


def test_loop_without_steps():
    graph = imported(LOOP.replace("[3,2]", "[0,2]").format(condition="d = Identity(c)"),
                     n=np.array(0), go=np.array(True))
    last, every = outputs(graph, x=X[1])
    assert np.array_equal(last, X[1])
    assert every.shape == (0, 2)


def test_loop_that_decides_at_run_time_is_refused():
    text = LOOP.format(condition="m = ReduceMax <keepdims = 0> (w)\n d = Less(m, two)")
    with pytest.raises(UnsupportedError, match=r"Loop '.*' condition: expected one that is const"):
        imported(text, n=np.array(3), go=np.array(True))


def test_unknown_trip_count_names_the_input():
    with pytest.raises(NotConstantError, match="--bind n="):
        imported(LOOP.format(condition="d = Identity(c)"), go=np.array(True))


SCAN = """
m (float[2] s, float[3,2] x) => (float[2] t, float[2,3] y) {
  t, y = Scan <num_scan_inputs = 1, scan_input_directions = [1], scan_output_axes = [-1],
    scan_output_directions = [1], body = b (float[2] a, float[2] e) => (float[2] c, float[2] d) {
      c = Add(a, e)
      d = Identity(c)
    }> (s, x)
}"""


def test_scan_backward():
    total, sums = outputs(imported(SCAN), s=np.zeros(2, np.float32), x=X)
    assert np.array_equal(total, X.sum(0))
    assert np.array_equal(sums, np.cumsum(X[::-1], 0)[::-1].T)


def test_scan_with_batches_is_refused():
    with pytest.raises(UnsupportedError, match=r"Scan '.*' version: expected opset 9 or newer"):
        imported("""m (float[1,2] s, float[1,3,2] x) => (float[1,2] t) {
            t = Scan <num_scan_inputs = 1, body = b (float[2] a, float[2] e) => (float[2] c) {
                c = Add(a, e) }> ("", s, x) }""", opset=8)
