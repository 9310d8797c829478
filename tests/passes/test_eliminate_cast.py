"""eliminate_cast."""

import itertools

import numpy as np

from tests.passes.graphs import Sketch, check, ops, skips
from tinsmith.dtypes import DType
from tinsmith.ops.cast import Cast, convert
from tinsmith.passes.eliminate_cast import eliminate_cast, holds
from tinsmith.passes.eliminate_dead_code import eliminate_dead_code


def test_shortens_what_loses_nothing() -> None:
    s = Sketch()
    x = s.input(3, dtype=DType.U8)
    y = s.node(Cast(DType.F16), s.node(Cast(DType.F32), s.node(Cast(DType.I32), x)))
    after = eliminate_dead_code(check(eliminate_cast, s.graph(y)))
    assert ops(after) == ["Cast"]


def test_keeps_what_rounds() -> None:
    s = Sketch()
    y = s.node(Cast(DType.F32), s.node(Cast(DType.I32), s.input(3)))
    assert skips(eliminate_cast, s.graph(y)) == [
        "'n_cast0' may round or wrap from float32 to int32"]


def test_holds_is_true_for_extremes() -> None:
    for narrow, wide in itertools.product(DType, DType):
        if not holds(wide, narrow):
            continue
        if narrow.is_float:
            values = np.array([1 + 2.0 ** -7, 65504 if narrow is DType.F16 else 1e30, -1e-7])
            values = values.astype(narrow.numpy)
        elif narrow is DType.BOOL:
            values = np.array([False, True])
        else:
            limits = np.iinfo(narrow.numpy)
            values = np.array([limits.min, limits.max, limits.max - 1], narrow.numpy)
        assert np.array_equal(convert(convert(values, wide), narrow), values), (narrow, wide)


def test_integers_that_a_float_saturates_do_not_wrap() -> None:
    s = Sketch()
    x = s.input(3, dtype=DType.U8)
    graph = s.graph(s.node(Cast(DType.I8), s.node(Cast(DType.F32), x)))
    assert skips(eliminate_cast, graph) == ["float32 saturates in int8, uint8 wraps"]
    wide = s.graph(s.node(Cast(DType.I16), s.node(Cast(DType.F32), x)))
    assert eliminate_cast(wide) is not wide
