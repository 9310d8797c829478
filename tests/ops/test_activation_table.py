"""The table of activations: what each part of the project reads in it; what is forgotten."""

import math

import numpy as np
import pytest

from tests.cases.conv import ACTIVATIONS
from tinsmith.errors import InternalError
from tinsmith.ops.activation_function import Activation, activation_of
from tinsmith.ops.activation_table import (
    DIRECT,
    KINDS,
    NONE,
    OWN,
    ROWS,
    Fusing,
    Row,
    between,
    by_operator,
    check_own,
)
from tinsmith.ops.activations import Clip, Gelu, Relu, Swish, Tanh

X = np.float32([-30, -3, -0.5, -0.0, 0.25, 2, 30, np.inf, -np.inf, np.nan])


def test_a_part_that_is_forgotten() -> None:
    with pytest.raises(InternalError) as caught:
        Row(Tanh, element="tin_tanh_{t}({0})", cycles=14, bounds=between(-1, 1), onnx=DIRECT,
            tflite=NONE, fusing=())
    assert str(caught.value) == (
        "activations: operator 'Tanh': expected all parts of a row, got none for tflite_fusing, "
        "torch; say them in ops/activation_table.py")


def test_an_operator_that_is_forgotten() -> None:
    with pytest.raises(InternalError, match="operator 'Tanh': expected a row, got none"):
        by_operator((ROWS[Relu],), (Relu, Tanh))


def test_a_function_that_is_forgotten_or_left_over() -> None:
    own = {operator for operator, row in ROWS.items() if row.onnx == OWN}
    check_own("onnx", own, "here.py")
    with pytest.raises(InternalError, match=r"'Clip': expected a function in here\.py, got none"):
        check_own("onnx", own - {Clip}, "here.py")
    with pytest.raises(InternalError, match=r"'Tanh': expected none in here\.py, got a function"):
        check_own("onnx", own | {Tanh}, "here.py")


def test_a_kind_that_is_unknown() -> None:
    with pytest.raises(InternalError, match="kind 'sine': expected one of"):
        Activation("sine")


@pytest.mark.parametrize("fusing", KINDS.values(), ids=KINDS.keys())
def test_each_kind_there_and_back(fusing: Fusing) -> None:
    alpha, beta = (0.5, 2.0) if fusing.constants(fusing.operator(0.5, 2.0)) else (0.0, 0.0)
    op = fusing.operator(alpha, beta)
    found = activation_of(op)
    assert found is not None and found.kind == fusing.kind
    assert found.operator == op
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(found.reference(X), op.reference(X)[0])


def test_attributes_decide_the_kind() -> None:
    assert activation_of(Clip(0, None)) == activation_of(Relu()) == Activation("relu")
    assert activation_of(Clip(0, 6)) == Activation("clip", 0, 6)
    assert activation_of(Clip(None, 6)) == Activation("clip", -math.inf, 6)
    assert activation_of(Gelu(tanh=True)) == Activation("gelu_tanh")
    assert activation_of(Swish(1.7)) is None


@pytest.mark.parametrize("operator", ROWS, ids=lambda operator: operator.__name__)
def test_results_lie_within_the_bounds(operator: type) -> None:
    op = operator(-0.5, 0.25) if operator is Clip else operator()
    low, high = ROWS[operator].bounds(op)
    with np.errstate(all="ignore"):
        y = op.reference(X)[0]
    y = y[~np.isnan(y)]
    assert low <= y.min() and y.max() <= high


def test_every_kind_has_a_case_in_compiled_code() -> None:
    assert {kind for kind, _, _ in ACTIVATIONS} == set(KINDS)
