"""Outputs carry the names that the model gives them, whatever stands behind them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.importers.onnx.models import imported, parsed
from tinsmith.dtypes import Array
from tinsmith.importers.onnx.build import build
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.passes.manager import run
from tinsmith.passes.standard import FUSIONS, STANDARD
from tinsmith.pipeline import compile

X = np.arange(-3, 3, dtype=np.float32).reshape(1, 6)

MODELS = {
    "an input": ("m (float[1,6] x) => (float[1,6] y, float[1,6] x) { y = Relu(x) }",
                 {"y": np.maximum(X, 0), "x": X}),
    "an input alone": ("m (float[1,6] x) => (float[1,6] x) { z = Relu(x) }", {"x": X}),
    "another name of an input": (
        "m (float[1,6] x) => (float[1,6] y, float[1,6] z) { y = Identity(x) z = Identity(x) }",
        {"y": X, "z": X}),
    "a constant": (
        "m (float[1,6] x) => (float[1,6] y, float[2] size) "
        "{ y = Relu(x) s = Shape(x) size = Cast<to=1>(s) }",
        {"y": np.maximum(X, 0), "size": np.float32([1, 6])}),
    "a constant that others read": (
        "m (float[1,6] x) => (float[1,6] y, float[6] c) { c = Constant <value = float[6] "
        "{1, 2, 3, 4, 5, 6}> () y = Add(x, c) }",
        {"y": X + np.arange(1, 7, dtype=np.float32), "c": np.arange(1, 7, dtype=np.float32)}),
    "an initializer": (
        "m (float[1,6] x) => (float[1,6] y, float[2] w) <float[2] w = {3, 4}> { y = Relu(x) }",
        {"y": np.maximum(X, 0), "w": np.float32([3, 4])}),
    "one value twice": (
        "m (float[1,6] x) => (float[1,6] a, float[1,6] b) { a = Relu(x) b = Identity(a) }",
        {"a": np.maximum(X, 0), "b": np.maximum(X, 0)}),
    "two that are computed alike": (
        "m (float[1,6] x) => (float[1,6] a, float[1,6] b) { a = Relu(x) b = Relu(x) }",
        {"a": np.maximum(X, 0), "b": np.maximum(X, 0)}),
    "a name from inside a branch": (
        "m (float[1,6] x) => (float[1,6] y, float[1,6] z) { k = Constant <value = bool {1}> () "
        "z = If (k) < then_branch = t () => (float[1,6] y) { y = Neg(x) }, "
        "else_branch = e () => (float[1,6] w) { w = Exp(x) } > y = Abs(x) }",
        {"y": np.abs(X), "z": -X}),
}


def same(found: dict[str, Array], wanted: dict[str, Array]) -> bool:
    return list(found) == list(wanted) and all(
        np.array_equal(found[name], array) for name, array in wanted.items())


@pytest.mark.parametrize("kind", MODELS)
def test_names_stay(kind: str) -> None:
    text, wanted = MODELS[kind]
    graph = build(parsed(text), {}, {})
    assert graph.inputs == ("x",)
    assert same(interpret(graph, {"x": X}), wanted)
    assert same(interpret(run(graph, (*STANDARD, *FUSIONS)).graph, {"x": X}), wanted)


def test_an_input_that_is_bound_and_an_output() -> None:
    text, wanted = MODELS["an input"]
    graph = imported(text, x=X)
    assert graph.inputs == ()
    assert same(interpret(graph, {}), wanted)


@pytest.mark.cc
def test_compiled_outputs_have_the_names_too() -> None:
    for text, wanted in MODELS.values():
        session = compile(build(parsed(text), {}, {}), threads=1)
        assert same(session.run({"x": X}), wanted)


def test_graph_of_inputs_only_lists_them_once() -> None:
    graph: Graph = build(parsed(MODELS["an input alone"][0]), {}, {})
    assert graph.outputs == graph.inputs
