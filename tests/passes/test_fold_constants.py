"""fold_constants."""

import importlib

import numpy as np
import pytest

from tests.passes.graphs import Sketch, check, ops, skips
from tinsmith.dtypes import DType
from tinsmith.ops.arithmetic import Add, Erf, Mul
from tinsmith.ops.expand import Expand
from tinsmith.ops.quantize_linear import DequantizeLinear
from tinsmith.passes.fold_constants import fold_constants

module = importlib.import_module("tinsmith.passes.fold_constants")


def test_computes_what_is_constant() -> None:
    s = Sketch()
    total = s.node(Mul(), s.node(Add(), s.constant([1.0, 2.0]), s.constant([3.0, 4.0])),
                   s.constant(2.0))
    after = check(fold_constants, s.graph(s.node(Add(), s.input(3, 2), total)))
    assert ops(after) == ["Add"]
    assert np.array_equal(after.weights[total], [8.0, 12.0])


def test_keeps_what_would_bloat() -> None:
    s = Sketch()
    big = s.node(Expand((1200, 1000)), s.constant(1.0))
    graph = s.graph(s.node(Add(), s.input(1200, 1000), big))
    assert skips(fold_constants, graph) == ["its result would add 4800000 bytes of weights"]


def test_bytes_become_floats_whatever_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT_BYTES", 0)
    s = Sketch()
    w = s.node(DequantizeLinear(DType.F32), s.constant(np.ones((60, 50), np.int8)),
               s.constant(0.5))
    after = check(fold_constants, s.graph(s.node(Mul(), s.input(60, 50), w)))
    assert ops(after) == ["Mul"]


def test_keeps_an_output() -> None:
    s = Sketch()
    s.input(1)
    graph = s.graph(s.node(Add(), s.constant(1.0), s.constant(2.0)))
    assert skips(fold_constants, graph) == ["it gives a graph output"]


def test_keeps_what_takes_long() -> None:
    s = Sketch()
    slow = s.node(Erf(), s.constant(np.zeros((1000, 1000), np.float32)))
    graph = s.graph(s.node(Add(), s.input(1000, 1000), slow))
    assert skips(fold_constants, graph) == ["it takes long to compute"]


def test_weights_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WEIGHTS_LIMIT_BYTES", 39)
    s = Sketch()
    a, b = (s.node(Mul(), s.constant([1.0, 2.0]), s.constant([2.0, 1.0])) for _ in range(2))
    graph = s.graph(s.node(Add(), s.input(2), a), s.node(Add(), s.input(2), b))
    assert skips(fold_constants, graph) == ["its result would add 8 bytes of weights"] * 2
