"""halve_weights."""

import numpy as np

from tests.passes.graphs import Sketch, check, conv, skips
from tinsmith.dtypes import DType
from tinsmith.ops.conv import Conv
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.matmul import MatMul
from tinsmith.passes.halve_weights import halve_weights


def test_rows_get_halves() -> None:
    s = Sketch()
    y = s.node(Gemm(trans_b=True), s.input(1, 20), s.weight(30, 20), s.weight(30))
    z = s.node(MatMul(), s.input(1, 1, 20), s.weight(20, 6))
    p = conv(s, s.input(1, 8, 1, 1), 5, kernel=1)
    after = check(halve_weights, s.graph(y, z, p), 2e-3)
    for node in after.nodes:
        assert after.types[node.inputs[1]].dtype is DType.F16
        assert after.types[node.outputs[0]].dtype is DType.F32
        assert node.op.mixed


def test_leaves_what_is_read_often() -> None:
    s = Sketch()
    graph = s.graph(s.node(Gemm(), s.input(7, 20), s.weight(20, 30)),
                    conv(s, s.input(1, 8, 3, 2), 5, kernel=1))
    assert skips(halve_weights, graph) == [
        "its weights are read once for 7 rows", "its weights are read once for 6 rows"]


def test_leaves_other_operands() -> None:
    s = Sketch()
    x = s.input(1, 20)
    graph = s.graph(s.node(Gemm(), x, s.input(20, 3)),
                    s.node(Gemm(), x, s.weight(20, 3), s.input(1, 3)),
                    conv(s, s.input(1, 8, 1, 1), 5, kernel=3),
                    s.node(Conv((1, 1), (0,) * 4, (1, 1), 2), s.input(1, 8, 1, 1),
                           s.weight(6, 4, 1, 1)))
    assert halve_weights(graph) is graph


def test_leaves_what_float16_cannot_hold() -> None:
    s = Sketch()
    w = s.constant(np.full((20, 3), 7e4, np.float32))
    assert skips(halve_weights, s.graph(s.node(Gemm(), s.input(1, 20), w))) == [
        "float16 does not reach the largest of its weights"]
    s = Sketch()
    tiny = s.constant(np.full((20, 3), 3e-8, np.float32))
    assert skips(halve_weights, s.graph(s.node(Gemm(), s.input(1, 20), tiny))) == [
        "its weights are too small for float16"]
