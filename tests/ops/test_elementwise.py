"""Elementwise operators: what infer refuses, and what the references define beyond numpy."""

import numpy as np
import pytest

from tinsmith.dtypes import DType
from tinsmith.errors import ModelError
from tinsmith.ir.graph import Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ops.activations import Clip, PRelu, Sigmoid
from tinsmith.ops.arithmetic import Add, Div, Mod, Pow
from tinsmith.ops.cast import BitCast, convert
from tinsmith.ops.comparison import Where
from tinsmith.ops.fused import Fused
from tinsmith.ops.logic import And, BitShift
from tinsmith.ops.transpose import Transpose

F = TensorType((2, 3))
I8 = TensorType((2, 3), DType.I8)
B = TensorType((2, 3), DType.BOOL)
REFUSED: tuple[tuple[Op, tuple[TensorType | None, ...], str], ...] = (
    (Add(), (F, TensorType((4,))), "expected shapes that broadcast, got [2, 3] and [4]"),
    (Add(), (F, I8), "expected one element type, got float32 and int8"),
    (Add(), (F,), "expected 2, got 1"),
    (Add(), (F, None), "expected 2, got 1"),
    (Add(), (B, B), "got bool"),
    (Sigmoid(), (I8,), "got int8"),
    (And(), (F, F), "expected one of bool, got float32"),
    (BitShift(True), (I8, I8), "got int8"),
    (Clip(0, 300), (I8,), "expected a value of int8, got 300"),
    (PRelu(), (F, TensorType((4, 2, 3))), "expected a shape that broadcasts to"),
    (Where(), (F, F, F), "expected bool, got float32"),
    (Where(), (B, F, I8), "got float32 and int8"),
    (BitCast(DType.F32), (I8,), "expected a type of 1 bytes, not bool, got float32"),
    (Pow(), (F, B), "expected a number, got bool"),
    (Fused((Node("n", Transpose((1, 0)), ("a",), ("y",)),), ("a",), ("y",)), (F,),
     "expected an elementwise operator, got Transpose"),
    (Fused((), ("a",), ("y",)), (F,), "expected a result of shape [2, 3], got None"),
)


@pytest.mark.parametrize(("op", "inputs", "text"), REFUSED)
def test_refuses(op: Op, inputs: tuple[TensorType | None, ...], text: str) -> None:
    with pytest.raises(ModelError) as caught:
        op.infer(*inputs)
    assert text in str(caught.value)


def test_division_of_integers() -> None:
    a, b = np.int8([7, -7, 7, -7, 5, -128]), np.int8([2, 2, -2, -2, 0, -1])
    with np.errstate(all="ignore"):
        assert Div().reference(a, b)[0].tolist() == [3, -3, -3, 3, 0, -128]
        assert Mod().reference(a, b)[0].tolist() == [1, 1, -1, -1, 0, 0]
        assert Mod(fmod=True).reference(a, b)[0].tolist() == [1, -1, 1, -1, 0, 0]


def test_powers_of_integers() -> None:
    a, b = np.int32([2, 2, -1, -1, 0, 1, 3]), np.int32([10, -1, -3, -4, -1, -9, 40])
    wrapped = (3**40 + 2**31) % 2**32 - 2**31
    assert Pow().reference(a, b)[0].tolist() == [1024, 0, -1, 1, 0, 1, wrapped]


def test_conversion_saturates() -> None:
    x = np.float32([1.9, -1.9, 300, -300, np.inf, -np.inf, np.nan])
    with np.errstate(all="ignore"):
        assert convert(x, DType.I8).tolist() == [1, -1, 127, -128, 127, -128, 0]
        assert convert(x, DType.U64).tolist() == [1, 0, 300, 0, 2**64 - 1, 0, 0]
    assert convert(np.int32([300, -1]), DType.U8).tolist() == [44, 255]


def test_halves_round_once() -> None:
    x = np.float16([1.0])
    assert Add().reference(x, np.float16([0.00048828125]))[0].dtype == np.float16
