"""A graph in float64, and where rounding in it is settled."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np
import pytest

import tinsmith.ops
from tests.ops.test_jumps import jumping, small_cases
from tests.passes.graphs import Sketch
from tinsmith.dtypes import DType
from tinsmith.interpret import interpret
from tinsmith.ir.op import Op
from tinsmith.ops.arithmetic import Add, Div, Exp, Mul, Sub
from tinsmith.ops.cast import BitCast
from tinsmith.ops.grid_sample import GridSample
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.quantize_linear import DequantizeLinear, QuantizeLinear
from tinsmith.ops.reduce import ReduceSum
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.rounding import Floor
from tinsmith.widen import ENDING, EXACT, jumps, unsettled, widened


def operators() -> dict[str, type[Op]]:
    for module in pkgutil.iter_modules(tinsmith.ops.__path__):
        importlib.import_module(f"tinsmith.ops.{module.name}")
    waiting, found = [Op], dict[str, type[Op]]()
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting.extend(kind.__subclasses__())
    return found


def test_what_is_exact_is_there_and_does_not_call_itself_approximate() -> None:
    kinds = operators()
    assert kinds.keys() >= EXACT
    assert {name for name in EXACT if kinds[name].approximate} == set()


def test_what_is_seen_to_jump_is_a_jump() -> None:
    graphs = [case.graph() for case in small_cases()
              if jumping(case) and not isinstance(case.op, ENDING)]
    kinds = {graph.nodes[0].op.name for graph in graphs if jumps(graph, graph.nodes[0])}
    assert [str(g.nodes[0]) for g in graphs if not jumps(g, g.nodes[0])] == []
    assert kinds >= {"Floor", "Greater", "TopK", "TreeEnsemble"}


@pytest.mark.parametrize(("mode", "jumped"), [("nearest", True), ("linear", False)])
def test_a_place_jumps_where_the_nearest_is_taken(mode: str, jumped: bool) -> None:
    g = Sketch()
    image, places, turn = g.input(1, 1, 4, 4), g.input(16, 2), g.weight(2, 2)
    grid = g.node(Reshape((1, 4, 4, 2)), g.node(MatMul(), places, turn))
    y = g.node(GridSample(mode=mode), image, grid)
    assert (y in unsettled(g.graph(y))) == jumped


def test_sums_are_in_float64_and_inputs_stay() -> None:
    g = Sketch()
    x = g.input(1, 3000)
    y = g.node(ReduceSum((1,)), g.node(Mul(), x, g.constant(1 / 3)))
    graph = g.graph(y)
    feeds = {x: np.random.default_rng(0).uniform(0, 1, (1, 3000)).astype(np.float32)}
    (got,) = interpret(widened(graph), feeds).values()
    products = feeds[x].astype(np.float64) * np.float32(1 / 3)
    assert got.dtype == np.float64
    assert got[0, 0] == products.sum()


def test_what_is_settled_before_a_jump_stays_float32() -> None:
    g = Sketch()
    x = g.input(200)
    y = g.node(Floor(), g.node(Mul(), x, g.constant(0.7)))
    graph = g.graph(y)
    feeds = {x: np.arange(200, dtype=np.float32)}
    (got,) = interpret(widened(graph), feeds).values()
    assert np.array_equal(got, np.floor(feeds[x] * np.float32(0.7)))
    assert not np.array_equal(got, np.floor(feeds[x] * np.float64(np.float32(0.7))))
    assert not unsettled(graph)


def test_quantising_and_bits_behind_a_sum() -> None:
    g = Sketch()
    x = g.input(4, 8)
    product = g.node(MatMul(), x, g.weight(8, 4))
    zero = g.constant(3, "uint8")
    q = g.node(QuantizeLinear(DType.U8), product, g.constant(0.05), zero)
    y = g.node(DequantizeLinear(DType.F32), q, g.constant(0.05), zero)
    bits = g.node(BitCast(DType.I32), product)
    back = g.node(Add(), g.node(BitCast(DType.F32), bits), product)
    graph = g.graph(product, q, y, bits, back)
    feeds = {x: np.random.default_rng(0).standard_normal((4, 8)).astype(np.float32)}
    plain, wide = interpret(graph, feeds), interpret(widened(graph), feeds)
    assert (wide[product].dtype, wide[q].dtype, wide[bits].dtype) == (
        np.float64, np.uint8, np.int32)
    np.testing.assert_allclose(wide[product], plain[product], rtol=1e-5, atol=1e-5)
    assert np.array_equal(wide[bits], wide[product].astype(np.float32).view(np.int32))
    np.testing.assert_allclose(wide[back], 2 * wide[product], rtol=1e-6)
    assert np.abs(wide[q].astype(int) - plain[q]).max() <= 1
    assert {q, y, bits, back} <= unsettled(graph)
    assert product not in unsettled(graph)


def test_half_types_and_attributes_that_name_them() -> None:
    g = Sketch()
    x = g.input(2, 4, dtype=DType.F16)
    y = g.node(Sub(), g.node(Exp(), x), g.node(Div(), x, g.constant(3, "float16")))
    graph = g.graph(y)
    feeds = {x: np.full((2, 4), 0.3, np.float16)}
    (got,) = interpret(widened(graph), feeds).values()
    wide = feeds[x].astype(np.float64)
    np.testing.assert_allclose(got, np.exp(wide) - wide / 3, rtol=1e-15)
