"""Precision as a part of the schedule's choice: where it is lower, why, and what it may cost."""

import numpy as np
import pytest

from tests.passes.graphs import Sketch, conv
from tinsmith import pipeline
from tinsmith.dtypes import DType
from tinsmith.errors import UsageError
from tinsmith.interpret import interpret
from tinsmith.ops.activations import Relu
from tinsmith.ops.conv import Conv
from tinsmith.ops.gemm import Gemm
from tinsmith.ops.global_pool import GlobalAveragePool
from tinsmith.ops.reshape import Reshape
from tinsmith.request import Numerics
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.budget import BUDGET, affordable, budget_of, total
from tinsmith.schedule.explain import precisions
from tinsmith.tolerance import distance, tolerated


def network(layers=2, width=300, weight=None):
    """A convolution, a mean, fully connected layers, each a little wider than the last."""
    s = Sketch()
    x = s.node(Relu(), conv(s, s.input(1, 3, 12, 12), width))
    x = s.node(Reshape((1, width)), s.node(GlobalAveragePool(), x))
    for i in range(layers):
        rows, columns = width + 16 * i, width + 16 * (i + 1)
        w = s.weight(rows, columns) if weight is None else s.constant(
            np.full((rows, columns), weight, np.float32))
        x = s.node(Gemm(), x, w, s.weight(columns))
    return pipeline.optimise(s.graph(x)).graph


def planned(graph, **asked):
    return schedule(graph, pipeline.request_for(graph, "x86-64-v3", 1, **asked))


def lower(plan):
    """The steps whose weights lie in fewer bits than the graph says."""
    return [step for step in plan.steps if step.forms and len(step.forms.inputs) > 1
            and step.forms.inputs[1].dtype is not DType.F32]


def test_layers_that_wait_for_weights_get_halves():
    graph = network()
    plan, wide = planned(graph, precision="auto"), planned(graph)
    assert [step.op for step in lower(plan)] == ["Gemm", "Gemm"]
    assert {step.call.kernel for step in lower(plan)} == {"fully_connected"}
    assert plan.weight_bytes < 0.6 * wide.weight_bytes
    assert lower(wide) == []
    told = [line for line in precisions(graph, plan) if ": weights in f16, which takes" in line]
    assert [line.split(":")[0] for line in told] == [step.name for step in lower(plan)]
    assert [step.call.kernel for step in plan.steps if step.op == "Conv"] == [
        step.call.kernel for step in wide.steps if step.op == "Conv"]


def test_what_is_kept_stays():
    graph = network()
    first = next(node.name for node in graph.nodes if isinstance(node.op, Gemm))
    plan = planned(graph, precision="auto", keep=[first])
    assert [step.name for step in lower(plan)] != [] and first not in [
        step.name for step in lower(plan)]
    (why,) = [line for line in precisions(graph, plan) if line.startswith(f"{first}:")]
    assert why == f"{first}: weights in f32, as asked for"


@pytest.mark.parametrize("weight", [7e4, 1e-6, np.nan])
def test_weights_that_halves_cannot_hold_stay(weight):
    graph = network(weight=weight)
    plan = planned(graph, precision="auto")
    assert lower(plan) == []
    assert sum("no kernel computes it with lower" in line
               for line in precisions(graph, plan)) == 3


def test_many_layers_keep_within_the_budget():
    """Those that gain most come first: here each is larger than the one before it."""
    graph = network(layers=12, width=100)
    plan = planned(graph, precision="auto")
    budget = budget_of(plan.request.numerics)
    taken, gemms = lower(plan), [step for step in plan.steps if step.op == "Gemm"]
    assert 0 < len(taken) < len(gemms)
    assert total(tuple(plan.roundings.values())) <= budget
    assert taken == gemms[-len(taken):]
    assert sum("has no room in the budget" in line
               for line in precisions(graph, plan)) == len(gemms) - len(taken)


def test_the_budget():
    assert budget_of(Numerics()) == budget_of(Numerics("f16")) == BUDGET
    assert budget_of(Numerics("auto")) == tolerated(DType.F32, "auto").largest / 4
    assert affordable([3e-4, 3e-4, 3e-4], 5e-4) == 2
    assert affordable([1e-5], BUDGET) == 0


@pytest.mark.cc
def test_answers_are_within_what_is_allowed():
    graph = network()
    session = pipeline.compile(graph, threads=2, precision="auto", check=True)
    assert session.interface.precision == "auto"
    x = np.random.default_rng(0).standard_normal((1, 3, 12, 12)).astype(np.float32)
    (got,), (want,) = (found.values() for found in (
        session.run({"x0": x}), interpret(graph, {"x0": x})))
    assert distance(got, want).largest > 0
    assert distance(got, want).within(tolerated(DType.F32, "auto"))


@pytest.mark.parametrize("precision", ["bf16", "f16"])
def test_nodes_are_kept_in_every_precision(precision):
    graph = network()
    kept = [node.name for node in graph.nodes if isinstance(node.op, Conv | Gemm)][:2]
    request = pipeline.request_for(graph, precision=precision, keep=kept)
    halves = (DType.BF16, DType.F16)

    def lowered(asked):
        after = pipeline.optimise(graph, asked).graph
        return [node.origin[0] for node in after.nodes if isinstance(node.op, Conv | Gemm)
                and after.types[node.inputs[1]].dtype in halves]

    every = lowered(pipeline.request_for(graph, precision=precision))
    assert set(lowered(request)) == set(every) - set(kept) != set(every)
    after = pipeline.optimise(graph, request).graph
    told = list(precisions(after, schedule(after, request)))
    assert any(line.endswith(f"as {precision} asks") for line in told)
    assert sum(line.endswith(": weights in f32, as asked for") for line in told) == len(kept)


def test_names_that_are_not_there_are_refused():
    graph = network()
    with pytest.raises(UsageError, match="node 'nobody': expected a node of network"):
        pipeline.request_for(graph, precision="auto", keep=["nobody"])
    with pytest.raises(UsageError, match="expected a precision to keep it from, got f32"):
        pipeline.request_for(graph, keep=["nobody"])


def test_measured_times_are_the_reason_where_there_are_any():
    class Measured:
        def best(self, site, kernel, forms):
            weights = forms.inputs[1].dtype if isinstance(site.op, Gemm) else None
            return {DType.F16: (3e-6, ()), DType.F32: (7e-6, ())}.get(weights)

    graph = network(layers=1)
    request = pipeline.request_for(graph, "x86-64-v3", 1, precision="auto")
    plan = schedule(graph, request, Measured())
    (step,) = lower(plan)
    (why,) = [line for line in precisions(graph, plan, Measured())
              if line.startswith(f"{step.name}:")]
    assert why.endswith("which takes 3.0 us where f32 takes 7.0 us")
