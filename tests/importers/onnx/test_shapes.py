"""Open dimensions: which are taken as a batch of one, and how the others are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from tests.importers.onnx.models import parsed
from tinsmith.errors import DataError, ModelError, UnsupportedError
from tinsmith.importers.onnx.build import import_model

IMAGE = "<float[8,3,3,3] w> { y = Conv(x, w) }"
NHWC = "<float[8,3,3,3] w> { t = Transpose<perm=[0,3,1,2]>(x) y = Conv(t, w) }"
TIME = """<float[5,10,3] w, int64[1] ax = {0}> {
    t = Transpose<perm=[1,0]>(x) u = Unsqueeze(t, ax) y = Conv(u, w) }"""
LSTM = "<float[1,8,4] w, float[1,8,2] r> {{ y = LSTM<hidden_size=2{}>(x, w, r) }}"
TURNED = """<float[1,8,4] w, float[1,8,2] r> {
    t = Transpose<perm=[1,0,2]>(x) y = LSTM<hidden_size=2>(t, w, r) }"""
DENSE = "<float[6,2] w> { r = Relu(x) m = MatMul(r, w) y = Softmax(m) }"
VIEWED = """<float[6,2] w, int64[2] s = {-1, 6}> { v = Reshape(x, s) y = Gemm(v, w) }"""
EMBEDDED = """<float[4,5] w, float[2,5,3] k> {
    m = MatMul(x, w) t = Transpose<perm=[0,2,1]>(m) y = Conv(t, k) }"""
PLAIN = "{ y = Relu(x) }"


def shape_of(ports: str, body: str, **shapes: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    found = import_model(parsed(f"g ({ports}) => (float[] y) {body}", weights=True), shapes, {})
    assert {each.name: each.shape for each in found.inputs} == {
        name: found.graph.types[name].shape for name in found.graph.inputs}
    return {each.name: each.shape for each in found.inputs}


@pytest.mark.parametrize(("declared", "body", "shape"), [
    ("N,3,9,9", IMAGE, (1, 3, 9, 9)),
    ("?,3,9,9", IMAGE, (1, 3, 9, 9)),
    ("unk__6,3,9,9", IMAGE, (1, 3, 9, 9)),
    ("?,9,9,3", NHWC, (1, 9, 9, 3)),
    ("batch_size,4", PLAIN, (1, 4)),
    ("?,6", DENSE, (1, 6)),
    ("?,2,3", VIEWED, (1, 2, 3)),
    ("7,batch,4", LSTM.format(""), (7, 1, 4)),
    ("?,7,4", LSTM.format(", layout=1"), (1, 7, 4)),
    ("?,7,4", TURNED, (1, 7, 4)),
    ("?,7,4", EMBEDDED, (1, 7, 4)),
])
def test_a_batch_is_taken_as_one(declared: str, body: str, shape: tuple[int, ...]) -> None:
    assert shape_of(f"float[{declared}] x", body) == {"x": shape}


@pytest.mark.parametrize(("declared", "body", "line"), [
    ("time,10", TIME, "x=100x10"),
    ("?,10", TIME, "x=100x10"),
    ("?,3,h,w", IMAGE, "x=1x3x224x224"),
    ("N,h,w,3", NHWC, "x=1x224x224x3"),
    ("?,?,?,?", NHWC, "x=1x224x224x3"),
    ("?,?,?,?", IMAGE, "x=1x3x224x224"),
    ("?,1,4", LSTM.format(""), "x=100x1x4"),
    ("batch,1,4", LSTM.format(""), "x=100x1x4"),
    ("frames,6", DENSE, "x=100x6"),
    ("?,4", PLAIN, "x=1x4"),
    ("1,samples", PLAIN, "x=1x100"),
    ("num_samples,4", PLAIN, "x=100x4"),
    ("N", PLAIN, "x=100"),
    ("3,h,w", PLAIN, "x=3x224x224"),
])
def test_other_dimensions_are_asked_for(declared: str, body: str, line: str) -> None:
    with pytest.raises(UnsupportedError) as error:
        shape_of(f"float[{declared}] x", body)
    assert str(error.value).endswith(f"for example: --shape {line}")


def test_a_shape_that_is_not_declared_at_all_is_asked_for() -> None:
    for body, line in ((IMAGE, "x=1x3x224x224"), (NHWC, "x=1x224x224x3"), (DENSE, "x=1x224x224x3")):
        with pytest.raises(UnsupportedError, match=r"'x' \(no shape\)") as error:
            shape_of("float[] x", body)
        assert (f"--shape {line}" in str(error.value)) == (body != DENSE)


def test_all_inputs_are_asked_for_in_one_line_that_can_be_typed() -> None:
    ports = "float[N,3,h,w] x, float[N,4] fine, float[steps,2] \"state in\""
    text = f"{IMAGE[:-1]} s = Add(\"state in\", \"state in\") z = Relu(fine) }}"
    with pytest.raises(UnsupportedError) as error:
        shape_of(ports, text)
    assert "inputs 'x' (Nx3xhxw), 'state in' (stepsx2)" in str(error.value)
    assert str(error.value).endswith("--shape x=1x3x224x224 --shape 'state in=100x2'")
    assert shape_of(ports, text, x=(1, 3, 9, 9), **{"state in": (5, 2)})["state in"] == (5, 2)


def test_what_a_model_declares_can_be_overridden() -> None:
    assert shape_of("float[10,3,32,32] x", IMAGE, x=(1, 3, 9, 8)) == {"x": (1, 3, 9, 8)}
    with pytest.raises(DataError, match="expected a shape like 10x3x32x32, got 3x9x9"):
        shape_of("float[10,3,32,32] x", IMAGE, x=(3, 9, 9))
    with pytest.raises(ModelError, match="with --shape x=1x4x9x9, while the model declares 10x3x"):
        shape_of("float[10,3,32,32] x", IMAGE, x=(1, 4, 9, 9))


@pytest.mark.parametrize(("array", "fits"), [
    (np.array(16000), True), (np.array(16000.0), True), (np.array([16000], np.int32), True),
    (np.array(0.5), False), (np.array([1, 2]), False), (np.array("text"), False),
])
def test_a_bound_input_has_the_declared_type(array: np.ndarray, fits: bool) -> None:
    model = parsed("g (float[2] x, int64 n) => (float[2] y) { f = Cast<to=1>(n) y = Mul(x, f) }")
    if fits:
        graph = import_model(model, {}, {"n": array}).graph
        assert graph.inputs == ("x",)
        assert 16000 in [w.item() for w in graph.weights.values()]
    else:
        with pytest.raises(DataError, match="input 'n': expected one number of int64 to bind"):
            import_model(model, {}, {"n": array})
