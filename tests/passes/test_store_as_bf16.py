"""store_as_bf16."""

from functools import partial

import numpy as np

from tests.passes.graphs import Sketch, conv, skips
from tests.passes.graphs import check as checked
from tinsmith.dtypes import DType
from tinsmith.ir.graph import Graph
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.concat import Concat
from tinsmith.ops.conv import Conv
from tinsmith.ops.fused import Fused
from tinsmith.ops.global_pool import GlobalAveragePool
from tinsmith.ops.pool import MaxPool
from tinsmith.ops.softmax import Softmax
from tinsmith.passes.store_as_bf16 import store_as_bf16

check = partial(checked, store_as_bf16, tolerance=2e-2)
BF16, F32 = DType.BF16, DType.F32


def kinds(graph: Graph) -> dict[str, str]:
    """Each node's operator with the element type of its result."""
    return {node.name: f"{node.op.name} {graph.types[node.outputs[0]].dtype.short}"
            for node in graph.nodes}


def test_converts_at_the_edges_only() -> None:
    s = Sketch()
    y = conv(s, conv(s, s.input(1, 8, 9, 9), 16, kernel=1), 8, kernel=1)
    after = check(s.graph(y))
    assert list(kinds(after).values()) == ["Cast bf16", "Conv bf16", "Conv bf16", "Cast f32"]
    first = after.nodes[1]
    assert [after.types[v].dtype for v in first.inputs] == [BF16, BF16, F32]
    assert after.nodes[-1].origin == after.nodes[2].origin
    assert set(after.weights) == {v for node in after.nodes for v in node.inputs
                                  if v in after.weights}


def test_a_value_is_converted_once() -> None:
    s = Sketch()
    x = s.input(1, 8, 9, 9)
    y = s.node(Concat(1), conv(s, x, 16, kernel=1), conv(s, x, 16, kernel=5))
    after = check(s.graph(y))
    assert list(kinds(after).values()) == [
        "Cast bf16", "Conv bf16", "Conv bf16", "Concat bf16", "Cast f32"]


def test_filters_that_a_kernel_transforms_or_that_are_small_stay() -> None:
    s = Sketch()
    y = conv(s, conv(s, conv(s, s.input(1, 8, 9, 9), 16), 16, group=16), 8, stride=2)
    after = check(s.graph(y))
    filters = [after.types[node.inputs[1]].dtype for node in after.nodes
               if isinstance(node.op, Conv)]
    assert filters == [F32, F32, BF16]


def test_first_layers_stay_and_their_pools() -> None:
    s = Sketch()
    first = conv(s, s.input(1, 3, 12, 12), 16)
    pooled = s.node(MaxPool((2, 2), (2, 2), (0, 0, 0, 0), (1, 1)), first)
    after = check(s.graph(conv(s, pooled, 8)))
    assert list(kinds(after).values()) == [
        "Conv f32", "MaxPool f32", "Cast bf16", "Conv bf16", "Cast f32"]


def test_loops_between_convolutions_read_and_write_it() -> None:
    s = Sketch()
    x = conv(s, s.input(1, 8, 6, 6), 8)
    scaled = s.node(Mul(), x, s.weight(1, 8, 1, 1))
    after = check(s.graph(conv(s, s.node(Add(), scaled, scaled), 8)))
    assert [name for name in kinds(after).values() if "Conv" not in name] == [
        "Cast bf16", "Fused bf16", "Fused bf16", "Cast f32"]
    loop = next(node.op for node in after.nodes if isinstance(node.op, Fused))
    assert [part.op.name for part in loop.body] == ["Cast", "Mul", "Cast"]


def test_loops_that_end_in_float32_give_it() -> None:
    s = Sketch()
    x = conv(s, s.input(1, 8, 6, 6), 8)
    y = s.node(Softmax(1), s.node(Mul(), x, s.constant(2.0)))
    after = check(s.graph(y))
    assert list(kinds(after).values()) == [
        "Cast bf16", "Conv bf16", "Fused f32", "Softmax f32"]


def test_means_are_rounded_only_where_that_is_wanted() -> None:
    s = Sketch()
    x = conv(s, s.input(1, 8, 6, 6), 8)
    mean = s.node(GlobalAveragePool(), x)
    after = check(s.graph(mean))
    assert list(kinds(after).values()) == ["Cast bf16", "Conv bf16", "GlobalAveragePool f32"]
    t = Sketch()
    squeezed = t.node(GlobalAveragePool(), conv(t, t.input(1, 8, 6, 6), 8))
    after = check(t.graph(conv(t, squeezed, 8, kernel=1)))
    assert "GlobalAveragePool bf16" in kinds(after).values()


def test_a_value_that_is_returned_and_read_keeps_its_name() -> None:
    s = Sketch()
    x = conv(s, s.input(1, 8, 6, 6), 8)
    y = conv(s, x, 8)
    after = check(s.graph(x, y, s.node(Softmax(1), x)))
    assert after.types[x].dtype is F32
    assert list(kinds(after).values()).count("Cast f32") == 2


def test_what_it_leaves_alone_and_why() -> None:
    s = Sketch()
    x = s.input(1, 8, 6, 6)
    computed = s.node(Conv((1, 1), (0, 0, 0, 0), (1, 1)), x, s.input(4, 8, 1, 1))
    cube = conv(s, s.input(1, 8, 4, 4, 4), 8)
    few = conv(s, s.input(1, 2, 6, 6), 8)
    assert skips(store_as_bf16, s.graph(computed, cube, few)) == [
        "its weights are not constant", "it has 3 spatial axes", "it sums 2 channels only"]


def test_weights_are_rounded_to_nearest_even() -> None:
    s = Sketch()
    x = s.input(1, 8, 1, 1)
    w = s.constant(np.full((1, 8, 1, 1), 1 + 2**-8, np.float32))
    after = store_as_bf16(s.graph(s.node(Conv((1, 1), (0,) * 4, (1, 1)), x, w)))
    assert float(next(a for a in after.weights.values()).reshape(-1)[0]) == 1.0
