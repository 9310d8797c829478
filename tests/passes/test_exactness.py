"""exactness, and that every pass that rounds otherwise asks it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.passes.graphs import Sketch, batchnorm, check, conv, ops, skips
from tests.passes.test_recognise_layernorm import pieces
from tinsmith.dtypes import DType
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.ops.activations import Clip, Elu, Relu, Sigmoid
from tinsmith.ops.arithmetic import Add, Div, Mul, Sub
from tinsmith.ops.batch_normalization import BatchNormalization
from tinsmith.ops.cast import Cast
from tinsmith.ops.comparison import Less, Where
from tinsmith.ops.conv import Conv
from tinsmith.ops.global_pool import GlobalAveragePool
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.pool import AveragePool
from tinsmith.ops.reduce import ReduceMax, ReduceSum
from tinsmith.ops.rounding import Ceil, Floor, Round
from tinsmith.ops.topk import TopK
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.exactness import (
    are_powers_of_two,
    exact_values,
    in_range,
    inverse,
    joined_factors,
    joined_terms,
    largest_in_range,
)
from tinsmith.passes.fold_affine import fold_affine
from tinsmith.passes.fold_batchnorm import fold_batchnorm
from tinsmith.passes.fuse_elementwise import fuse_elementwise
from tinsmith.passes.fuse_matmul_bias import fuse_matmul_bias
from tinsmith.passes.manager import run
from tinsmith.passes.recognise_hardsigmoid import recognise_hardsigmoid
from tinsmith.passes.recognise_hardswish import recognise_hardswish
from tinsmith.passes.recognise_layernorm import recognise_layernorm
from tinsmith.passes.reduce_strength import reduce_strength
from tinsmith.passes.standard import FUSIONS, STANDARD
from tinsmith.pipeline import compile

ALL = (*STANDARD, *FUSIONS)
INEXACT = (41, 47, 55, 61, 82, 83)  # c * (1 / c) is less than 1 in float32


def same_bits(before: Graph, after: Graph, x: np.ndarray) -> bool:
    feeds = {before.inputs[0]: x}
    wanted, got = interpret(before, feeds), interpret(after, feeds)
    return all(np.array_equal(wanted[name], got[name]) for name in before.outputs)


@pytest.mark.parametrize("behind", ["floor", "cast", "less", "topk", "shuffled", "chosen"])
def test_a_quotient_stays_one_before_something_that_jumps(behind: str) -> None:
    s = Sketch()
    x = s.input(len(INEXACT), 3)
    y = s.node(Div(), x, s.constant(np.float32([[c] for c in INEXACT])))
    if behind == "floor":
        y = s.node(Floor(), y)
    elif behind == "cast":
        y = s.node(Cast(DType.I32), y)
    elif behind == "less":
        y = s.node(Less(), y, s.constant(1.0))
    elif behind == "topk":
        y = s.nodes_out(TopK(2, 0), 2, y)[1]
    elif behind == "shuffled":
        y = s.node(Ceil(), s.node(ReduceMax((1,)), s.node(Elu(), s.node(Transpose((1, 0)), y))))
    else:
        condition = s.node(Less(), x, s.constant(0.0))
        y = s.node(Round(), s.node(Where(), condition, x, s.node(Sub(), y, s.constant(0.5))))
    graph = s.graph(y)
    after = run(graph, ALL).graph
    multiples = np.float32(INEXACT)[:, None] * np.float32([1, 2, 3])
    assert same_bits(graph, after, multiples)


@pytest.mark.parametrize("between", ["sum", "sigmoid", "conv", "nothing"])
def test_sums_and_the_end_of_the_network_make_it_free(between: str) -> None:
    s = Sketch()
    y = s.node(Div(), s.input(1, 3, 8), s.constant(41.0))
    if between == "sum":
        y = s.node(Floor(), s.node(ReduceSum((2,)), y))
    elif between == "sigmoid":
        y = s.nodes_out(TopK(2, 2), 2, s.node(Sigmoid(), y))[1]
    elif between == "conv":
        y = s.node(Floor(), conv(s, s.node(Relu(), y), 4))
    graph = s.graph(y)
    assert graph.nodes[0].outputs[0] not in exact_values(graph)
    assert "Div" not in ops(reduce_strength(graph))


@pytest.mark.parametrize("divisor", [4.0, -0.5, 2.0 ** 100])
def test_powers_of_two_are_exact(divisor: float) -> None:
    s = Sketch()
    graph = s.graph(s.node(Floor(), s.node(Div(), s.input(3), s.constant(divisor))))
    assert ops(check(reduce_strength, graph)) == ["Mul", "Floor"]


def test_a_number_added_and_taken_away_rounds() -> None:
    magic = 1.5 * 2 ** 23
    for other in ("add", "sub"):
        s = Sketch()
        y = s.node(Add(), s.input(1, 3, 8), s.constant(magic))
        y = (s.node(Add(), y, s.constant(-magic)) if other == "add"
             else s.node(Sub(), y, s.constant(magic)))
        graph = s.graph(y)
        after = run(graph, ALL).graph
        x = np.linspace(-9, 9, 24, dtype=np.float32).reshape(1, 3, 8)
        assert same_bits(graph, after, x)
        assert np.array_equal(interpret(after, {"x0": x})[y], np.rint(x))


def test_a_number_that_rounds_is_not_added_to_a_bias() -> None:
    magic = 1.5 * 2 ** 23
    s = Sketch()
    y = s.node(Add(), conv(s, s.input(1, 3, 8), 4), s.constant(magic))
    graph = s.graph(s.node(Sub(), y, s.constant(magic)))
    check(fold_affine, graph, 0)
    reason = "it adds so much that the sums would be rounded"
    assert skips(fold_affine, graph)[0] == reason


def test_what_such_a_number_rounds_is_exact() -> None:
    s = Sketch()
    quotient = s.node(Div(), s.input(1, 3, 8), s.constant(41.0))
    y = s.node(Add(), quotient, s.constant(2.0 ** 23))
    masked = s.node(Add(), quotient, s.constant(-1e9))
    assert quotient not in exact_values(s.graph(masked))
    assert quotient in exact_values(s.graph(s.node(Add(), y, s.constant(-(2.0 ** 23)))))


def test_exact_sums_keep_their_factor() -> None:
    for weights in ([[[1.0, 2, 1]]], [[[1 / 16, 2 / 16, 1 / 16]]]):
        s = Sketch()
        y = s.node(Conv((1,), (1, 1), (1,)), s.input(1, 1, 8), s.constant(weights))
        floored = s.node(Floor(), s.node(Div(), y, s.constant(41.0)))
        graph = s.graph(floored)
        after = run(graph, ALL).graph
        x = np.float32([[[0, 41, 0, 41, 0, 656, 0, 1312]]])
        assert same_bits(graph, after, x)
    assert "Div" not in ops(run(s.graph(s.node(Div(), y, s.constant(41.0))), ALL).graph)


def edges(scaled: str, jumps: bool) -> Graph:
    """A scaled image, its differences, and perhaps whether they are more than 0."""
    s = Sketch()
    x = s.input(1, 1, 5, 5)
    x = s.node(Mul(), x, s.constant(1 / 255)) if scaled == "mul" else batchnorm(s, x)
    sobel = s.constant([[[[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]]])
    y = s.node(Conv((1, 1), (0,) * 4, (1, 1)), x, sobel)
    return s.graph(s.node(Less(), s.constant(0.0), y) if jumps else y)


@pytest.mark.parametrize("scaled", ["mul", "batchnorm"])
def test_exact_differences_keep_the_factor_before_them(scaled: str) -> None:
    assert ops(run(edges(scaled, False), ALL, paranoid=True).graph) == ["Conv"]
    graph = edges(scaled, True)
    assert ops(run(graph, ALL, paranoid=True).graph)[-2:] == ["Conv", "Less"]
    if scaled == "mul":
        assert skips(fold_affine, graph) == [
            "'n_conv1' gives exact sums, and something jumps behind it"]


@pytest.mark.cc
@pytest.mark.parametrize("scaled", ["mul", "batchnorm"])
def test_a_flat_image_has_no_edges(scaled: str) -> None:
    session = compile(edges(scaled, True), threads=1)
    for level in (37, 100, 255):
        (found,) = session.run({"x0": np.full((1, 1, 5, 5), level, np.float32)}).values()
        assert not found.any()


def test_a_power_of_two_goes_into_exact_sums() -> None:
    s = Sketch()
    y = s.node(Mul(), s.input(1, 1, 5), s.constant(1 / 256))
    sums = s.node(Conv((1,), (0, 0), (1,)), y, s.constant([[[1.0, -1]]]))
    assert ops(run(s.graph(s.node(Floor(), sums)), ALL, paranoid=True).graph) == ["Conv", "Floor"]


def test_a_detector_still_folds() -> None:
    s = Sketch()
    x = s.node(Div(), s.input(1, 3, 8), s.constant(255.0))
    y = s.node(Relu(), batchnorm(s, conv(s, x, 8, pad=0)))
    scores = s.node(Sigmoid(), batchnorm(s, conv(s, y, 8)))
    values, places = s.nodes_out(TopK(3, 2), 2, batchnorm(s, conv(s, y, 8)))
    after = run(s.graph(scores, values, places), ALL).graph
    assert sorted(ops(after)) == ["Conv", "Conv", "Conv", "TopK"]


@pytest.mark.parametrize(("first", "second"), [(1e-30, 1e-30), (1e30, 1e30), (1e30, 1e-30)])
def test_joined_factors_stay_in_range(first: float, second: float) -> None:
    s = Sketch()
    y = s.node(Mul(), s.input(2, 3), s.constant(first))
    graph = s.graph(s.node(Mul(), y, s.constant(second)))
    assert fold_affine(graph) is graph


@pytest.mark.parametrize("factor", [1e-30, 1e30])
def test_folded_weights_stay_in_range(factor: float) -> None:
    s = Sketch()
    w = s.constant(np.full((4, 3, 1), factor, np.float32))
    y = s.node(Conv((1,), (0, 0), (1,)), s.input(1, 3, 8), w)
    graph = s.graph(s.node(Mul(), y, s.constant(factor)))
    assert skips(fold_affine, graph) == [
        "the weights of 'n_conv0' would leave the range of float32"]


def test_a_factor_that_half_cannot_hold_stays() -> None:
    s = Sketch()
    graph = s.graph(s.node(Div(), s.input(4, dtype=DType.F16), s.constant(20_000.0, "float16")))
    assert reduce_strength(graph) is graph


def test_batchnorm_of_halves_adds_in_float32() -> None:
    s = Sketch()
    c = 4
    statistics = [np.full(c, v, np.float16) for v in (1.0, 0.0, 500.0, 1.0)]
    x = s.input(1, c, 6, dtype=DType.F16)
    y = s.node(BatchNormalization(1e-5), x, *map(s.constant, statistics))
    graph = s.graph(y)
    after = fold_batchnorm(graph)
    assert ops(after) == ["Cast", "Mul", "Add", "Cast"]
    near_mean = (500 + np.arange(24).reshape(1, c, 6) / 4).astype(np.float16)
    assert same_bits(graph, after, near_mean)


def test_recognisers_ask() -> None:
    reason = "its last bit matters: something jumps behind it"
    for jumps in (False, True):
        s = Sketch()
        x = s.input(3, 8)
        six = s.node(Clip(0, 6), s.node(Add(), x, s.constant(3.0)))
        y = s.node(Div(), s.node(Mul(), x, six), s.constant(6.0))
        graph = s.graph(s.node(Floor(), y) if jumps else y)
        assert (recognise_hardswish(graph) is graph) == jumps
        assert not jumps or skips(recognise_hardswish, graph) == [reason]
        s = Sketch()
        y = s.node(Clip(0, 1), s.node(Add(), s.input(3, 8), s.constant(0.5)))
        graph = s.graph(s.node(Floor(), y) if jumps else y)
        assert (recognise_hardsigmoid(graph) is graph) == jumps
        assert not jumps or skips(recognise_hardsigmoid, graph) == [reason]


def test_a_slope_beyond_the_range_is_no_hardsigmoid() -> None:
    s = Sketch()
    x = s.input(3)
    clip = s.node(Clip(0, 1e-30), s.node(Mul(), x, s.constant(1e30)))
    graph = s.graph(s.node(Mul(), clip, s.constant(1e30)))
    assert recognise_hardsigmoid(graph) is graph


@pytest.mark.cc
def test_a_product_and_a_sum_are_rounded_apart() -> None:
    s = Sketch()
    third = s.node(Mul(), s.input(1, 96), s.constant(1 / 3))
    difference = s.node(Sub(), third, s.constant(1.0))
    assert ops(fuse_elementwise(s.graph(difference))) == ["Fused"]
    y = s.node(Ceil(), difference)
    graph = s.graph(y)
    assert ops(fuse_elementwise(graph)) == ["Mul", "Fused"]
    given = np.full((1, 96), 3, np.float32)
    assert np.array_equal(compile(graph, threads=1).run({"x0": given})[y], np.zeros((1, 96)))


def test_powers_and_ranges() -> None:
    assert are_powers_of_two(np.float32([1, -0.25, 2.0 ** -130]))
    assert not are_powers_of_two(np.float32([1, 3]))
    assert not are_powers_of_two(np.float32([0]))
    assert in_range(np.float64([0, 1e-37, -1e38]), DType.F32)
    for wrong in (1e-39, 1e39, np.nan, np.inf):
        assert not in_range(np.float64([1, wrong]), DType.F32)
    assert largest_in_range(np.float64([1, 1e-50]), DType.F32)
    assert not largest_in_range(np.float64([1e-50, 0]), DType.F32)
    assert inverse(np.float32([3]), DType.F32, exact=True) is None
    assert inverse(np.float32([3, 0]), DType.F32, exact=False) is None
    assert joined_factors(np.float64(4), np.float64(0.3), DType.F32, exact=True) is None
    assert joined_factors(np.float64(1), np.float64(0.3), DType.F32, exact=True) == 0.3
    assert joined_terms(np.float64(1), np.float64(-1.01), DType.F32, exact=False) is None
    assert joined_terms(np.float64(1), np.float64(2), DType.F32, exact=False) == 3
    assert joined_terms(np.float64(1), np.float64(2), DType.F32, exact=True) is None


def test_sums_of_two_have_one_answer() -> None:
    for extent, passes in ((2, True), (3, False)):
        for op in (ReduceSum((2,)), AveragePool((extent,), (1,), (0, 0), (1,)),
                   GlobalAveragePool()):
            s = Sketch()
            x = s.input(1, 3, extent)
            graph = s.graph(s.node(Floor(), s.node(op, x)))
            assert (x in exact_values(graph)) == passes


def test_rows_of_two_are_no_layernorm_before_a_jump() -> None:
    for extent, stays in ((2, True), (3, False)):
        s = Sketch()
        graph = s.graph(s.node(Floor(), pieces(s, s.input(4, extent), (1,))))
        assert (recognise_layernorm(graph) is graph) == stays


def test_exact_products_keep_their_sum() -> None:
    for weights, expected in (([[1.0], [2.0]], ["Gemm", "Add", "Floor"]),
                              ([[0.1], [2.0]], ["Gemm", "Floor"])):
        s = Sketch()
        y = s.node(MatMul(), s.input(4, 2), s.constant(weights))
        graph = s.graph(s.node(Floor(), s.node(Add(), y, s.constant([0.3]))))
        assert ops(check(fuse_matmul_bias, graph)) == expected


def test_statistics_that_give_no_number_are_not_folded() -> None:
    s = Sketch()
    c = 3
    y = s.node(BatchNormalization(0.0), conv(s, s.input(1, 2, 8), c), *(
        s.constant(np.float32(v)) for v in ([1.0] * c, [0.0] * c, [0.5] * c, [1.0, 0.0, 1.0])))
    graph = s.graph(y)
    with np.errstate(all="ignore"):
        after = fold_batchnorm(graph)
        assert ops(after) == ["Conv", "Mul", "Add"]
        x = {"x0": np.ones((1, 2, 8), np.float32)}
        assert np.array_equal(interpret(graph, x)[y], interpret(after, x)[y], equal_nan=True)
