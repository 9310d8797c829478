"""fuse_elementwise."""

import numpy as np

from tests.passes.graphs import Sketch, check, conv, feeds, ops, skips
from tinsmith.dtypes import DType
from tinsmith.interpret import interpret
from tinsmith.ir.op import Op
from tinsmith.ops.activations import Relu, Sigmoid, Tanh
from tinsmith.ops.arithmetic import Add, Mul, Neg, Sub
from tinsmith.ops.cast import Cast
from tinsmith.ops.comparison import Greater, Where
from tinsmith.ops.fused import Fused
from tinsmith.ops.reduce import ReduceMean
from tinsmith.passes.fuse_elementwise import INPUT_LIMIT, NODE_LIMIT, OUTPUT_LIMIT, fuse_elementwise


def test_a_chain_with_operands_that_broadcast() -> None:
    s = Sketch()
    x = s.input(2, 3, 4)
    y = s.node(Mul(), s.node(Sigmoid(), s.node(Add(), x, s.weight(3, 1))), s.input(1, 1, 4))
    after = check(fuse_elementwise, s.graph(y))
    assert ops(after) == ["Fused"]
    assert after.nodes[0].inputs == ("x0", "w0", "x1")
    assert after.nodes[0].origin == ("n_add0", "n_sigmoid1", "n_mul2")


def test_a_diamond_with_types_of_its_own() -> None:
    s = Sketch()
    x, y = s.input(5, 4), s.input(5, 4)
    chosen = s.node(Where(), s.node(Greater(), x, y), s.node(Neg(), x), s.node(Tanh(), y))
    out = s.node(Cast(DType.I32), s.node(Mul(), chosen, s.constant(9.0)))
    assert ops(check(fuse_elementwise, s.graph(out))) == ["Fused"]


def test_a_value_that_others_read_is_a_result() -> None:
    s = Sketch()
    total = s.node(Add(), s.input(1, 4, 6), s.input(1, 4, 6))
    graph = s.graph(conv(s, total, 4), s.node(Relu(), total))
    after = check(fuse_elementwise, graph)
    assert ops(after) == ["Fused", "Conv"]
    assert len(after.nodes[0].outputs) == 2


def test_a_lone_node_stays_itself() -> None:
    s = Sketch()
    graph = s.graph(conv(s, s.node(Relu(), s.input(1, 4, 6)), 4))
    assert fuse_elementwise(graph) is graph


def test_another_shape_stays_outside() -> None:
    s = Sketch()
    gate = s.node(Sigmoid(), s.input(1, 4, 1))
    graph = s.graph(s.node(Mul(), gate, s.input(1, 4, 6)))
    assert skips(fuse_elementwise, graph) == ["'n_sigmoid0' gives another shape"]


def test_no_way_out_and_back_in() -> None:
    s = Sketch()
    x = s.node(Neg(), s.input(3, 4))
    y = s.node(Sub(), x, s.node(ReduceMean((1,)), x))
    assert skips(fuse_elementwise, s.graph(y)) == [
        "what lies between it and 'n_neg0' is no part of the loop"]


def test_no_way_through_another_group() -> None:
    s = Sketch()
    a, b = s.input(3, 4), s.input(3, 1)
    p = s.node(Neg(), a)
    q = s.node(Neg(), b)
    q2 = s.node(Add(), q, s.node(ReduceMean((1,)), p))
    p2 = s.node(Add(), p, q)
    y = s.node(Add(), p2, q2)
    after = check(fuse_elementwise, s.graph(y))
    assert "Fused" in ops(after)


def test_limits() -> None:
    s = Sketch()
    y = s.input(4)
    for _ in range(3 * NODE_LIMIT):
        y = s.node(Tanh(), y)
    after = check(fuse_elementwise, s.graph(y))
    assert ops(after) == ["Fused"] * 3
    s = Sketch()
    y = s.input(4)
    for _ in range(2 * INPUT_LIMIT):
        y = s.node(Add(), s.node(Mul(), y, s.constant(0.5)), s.input(4))
    assert ops(check(fuse_elementwise, s.graph(y))) == ["Fused"] * 3
    s = Sketch()
    values = [s.input(4)]
    for _ in range(2 * OUTPUT_LIMIT):
        values.append(s.node(Tanh(), values[-1]))
    after = check(fuse_elementwise, s.graph(*values[1:]))
    assert all(len(node.outputs) <= OUTPUT_LIMIT for node in after.nodes)


def test_random_graphs() -> None:
    kinds: list[Op] = [Add(), Mul(), Sub(), Relu(), Tanh(), Neg(), ReduceMean((1,))]
    for seed in range(60):
        s = Sketch(seed)
        values = [s.input(3, 4), s.input(3, 1), s.weight(4)]
        for _ in range(25):
            op = kinds[s.random.integers(0, len(kinds))]
            count = 2 if isinstance(op, Add | Mul | Sub) else 1
            picked = [values[s.random.integers(max(0, len(values) - 6), len(values))]
                      for _ in range(count)]
            if isinstance(op, ReduceMean) and len(s.types[picked[0]].shape) != 2:
                continue
            values.append(s.node(op, *picked))
        outputs = [v for v in dict.fromkeys(values[-1:] + values[3::7]) if v.startswith(tuple(
            "amrtnsA"))]
        before = s.graph(*outputs)
        after = check(fuse_elementwise, before, tolerance=0)
        given = feeds(before)
        wanted, got = interpret(before, given), interpret(after, given)
        assert all(np.array_equal(wanted[v], got[v], equal_nan=True) for v in outputs)
        assert all(len(n.op.body) <= NODE_LIMIT for n in after.nodes if isinstance(n.op, Fused))
