"""standard: all passes together, on whole networks of the zoo and on hand-made ones."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from tests.passes.graphs import Sketch, batchnorm, conv, largest_difference, ops
from tinsmith import zoo
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.ir.graph import Graph
from tinsmith.ir.op import Op
from tinsmith.ops.activations import Relu, Sigmoid
from tinsmith.ops.arithmetic import Add, Exp, Mul
from tinsmith.ops.conv import Conv
from tinsmith.ops.matmul import MatMul
from tinsmith.ops.reshape import Reshape
from tinsmith.ops.transpose import Transpose
from tinsmith.passes.manager import run
from tinsmith.passes.standard import FUSIONS, STANDARD, bound_to
from tinsmith.request import Request
from tinsmith.targets import find

ALL = (*STANDARD, *FUSIONS, *bound_to(Request(find("x86-64-v4"))))


def network(name: str) -> Graph:
    return build(read_proto(zoo.build(name)), {}, {})


EXPECTED = {
    "squeezenet1.0": {"Conv": 26, "Concat": 8, "MaxPool": 3},
    "mobilenetv2": {"Conv": 68, "Concat": 4, "GlobalAveragePool": 1, "Reshape": 1, "Gemm": 1},
    "resnet18": {"Conv": 20, "MaxPool": 1, "GlobalAveragePool": 1, "Reshape": 1, "Gemm": 1},
    "ds-cnn": {"Conv": 9, "GlobalAveragePool": 1, "Reshape": 1, "Gemm": 1},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_networks_of_the_zoo(name: str) -> None:
    before = network(name)
    after = run(before, ALL).graph
    found = Counter(ops(after))
    assert not {"BatchNormalization", "Relu", "Clip", "Add", "Identity"} & found.keys()
    assert {op: found[op] for op in EXPECTED[name]} == EXPECTED[name]
    assert largest_difference(before, after) <= 1e-5


def test_every_source_node_is_still_named() -> None:
    before = network("mobilenetv2")
    after = run(before, ALL).graph
    named = {name for node in after.nodes for name in node.origin}
    assert {name for node in before.nodes for name in node.origin} - named == set()


def test_every_weight_is_read_and_every_type_belongs_to_a_value() -> None:
    after = run(network("shufflenetv2"), ALL).graph
    read = {value for node in after.nodes for value in node.inputs}
    assert set(after.weights) <= read
    made = {value for node in after.nodes for value in node.outputs}
    assert set(after.types) == made | set(after.inputs) | set(after.weights)


def test_again_changes_nothing() -> None:
    once = run(network("resnet18"), ALL).graph
    assert run(once, ALL).graph is once


def test_random_blocks() -> None:
    for seed in range(12):
        s = Sketch(seed)
        x = s.input(1, 4, 8, 8)
        for _ in range(4):
            y = s.node(Relu(), batchnorm(s, conv(s, x, 4, bias=False)))
            y = batchnorm(s, conv(s, y, 4, group=int(s.random.choice([1, 2, 4]))))
            if s.random.random() < 0.5:
                y = s.node(Mul(), y, s.node(Sigmoid(), y))
            x = s.node(Add(), x, s.node(Relu(), y) if s.random.random() < 0.5 else y)
        before = s.graph(x)
        after = run(before, ALL).graph
        assert len(after.nodes) < len(before.nodes) / 2
        assert largest_difference(before, after) <= 1e-5
        assert all(np.isfinite(array).all() for array in after.weights.values())


CHAINS: dict[str, tuple[Op, Op | None]] = {
    "one number": (Mul(), None), "itself": (Add(), None), "relu": (Relu(), Relu()),
    "transposes": (Exp(), Transpose((1, 0))), "reshapes": (Exp(), Reshape((6,))),
}


@pytest.mark.parametrize("kind", CHAINS)
def test_chains_of_any_length(kind: str) -> None:
    op, other = CHAINS[kind]
    s = Sketch()
    y = s.input(2, 3)
    number = s.constant(1.001)
    for _ in range(100):
        y = s.node(op, y, y if kind == "itself" else number) if other is None else s.node(op, y)
        y = s.node(other, y) if other is not None else y
    graph = s.graph(y)
    result = run(graph, ALL, paranoid=False)
    assert len(result.graph.nodes) <= len(graph.nodes)
    if kind == "one number":
        assert ops(result.graph) == ["Mul"]


def test_weights_that_many_share_fold_at_once() -> None:
    s = Sketch()
    x, w, matrix, factor = s.input(1, 4, 6), s.weight(4, 4, 1), s.weight(6, 6), s.constant(3.0)
    rows = []
    for _ in range(30):
        x = s.node(Relu(), s.node(Mul(), s.node(Conv((1,), (0, 0), (1,)), x, w), factor))
        rows.append(s.node(MatMul(), x, matrix))
    rows += [s.node(MatMul(), x, s.weight(6, 6)) for _ in range(30)]
    result = run(s.graph(*rows), ALL, paranoid=False)
    assert result.restless == ()
    assert {"Mul", "MatMul"}.isdisjoint(ops(result.graph))
    assert all(step.round < 6 for step in result.log)
