"""widen_halves."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch, check, feeds, skips
from tinsmith.dtypes import DType
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.ir.op import Op
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Add, Div, Mul
from tinsmith.ops.cast import Cast
from tinsmith.ops.comparison import Greater, Where
from tinsmith.ops.concat import Concat
from tinsmith.ops.conv import Conv
from tinsmith.ops.pool import AveragePool, MaxPool
from tinsmith.ops.rounding import Floor
from tinsmith.ops.softmax import Softmax
from tinsmith.ops.topk import ArgMax, TopK
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.widen_halves import widen_halves

F16, BF16, F32 = DType.F16, DType.BF16, DType.F32
ONE_BY_ONE = Conv((1, 1), (0, 0, 0, 0), (1, 1))
TOLERANCE = {F16: 2e-3, BF16: 2e-2}


def half(s: Sketch, *shape: int, dtype: DType = F16, scale: float = 1.0) -> str:
    """A random weight of a half type."""
    return s.constant((scale * s.random.uniform(-1, 1, shape)).astype(dtype.numpy))


def conv(s: Sketch, x: str, channels: int, dtype: DType = F16) -> str:
    """A 1x1 convolution of halves with bias."""
    return s.node(ONE_BY_ONE, x, half(s, channels, s.types[x].shape[1], 1, 1, dtype=dtype),
                  half(s, channels, dtype=dtype))


def kinds(graph: Graph) -> list[str]:
    """Each node's operator with the element type of its first result."""
    return [f"{node.op.name} {graph.types[node.outputs[0]].dtype.short}" for node in graph.nodes]


@pytest.mark.parametrize("dtype", [F16, BF16])
def test_a_network_is_float32_between_its_input_and_output(dtype: DType) -> None:
    s = Sketch()
    x = s.node(Relu(), conv(s, s.input(1, 8, 6, 6, dtype=dtype), 16, dtype))
    y = s.node(MaxPool((2, 2), (2, 2), (0, 0, 0, 0), (1, 1)), s.node(Mul(), x, x))
    graph = s.graph(conv(s, y, 4, dtype))
    after = check(widen_halves, graph, TOLERANCE[dtype])
    assert kinds(after) == ["Cast f32", "Conv f32", "Relu f32", "Mul f32", "MaxPool f32",
                            "Conv f32", f"Cast {dtype.short}"]
    assert {after.types[v].dtype for v in after.weights} == {F32}
    assert after.nodes[-1].origin == after.nodes[-2].origin


def test_rounds_once_at_the_end_and_keeps_what_float16_cannot_reach() -> None:
    s = Sketch()
    x = s.input(1, 8, 4, 4, dtype=F16)
    large = s.node(Mul(), conv(s, x, 8), s.constant(60000, "float16"))
    graph = s.graph(conv(s, s.node(Mul(), large, s.constant(2.0**-16, "float16")), 4))
    given = feeds(graph)
    assert not np.isfinite(next(iter(interpret(graph, given).values()))).all()
    assert np.isfinite(next(iter(interpret(widen_halves(graph), given).values()))).all()


def test_casts_of_the_network_still_round() -> None:
    s = Sketch()
    x = s.node(Cast(F16), s.input(1, 8, 4, 4))
    wide = s.node(Cast(F32), conv(s, x, 8))
    y = conv(s, s.node(Cast(F16), s.node(Softmax(1), wide)), 4)
    after = check(widen_halves, s.graph(y), 2e-3)
    assert kinds(after) == ["Cast f16", "Cast f32", "Conv f32", "Cast f32", "Softmax f32",
                            "Cast f16", "Cast f32", "Conv f32", "Cast f16"]


@pytest.mark.parametrize("op", [Floor(), Cast(DType.I32), ArgMax(1)])
def test_what_jumps_reads_rounded_values_and_its_arithmetic_rounds_each_step(op: Op) -> None:
    s = Sketch()
    x = conv(s, s.input(1, 8, 6, 6, dtype=F16), 8)
    scaled = s.node(Div(), x, s.constant(41, "float16"))
    moved = s.node(Transpose((0, 2, 3, 1)), s.node(Relu(), scaled))
    after = check(widen_halves, s.graph(s.node(op, moved), conv(s, x, 4)), 2e-3)
    names = [name for name in kinds(after) if "Conv" not in name]
    assert names[:5] == ["Cast f32", "Cast f16", "Div f16", "Relu f16", "Transpose f16"]


def test_arithmetic_before_a_jump_gives_the_same_bits() -> None:
    s = Sketch()
    x = s.input(1, 4, 64, 64, dtype=F16)
    y = s.node(Floor(), s.node(Mul(), s.node(Div(), x, s.constant(41, "float16")),
                               s.constant(41, "float16")))
    graph = s.graph(y, conv(s, x, 4))
    given = {x: (np.arange(4 * 64 * 64).reshape(1, 4, 64, 64) / 4).astype(np.float16)}
    after = widen_halves(graph)
    assert after is not graph
    assert np.array_equal(interpret(graph, given)[y], interpret(after, given)[y])


def test_a_sum_that_rounds_to_integers_jumps() -> None:
    s = Sketch()
    x = s.input(1, 4, 8, 8, dtype=F16)
    magic = s.constant(1536, "float16")
    rounded = s.node(Add(), s.node(Add(), x, magic), s.constant(-1536, "float16"))
    y = conv(s, rounded, 4)
    graph = s.graph(rounded, y)
    given = feeds(graph)
    assert np.array_equal(interpret(graph, given)[rounded],
                          interpret(widen_halves(graph), given)[rounded])
    assert np.array_equal(interpret(graph, given)[rounded], np.rint(given[x]))


def test_comparisons_see_rounded_values_and_selections_stay_wide() -> None:
    s = Sketch()
    x = conv(s, s.input(1, 8, 6, 6, dtype=F16), 8)
    a, b = conv(s, x, 8), conv(s, x, 8)
    chosen = s.node(Where(), s.node(Greater(), a, b), a, b)
    after = check(widen_halves, s.graph(conv(s, chosen, 4)), 2e-3)
    greater = next(node for node in after.nodes if isinstance(node.op, Greater))
    where = next(node for node in after.nodes if isinstance(node.op, Where))
    assert [after.types[v].dtype for v in greater.inputs] == [F16, F16]
    assert after.types[where.outputs[0]].dtype is F32


def test_copies_go_with_the_larger_part_of_what_they_move() -> None:
    s = Sketch()
    x = s.input(1, 16, 6, 6, dtype=F16)
    few, many = conv(s, x, 8), conv(s, x, 24)
    after = check(widen_halves, s.graph(s.node(Concat(1), few, x), s.node(Concat(1), many, x)),
                  2e-3)
    assert [k for k in kinds(after) if "Concat" in k] == ["Concat f16", "Concat f32"]


def test_absent_operands_and_unused_results() -> None:
    s = Sketch()
    x = s.input(1, 8, 6, 6, dtype=F16)
    values, indices = s.nodes_out(TopK(3, 1), 2, s.node(AveragePool(
        (2, 2), (1, 1), (0, 0, 0, 0), (1, 1)), s.node(ONE_BY_ONE, x, half(s, 4, 8, 1, 1))))
    after = check(widen_halves, s.graph(values, indices), 2e-3)
    assert "TopK f16" in kinds(after)
    assert "AveragePool f32" in kinds(after)


def test_loops_and_copies_alone_stay_and_so_does_float32() -> None:
    s = Sketch()
    x = s.input(1, 8, 4, 4, dtype=F16)
    assert skips(widen_halves, s.graph(s.node(Relu(), s.node(Transpose((0, 2, 3, 1)), x)))) == []
    t = Sketch()
    graph = t.graph(t.node(Relu(), t.input(1, 8, 4, 4)))
    assert widen_halves(graph) is graph


def test_says_what_stays() -> None:
    s = Sketch()
    x = s.input(1, 8, 4, 4, dtype=F16)
    graph = s.graph(s.node(Floor(), x))
    assert skips(widen_halves, graph) == ["it jumps, or decides what jumps: each step is rounded"]
