"""fuse_matmul_bias."""

from tests.passes.graphs import Sketch, check, ops, skips
from tinsmith.dtypes import DType
from tinsmith.ops.arithmetic import Add
from tinsmith.ops.matmul import MatMul
from tinsmith.passes.fuse_matmul_bias import fuse_matmul_bias


def test_of_a_matrix() -> None:
    for bias in ((), (4,), (1, 4)):
        s = Sketch()
        y = s.node(Add(), s.weight(*bias), s.node(MatMul(), s.input(3, 5), s.weight(5, 4)))
        assert ops(check(fuse_matmul_bias, s.graph(y))) == ["Gemm"]


def test_of_more_axes() -> None:
    s = Sketch()
    y = s.node(Add(), s.node(MatMul(), s.input(2, 3, 5), s.weight(5, 4)), s.weight(4))
    after = check(fuse_matmul_bias, s.graph(y))
    assert ops(after) == ["Reshape", "Gemm", "Reshape"]
    assert after.nodes[1].origin == ("n_matmul0", "n_add1")


def test_of_a_node_that_is_called_like_its_result() -> None:
    s = Sketch()
    graph = s.graph(s.node(MatMul(), s.input(2, 3, 5), s.weight(5, 4)))
    graph = graph.replace(nodes=tuple(n.replace(name=n.outputs[0]) for n in graph.nodes))
    assert ops(check(fuse_matmul_bias, graph)) == ["Reshape", "Gemm", "Reshape"]


def test_without_a_bias() -> None:
    s = Sketch()
    product = s.node(MatMul(), s.input(3, 5), s.weight(5, 4))
    y = s.node(Add(), product, s.weight(3, 1))
    assert ops(check(fuse_matmul_bias, s.graph(y))) == ["Gemm", "Add"]
    s = Sketch()
    product = s.node(MatMul(), s.input(3, 5), s.weight(5, 4))
    y = s.node(Add(), product, product)
    assert ops(check(fuse_matmul_bias, s.graph(y))) == ["Gemm", "Add"]


def test_leaves_other_products() -> None:
    s = Sketch()
    x = s.input(2, 3, 5)
    graph = s.graph(s.node(MatMul(), x, s.input(5, 4)), s.node(MatMul(), x, s.weight(2, 5, 4)))
    assert fuse_matmul_bias(graph) is graph
    s = Sketch()
    graph = s.graph(s.node(MatMul(), s.input(5), s.weight(5, 4)))
    assert skips(fuse_matmul_bias, graph) == ["it does not multiply a matrix of floats"]
    s = Sketch()
    graph = s.graph(s.node(MatMul(), s.input(2, 1, dtype=DType.I32), s.constant([[1]], "int32")))
    assert skips(fuse_matmul_bias, graph) == ["it does not multiply a matrix of floats"]
