"""``precision`` from end to end: the pipeline, the session, and how far its answers may be off."""

from __future__ import annotations

import numpy as np
import pytest

from tests.passes.graphs import Sketch, conv
from tinsmith import pipeline
from tinsmith.dtypes import DType
from tinsmith.errors import UsageError
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import TensorType
from tinsmith.ir.verify import verify
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Add
from tinsmith.ops.cast import Cast
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalAveragePool
from tinsmith.ops.reshape import Reshape
from tinsmith.runtime.compare import compare_steps, reference_values
from tinsmith.tolerance import distance, tolerated


@pytest.fixture(scope="module")
def network() -> Graph:
    """A first layer, a residual block with a depthwise layer, a head."""
    s = Sketch()
    x = s.node(Relu(), conv(s, s.input(1, 3, 20, 20), 24, stride=2))
    y = conv(s, s.node(Relu(), conv(s, x, 24)), 24, group=24)
    y = s.node(Relu(), s.node(Add(), conv(s, y, 24, kernel=1), x))
    rows = s.node(Reshape((1, 24)), s.node(GlobalAveragePool(), y))
    return s.graph(s.node(Gemm(), rows, s.weight(24, 10), s.weight(10)))


@pytest.mark.cc
@pytest.mark.parametrize("precision", ["f32", "bf16", "f16"])
def test_answers_and_every_step(network: Graph, precision: str) -> None:
    session = pipeline.compile(network, threads=2, precision=precision)
    assert session.interface.precision == precision
    feeds = {"x0": np.random.default_rng(0).standard_normal((1, 3, 20, 20)).astype(np.float32)}
    got, want = session.run(feeds), interpret(network, feeds)
    for name, array in want.items():
        assert got[name].dtype == np.float32
        assert distance(got[name], array).within(tolerated(DType.F32, precision))
    lowered = pipeline.optimise(
        network, pipeline.request_for(network, precision=precision)).graph
    compared = compare_steps(session.interface, session.trace(feeds),
                             reference_values(lowered, feeds))
    assert compared
    assert all(one.ok for one in compared)


def test_lower_precisions_take_less_memory(network: Graph) -> None:
    requests = {name: pipeline.request_for(network, exact=True, precision=name)
                for name in ("f32", "bf16", "f16")}
    plans = {name: pipeline.plan(pipeline.optimise(network, request).graph, request)
             for name, request in requests.items()}
    assert plans["bf16"].arena_bytes < plans["f32"].arena_bytes
    assert plans["f16"].weight_bytes < plans["f32"].weight_bytes
    assert all(port.type.dtype is DType.F32
               for p in plans.values() for port in (*p.inputs, *p.outputs))


def test_every_target_has_kernels_for_it(network: Graph) -> None:
    for target in ("x86-64-v2", "x86-64-v3", "x86-64-v4", "cortex-a53", "cortex-a7", "c",
                   "riscv64", "cortex-m4"):
        request = pipeline.request_for(network, target, 1, precision="bf16")
        steps = pipeline.plan(pipeline.optimise(network, request).graph, request).steps
        kernels = {step.call.kernel for step in steps if step.op == "Conv"}
        assert {"conv2d_direct", "conv2d_depthwise"} <= kernels
        assert "conv_plain" not in kernels


def halved(graph: Graph, dtype: DType, inside: bool) -> Graph:
    """The network with its tensors in a half type; ``inside``: but for its inputs and outputs."""
    changed = {v for v, kind in graph.types.items() if kind.dtype is DType.F32}
    types = {v: TensorType(kind.shape, dtype) for v, kind in graph.types.items()}
    weights = {v: array.astype(dtype.numpy) for v, array in graph.weights.items()}
    assert changed == set(types)
    if not inside:
        return graph.replace(types=types, weights=weights)
    rename = {graph.inputs[0]: "first", graph.outputs[0]: "last"}
    nodes = [Node("narrow", Cast(dtype), graph.inputs, ("first",)),
             *(node.replace(inputs=tuple(rename.get(v, v) for v in node.inputs),
                            outputs=tuple(rename.get(v, v) for v in node.outputs))
               for node in graph.nodes), Node("wide", Cast(DType.F32), ("last",), graph.outputs)]
    edges = {v: graph.types[v] for v in (*graph.inputs, *graph.outputs)}
    return graph.replace(nodes=tuple(nodes), weights=weights, types={
        **types, **{new: types[old] for old, new in rename.items()}, **edges})


@pytest.mark.cc
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize(("dtype", "own"), [(DType.F16, "f16"), (DType.BF16, "bf16")])
def test_a_network_of_halves(network: Graph, dtype: DType, own: str, inside: bool) -> None:
    graph = verify(halved(network, dtype, inside))
    session = pipeline.compile(graph, threads=2)
    assert session.interface.precision == own
    assert not any(step.kernel.endswith("_plain") for step in session.interface.steps)
    answers = pipeline.golden(graph, own)
    got = session.run(answers.inputs)
    for name, want in answers.outputs.items():
        assert distance(got[name], want).within(answers.allowed[name])


def test_a_network_of_halves_is_stored_as_halves(network: Graph) -> None:
    plans = [pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "x86-64-v3", 1))
             for graph in (network, halved(network, DType.F16, False))]
    assert plans[1].weight_bytes < 0.7 * plans[0].weight_bytes
    asked = pipeline.precision_of(halved(network, DType.F16, True), "bf16")
    assert (asked, pipeline.precision_of(network)) == ("bf16", "f32")


@pytest.mark.parametrize("call", [
    lambda graph: pipeline.request_for(graph, precision="int4"),
    lambda graph: pipeline.compile(graph, precision="int4"),
])
def test_unknown_names_are_refused(network: Graph, call: object) -> None:
    with pytest.raises(UsageError, match=(
            "optimise: precision 'int4': expected one of f32, bf16, f16, auto, got 'int4'")):
        call(network)  # type: ignore[operator]
