"""Sequences and optional values are resolved while the model is read."""

import numpy as np
import pytest

from tests.importers.onnx.models import imported, outputs
from tinsmith.errors import UnsupportedError

X = np.arange(12, dtype=np.float32).reshape(3, 4)


def run(body, result="float[] y"):
    weights = "<int64 one = {1}, int64 last = {-1}, int64[2] parts = {1, 3}>"
    return outputs(imported(f"m (float[3,4] x) => ({result}) {weights} {{ {body} }}"), x=X)


def test_parts_come_back():
    y, n = run("s = SplitToSequence<axis=1>(x, parts) y = SequenceAt(s, last) "
               "n = SequenceLength(s)", "float[3,3] y, int64 n")
    assert np.array_equal(y, X[:, 1:])
    assert n == 2


@pytest.mark.parametrize(("axis", "keep", "new", "want"), [
    (0, 0, 1, X), (1, 0, 1, X.T), (1, 1, 0, X.T.reshape(12, 1)), (0, 1, 0, X),
])
def test_slices_are_joined(axis, keep, new, want):
    (y,) = run(f"s = SplitToSequence<axis={axis}, keepdims={keep}>(x) "
               f"y = ConcatFromSequence<axis=0, new_axis={new}>(s)")
    assert np.array_equal(y, want)


def test_lists_grow_and_shrink():
    (y,) = run("e = SequenceEmpty() a = Neg(x) b = Abs(x) s = SequenceInsert(e, a) "
               "t = SequenceInsert(s, b) u = SequenceInsert(t, x, one) v = SequenceErase(u) "
               "w = SequenceErase(v, last) z = SequenceConstruct(x, x, x) o = SequenceLength(z) "
               "k = CastLike(o, x) q = SequenceAt(w, last) y = Mul(q, k)")
    assert np.array_equal(y, -3 * X)


def test_equal_parts_of_a_number():
    (n,) = run("c = Constant<value_int=3>() s = SplitToSequence<axis=1>(x, c) "
               "n = SequenceLength(s)", "int64 n")
    assert n == 2


def test_optional_values():
    y, n = run("o = Optional(x) h = OptionalHasElement(o) y = OptionalGetElement(o) "
               "n = Not(h)", "float[3,4] y, bool n")
    assert np.array_equal(y, X)
    assert not n


@pytest.mark.parametrize(("body", "text"), [
    ("y = SequenceAt(x, one)", "SequenceAt 'SequenceAt_0' input 0: expected a sequence, got a"),
    ("s = SequenceConstruct(x) y = Relu(s)", "expected a tensor, got a sequence"),
    ("y = SequenceConstruct(x)", "output 'y': expected a tensor, got a sequence"),
    ("s = SequenceConstruct(x) t = SequenceConstruct(s) y = SequenceAt(t, last)",
     "input 's': expected a tensor, got a sequence"),
    ("s = SequenceConstruct(x) y = SequenceAt(s, one)", "position: expected -1 to 0, got 1"),
    ("s = SequenceEmpty() y = ConcatFromSequence<axis=0>(s)", "expected one value or more, got 0"),
    ("s0 = SequenceEmpty() y = SequenceAt(s1001, last) " + " ".join(
        f"s{i + 1} = SequenceInsert(s{i}, x)" for i in range(1001)),
     "values: expected at most 1000, got 1001"),
    ("s = SplitToSequence(x, parts) y = SequenceAt(s, one)", "lengths with a sum of 3"),
])
def test_what_cannot_be_is_refused(body, text):
    with pytest.raises(UnsupportedError, match=text):
        run(body)
