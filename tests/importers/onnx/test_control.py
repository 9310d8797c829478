"""If, Loop and Scan are resolved while the model is read."""

import numpy as np
import pytest

from tests.importers.onnx.models import imported, outputs, parsed
from tinsmith.errors import UnsupportedError
from tinsmith.importers.builder import NotConstantError
from tinsmith.importers.onnx.build import import_model

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


def unfit(never, kind="float"):
    """A model of an If whose ``never`` branch fits no input of one row."""
    def branch(name, result):
        if name != never:
            return f"{result} = Identity(z)"
        return (f"w = Constant <value = float[2,1] {{1, 2}}> () u = Cast<to=1>(z) "
                f"v = MatMul(u, w) {result} = CastLike(v, z)")

    return f"""m (float[1,6] x, int64 rate) => ({kind}[1,6] y) {{
        k = Constant <value = int64 {{16}}> ()
        c = Equal(rate, k)
        n = Neg(x)
        z = Cast<to={1 if kind == "float" else 7}>(n)
        y = If (c) <
            then_branch = t () => ({kind}[1,6] a) {{ {branch("then", "a")} }},
            else_branch = e () => ({kind}[] b) {{ {branch("else", "b")} }}> }}"""


@pytest.mark.parametrize("never", ["then", "else"])
def test_a_branch_that_never_fits_gives_nan(never):
    model = parsed(unfit(never))
    found = import_model(model, {}, {})
    (note,) = found.notes
    assert f"the {never} branch of If 'If_4' fits no input of these shapes (MatMul" in note
    assert note.endswith("results are NaN; give what decides it with --bind rate=NUMBER")
    x = X.reshape(1, 6)
    for rate in (16, 8):
        (y,) = outputs(found.graph, x=x, rate=rate)
        fails = (rate == 16) == (never == "then")
        assert np.isnan(y).all() if fails else np.array_equal(y, -x)
    bound = import_model(model, {}, {"rate": np.array(8 if never == "then" else 16)})
    assert bound.notes == ()
    assert np.array_equal(outputs(bound.graph, x=x)[0], -x)


def test_a_branch_of_integers_that_never_fits_is_refused():
    with pytest.raises(UnsupportedError, match=r"If 'If_4' else branch: expected one that fits .*"
                                               r"; give what decides it with --bind rate=NUMBER"):
        imported(unfit("else", "int64"))


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
    with pytest.raises(NotConstantError, match="--bind n=NUMBER"):
        imported(LOOP.format(condition="d = Identity(c)"), go=np.array(True))


@pytest.mark.parametrize(("kind", "count", "advice"), [
    ("int64[2] n", "n", "give it with --bind n=FILE.npy"),
    ("int64 n", "Add(n, n)", "give what decides it with --bind n=NUMBER"),
    ("int64[90] n", "Slice(n, zero, two)", "replace it before the export"),
    ("int64 n", "Cast<to=7>(m)", "replace it before the export"),
])
def test_advice_can_be_followed(kind, count, advice):
    """Only inputs can be bound, and those that hold the data are none to be bound."""
    with pytest.raises(NotConstantError) as error:
        imported(f"""m (float[3,99] x, {kind}) => (float[] y)
            <int64[1] zero = {{0}}, int64[1] two = {{2}}, int64[1] one = {{-1}}> {{
            m = ReduceMax(x) k = {count if "(" in count else "Identity(n)"}
            s = Reshape(k, one) y = Reshape(x, {"n" if count == "n" else "s"}) }}""")
    assert str(error.value).endswith(advice)


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


OLD_SCAN = """m (float[2,1] s, float[2,3,1] x) => (float[2,1] t, float[2,3,1] y) {
    t, y = Scan <num_scan_inputs = 1, directions = [1],
        body = b (float[1] a, float[1] e) => (float[1] c, float[1] d) {
            c = Add(a, e) d = Identity(c) }> (LENGTHS, s, x) }"""


def test_scan_of_opset_8_scans_each_of_a_batch():
    x = X.T[..., None]
    total, sums = outputs(imported(OLD_SCAN.replace("LENGTHS", '""'), opset=8),
                          s=np.ones((2, 1), np.float32), x=x)
    assert np.array_equal(total, 1 + x.sum(1))
    assert np.array_equal(sums, 1 + np.cumsum(x[:, ::-1], 1))
    with pytest.raises(UnsupportedError, match=r"Scan '.*' sequence_lens: expected none"):
        imported(OLD_SCAN.replace("(float[2,1] s", "(int64[2] n, float[2,1] s")
                 .replace("LENGTHS", "n"), opset=8)
