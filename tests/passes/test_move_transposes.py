"""move_transposes, together with the passes that clean up behind it."""

import numpy as np
import pytest

from tests.passes.graphs import (
    Sketch,
    batchnorm,
    check,
    conv,
    largest_difference,
    ops,
    to_nchw,
    to_nhwc,
    transpose,
)
from tinsmith.ir.graph import Graph
from tinsmith.ir.op import Op
from tinsmith.ops.activations import Clip, PRelu, Relu, Sigmoid
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.concat import Concat
from tinsmith.ops.cumulate import CumSum
from tinsmith.ops.elementwise import Binary
from tinsmith.ops.expand import Expand, Tile
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.pad import Pad
from tinsmith.ops.reduce import ReduceMean
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.resize import Resize
from tinsmith.ops.slice import Slice
from tinsmith.ops.softmax import Softmax
from tinsmith.ops.topk import ArgMax, TopK
from tinsmith.passes.manager import run
from tinsmith.passes.move_transposes import move_transposes
from tinsmith.passes.standard import STANDARD


def nhwc(s: Sketch, x: str, channels: int, **options: int) -> str:
    """A convolution as an [N, H, W, C] exporter writes it."""
    return to_nhwc(s, conv(s, to_nchw(s, x), channels, **options))


def rested(graph: Graph) -> Graph:
    """The graph after STANDARD, compared with the graph before."""
    after = run(graph, STANDARD).graph
    assert largest_difference(graph, after) <= 1e-5
    return after


def moved_bytes(graph: Graph) -> int:
    return sum(graph.types[node.inputs[0]].size_bytes for node in graph.nodes
               if node.op.name == "Transpose")


UNARY: list[Op] = [
    Relu(), Clip(0, 6), Softmax(3), Softmax(1), ReduceMean((3,)), ReduceMean((1, 2)),
    Pad((0, 1, 2, 0), (0, 0, 1, 0)), Slice((0, 1, 0, 2), (1, 3, 6, 2), (1, 2, 1, 1)),
    Resize((1, 12, 12, 4), (1.0, 2.0, 2.0, 1.0)), Tile((1, 2, 1, 1)), CumSum(2),
    ArgMax(3), TopK(1, 3),
]


@pytest.mark.parametrize("op", UNARY, ids=str)
def test_past_an_operator(op: Op) -> None:
    s = Sketch()
    x = s.nodes_out(op, 1, nhwc(s, s.input(1, 6, 6, 3), 4))[0]
    y = to_nchw(s, x)
    after = rested(s.graph(y))
    assert ops(after).count("Transpose") == 1
    assert after.nodes[0].op.name == "Transpose"


@pytest.mark.parametrize("shape", [(), (1,), (4,), (6, 4), (6, 1, 1), (1, 6, 6, 4)])
@pytest.mark.parametrize("op", [Add(), Mul(), PRelu()], ids=str)
def test_past_constants_that_broadcast(op: Binary, shape: tuple[int, ...]) -> None:
    s = Sketch()
    x = s.node(op, nhwc(s, s.input(1, 6, 6, 3), 4), s.weight(*shape))
    after = rested(s.graph(nhwc(s, x, 2)))
    assert ops(after).count("Transpose") == 2


def test_a_network_as_tensorflow_exports_it() -> None:
    s = Sketch()
    x = s.node(Pad((0, 0, 0, 0), (0, 1, 1, 0)), s.input(1, 16, 16, 3))
    x = s.node(Relu(), s.node(Add(), nhwc(s, x, 8, stride=2, pad=0), s.weight(8)))
    for _ in range(3):
        branch = s.node(Clip(0, 6), s.node(Mul(), nhwc(s, x, 8), s.weight(8)))
        x = s.node(Add(), x, nhwc(s, branch, 8))
    x = s.node(Concat(3), x, s.node(Sigmoid(), nhwc(s, x, 4)))
    mean = s.node(ReduceMean((1, 2), keepdims=False), x)
    y = s.node(Softmax(1), s.node(Gemm(), mean, s.weight(12, 5), s.weight(5)))
    after = rested(s.graph(y))
    assert ops(after).count("Transpose") == 1
    assert after.nodes[0].op.name == "Transpose"
    assert "GlobalAveragePool" in ops(after)


def test_flattened_before_a_dense_layer() -> None:
    s = Sketch()
    x = s.node(Relu(), nhwc(s, s.input(1, 4, 4, 3), 5))
    y = s.node(MatMul(), s.node(Reshape((1, 80)), x), s.weight(80, 7))
    assert ops(rested(s.graph(y))) == ["Transpose", "Conv", "Relu", "Reshape", "Gemm"]


def test_batchnorm_between_transposes() -> None:
    s = Sketch()
    x = nhwc(s, s.input(1, 6, 6, 3), 4)
    x = s.node(Relu(), to_nhwc(s, batchnorm(s, to_nchw(s, x))))
    assert ops(rested(s.graph(x))) == ["Transpose", "Conv", "Relu", "Transpose"]


def test_a_value_that_both_sides_read() -> None:
    s = Sketch()
    x = s.node(Relu(), nhwc(s, s.input(1, 6, 6, 3), 4))
    graph = s.graph(x, nhwc(s, x, 4))
    after = rested(graph)
    assert ops(after).count("Transpose") == 3


def test_stays_where_it_pays_nothing() -> None:
    s = Sketch()
    x = s.node(Relu(), to_nchw(s, s.node(Sigmoid(), s.input(1, 6, 6, 3))))
    graph = s.graph(x)
    assert move_transposes(graph) is graph
    s = Sketch()
    x = s.node(Relu(), s.node(Reshape((1, 2, 3, 18)), to_nchw(s, s.input(1, 6, 6, 3))))
    graph = s.graph(x)
    assert move_transposes(graph) is graph


def test_moves_to_the_smaller_side() -> None:
    s = Sketch()
    x = to_nchw(s, s.input(1, 16, 16, 3))
    y = s.node(ReduceMean((2, 3)), s.node(Relu(), x))
    after = rested(s.graph(y))
    assert "Transpose" not in ops(after)


def test_operands_of_lower_rank_and_other_operators_stay() -> None:
    s = Sketch()
    x = nhwc(s, s.input(1, 6, 6, 3), 4)
    graph = s.graph(to_nchw(s, s.node(Add(), x, s.input(4))),
                    to_nchw(s, s.node(Expand((1, 6, 6, 4)), s.input(1, 6, 6, 1))))
    assert largest_difference(graph, run(graph, STANDARD).graph) <= 1e-5


def test_random_graphs() -> None:
    for seed in range(40):
        s = Sketch(seed)
        values = [s.input(1, 4, 5, 3)]
        for _ in range(14):
            choice = s.random.integers(0, 8)
            x = values[s.random.integers(max(0, len(values) - 4), len(values))]
            rank3 = s.types[x].shape
            same = [v for v in values if s.types[v].shape == rank3]
            y = same[s.random.integers(0, len(same))]
            if choice < 2:
                x = transpose(s, x, *[(0, 3, 1, 2), (0, 2, 3, 1)][choice])
            elif choice == 2:
                x = s.node(Add(), x, y)
            elif choice == 3:
                x = s.node(Concat(int(s.random.integers(1, 4))), x, y)
            elif choice == 4:
                x = s.node(ReduceMean((int(s.random.integers(1, 4)),)), x)
            elif choice == 5:
                x = s.node(Mul(), x, s.weight(rank3[3]))
            elif choice == 6:
                x = conv(s, x, int(s.random.integers(1, 5)))
            else:
                x = s.node(Relu(), x)
            values.append(x)
        before = s.graph(*dict.fromkeys(values[-3:]))
        after = check(move_transposes, before)
        assert moved_bytes(after) <= moved_bytes(before)
        assert np.isfinite(moved_bytes(rested(before)))


def test_a_transpose_between_two_turned_nodes_counts_once() -> None:
    s = Sketch()
    written = transpose(s, conv(s, s.input(1, 2, 6, 6), 7), 0, 1, 3, 2)
    part = s.node(Slice((0, 0, 0, 2), (1, 7, 6, 3), (1, 1, 1, 1)), written)
    scores = transpose(s, s.node(Sigmoid(), part), 0, 1, 3, 2)
    best = s.node(ReduceMean((2,)), scores)
    graph = s.graph(s.node(Reshape((1, 42)), best))
    assert moved_bytes(rested(graph)) == 0
