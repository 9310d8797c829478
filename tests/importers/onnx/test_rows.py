"""NonZero with a bound: real rows are right, filling is -1, and what would mix them is refused."""

from __future__ import annotations

import numpy as np
import pytest

import tinsmith as tin
from tests.importers.onnx.models import parsed
from tinsmith.errors import DataError, UnsupportedError
from tinsmith.importers.builder import NotConstantError
from tinsmith.importers.onnx.build import import_model
from tinsmith.interpret import interpret

X = np.array([[1, -5, 3, 0], [-1, 7, -2, 4], [0, 9, -3, 2]], np.float32)
HEAD = ("<float zero = {0}, int64[1] one = {1}, int64[1] axis = {0}, int64[2] cells = {0, 1}> "
        "{ m = Greater(x, zero) places = NonZero(m) rows = Transpose<perm=[1,0]>(places) ")


def load(body: str, bound: int = 9, outputs: str = "float[] y", **bind: np.ndarray) -> object:
    text = f"g (float[3,4] x) => ({outputs}) {HEAD}{body} }}"
    return import_model(parsed(text), {}, bind, {"places": bound})


def run(body: str, x: np.ndarray = X, bound: int = 9, outputs: str = "float[] y",
        compiled: bool = False) -> list[np.ndarray]:
    graph = load(body, bound, outputs).graph  # type: ignore[attr-defined]
    if compiled:
        return list(tin.compile(graph, threads=1).run({"x": x}).values())
    return list(interpret(graph, {"x": x}).values())


def filled(real: np.ndarray, bound: int = 9) -> np.ndarray:
    whole = np.full((bound, *real.shape[1:]), -1, real.dtype)
    whole[:len(real)] = real
    return whole


PLACES = np.argwhere(X > 0)
FOUND = X[X > 0]


@pytest.mark.cc
@pytest.mark.parametrize("x", [X, -np.abs(X), np.abs(X) + 1])
def test_places_and_what_lies_there(x: np.ndarray) -> None:
    places, found = np.argwhere(x > 0)[:9], x[x > 0][:9]
    for compiled in (False, True):
        rows, values, count = run("v = GatherND(x, rows) y = Mul(v, v) r = Identity(rows)", x,
                                  outputs="int64[] r, float[] y", compiled=compiled)
        assert np.array_equal(rows, filled(places))
        assert np.array_equal(values, filled(found * found))
        assert count == (x > 0).sum()


@pytest.mark.parametrize(("body", "want"), [
    ("c = Gather<axis=0>(places, one) s = Squeeze(c, axis) f = Cast<to=1>(s) y = Neg(f)",
     -PLACES[:, 1].astype(np.float32)),
    ("c = Slice(rows, axis, one, one) s = Squeeze(c, one) y = Gather(x, s)", X[PLACES[:, 0]]),
    ("v = GatherND(x, rows) u = Unsqueeze(v, one) y = Concat<axis=1>(u, u)",
     np.stack([FOUND, FOUND], 1)),
    ("f = Cast<to=1>(rows) y = ReduceSum<keepdims=0>(f, one)",
     PLACES.sum(1).astype(np.float32)),
    ("f = Cast<to=1>(rows) y = MatMul(f, f2)", None),
    ("f = Cast<to=1>(rows) y = Softmax<axis=1>(f)",
     np.exp(PLACES) / np.exp(PLACES).sum(1, keepdims=True)),
])
def test_operators_that_keep_rows_apart(body: str, want: np.ndarray | None) -> None:
    if want is None:
        body = "f2 = Constant<value = float[2,2] {1, 2, 3, 4}>() " + body
        want = PLACES.astype(np.float32) @ np.float32([[1, 2], [3, 4]])
    y, count = run(body)
    assert np.allclose(y, filled(np.asarray(want, np.float32)), rtol=1e-6)
    assert count == len(PLACES)


def test_writing_at_places_needs_no_filling() -> None:
    body = "v = GatherND(x, rows) w = Neg(v) y = ScatterND(x, rows, w)"
    assert np.array_equal(run(body)[0], np.where(X > 0, -X, X))
    with pytest.raises(UnsupportedError, match=r"ScatterND 'ScatterND_\d': expected an"):
        run("o = Add(rows, one) v = GatherND(x, rows) y = ScatterND(x, o, v)")


def test_one_search_and_one_count_of_the_same_values() -> None:
    found = load("again = Not(m) more = NonZero(m) v = GatherND(x, rows) y = Identity(v)")
    graph = found.graph  # type: ignore[attr-defined]
    assert [n.op.name for n in graph.nodes].count("NonZero") == 1
    assert graph.outputs == ("y", "places/count")
    (note,) = found.notes  # type: ignore[attr-defined]
    assert note == "output 'places/count': how many rows are real; -1 behind them"


def test_places_past_the_bound_are_dropped_but_counted() -> None:
    y, count = run("y = Identity(rows)", bound=2, outputs="int64[] y")
    assert np.array_equal(y, PLACES[:2])
    assert count == len(PLACES)


@pytest.mark.parametrize(("body", "operator"), [
    ("f = Cast<to=1>(rows) y = ReduceSum(f, axis)", "ReduceSum"),
    ("f = Cast<to=1>(rows) y = Softmax<axis=0>(f)", "Softmax"),
    ("v = GatherND(x, rows) t, i = TopK(v, one) y = Neg(t)", "TopK"),
    ("s = Shape(rows) y = Cast<to=1>(s)", "Shape"),
    ("v = GatherND(x, rows) y = Concat<axis=0>(v, v)", "Concat"),
    ("f = Cast<to=1>(rows) y = Concat<axis=1>(f, nine)", "Concat"),
    ("f = Cast<to=1>(rows) y = Add(f, nine)", "Add"),
    ("f = Cast<to=1>(rows) y = MatMul(places_f, f)", "MatMul"),
    ("v = GatherND(x, rows) k = CumSum(v, last) y = Neg(k)", "CumSum"),
    ("v = GatherND(x, rows) y = Slice(v, one, nine_i, axis)", "Slice"),
])
def test_operators_that_mix_rows_are_refused(body: str, operator: str) -> None:
    needed = {
        "nine)": "n = Constant<value_int=9>() sh = Constant<value_ints=[9,1]>() "
                 "nine = ConstantOfShape(sh) ",
        "places_f": "places_f = Cast<to=1>(places) ", "last": "last = Constant<value_int=0>() ",
        "nine_i": "nine_i = Constant<value_ints=[9]>() ",
    }
    body = "".join(made for word, made in needed.items() if word in body) + body
    with pytest.raises(UnsupportedError, match=f"{operator} '.*': expected an operator that treats "
                                               "each row for itself, as --rows asks for"):
        run(body)


def test_the_bound_is_offered_and_checked() -> None:
    model = parsed(f"g (float[3,4] x) => (int64[] y) {HEAD} y = Identity(rows) }}")
    with pytest.raises(NotConstantError, match=r"bound how many it finds: --rows places=12$"):
        import_model(model, {}, {})
    with pytest.raises(DataError, match=r"value 'm': expected the output of a NonZero, one of"):
        import_model(model, {}, {}, {"m": 3})
