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
from tinsmith.ops.activations import Relu, Sigmoid
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.passes.manager import run
from tinsmith.passes.standard import FUSIONS, STANDARD

ALL = (*STANDARD, *FUSIONS)


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
