"""Views, gathers and in-place results: who shares memory with whom, and who must not."""

import numpy as np
import pytest

from tinsmith.ir.graph import Graph, Node
from tinsmith.ir.op import Op, TensorType
from tinsmith.ir.verify import verify
from tinsmith.ops.activations import Relu
from tinsmith.ops.arithmetic import Add, Mul
from tinsmith.ops.concat import Concat
from tinsmith.ops.conv import Conv
from tinsmith.ops.reshape import Reshape
from tinsmith.request import Request
from tinsmith.schedule.assemble import problems, schedule
from tinsmith.schedule.plan import Place, Plan, Region
from tinsmith.targets import find

CONV = Conv((1, 1), (0, 0, 0, 0), (1, 1))


def graph_of(inputs: dict[str, tuple[int, ...]], nodes: list[tuple[Op, str, str]],
             outputs: str, weights: dict[str, np.ndarray] | None = None) -> Graph:
    """A graph from (operator, "inputs", "outputs") rows; all float32."""
    weights = weights or {}
    types = {name: TensorType(shape) for name, shape in inputs.items()}
    types |= {name: TensorType(array.shape) for name, array in weights.items()}
    made = []
    for i, (op, reads, writes) in enumerate(nodes):
        made.append(Node(f"n{i}", op, tuple(reads.split()), tuple(writes.split())))
        types.update(zip(writes.split(), op.infer(*(types[v] for v in reads.split())),
                         strict=True))
    return verify(Graph("g", tuple(made), tuple(inputs), tuple(outputs.split()), types, weights))


def plan_of(graph: Graph) -> Plan:
    return schedule(graph, Request(find("x86-64-v4"), threads=2))


def place(plan: Plan, value: str) -> Place:
    return next(b.place for b in plan.buffers if b.value == value)


def weight(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def test_elementwise_writes_in_place() -> None:
    graph = graph_of({"x": (64,)}, [(Relu(), "x", "a"), (Relu(), "a", "b"), (Relu(), "b", "y")],
                     "y")
    plan = plan_of(graph)
    assert place(plan, "a") == place(plan, "b")
    assert plan.arena_bytes == 256


def test_an_operand_that_is_read_later_is_kept() -> None:
    graph = graph_of({"x": (64,)}, [(Relu(), "x", "a"), (Relu(), "a", "b"), (Add(), "a b", "y")],
                     "y")
    plan = plan_of(graph)
    assert place(plan, "a") != place(plan, "b")


def test_a_convolution_does_not_overwrite_the_input_it_adds() -> None:
    graph = graph_of(
        {"x": (1, 16, 8, 8)},
        [(Relu(), "x", "a"), (CONV, "a w bias a", "b"), (Relu(), "b", "y")], "y",
        {"w": weight(16, 16, 1, 1), "bias": weight(16)})
    conv = next(step for step in plan_of(graph).steps if step.op == "Conv")
    assert conv.results[0].place not in [a.place for a in conv.operands if a]


def test_a_residual_is_replaced_by_the_sum() -> None:
    graph = graph_of(
        {"x": (1, 16, 8, 8), "r": (1, 16, 8, 8)},
        [(CONV, "r w", "a"), (CONV, "x w bias a", "b"), (CONV, "b w", "y")], "y",
        {"w": weight(16, 16, 1, 1), "bias": weight(16)})
    plan = plan_of(graph)
    assert place(plan, "a") == place(plan, "b")


def test_concatenation_copies_nothing() -> None:
    graph = graph_of(
        {"x": (1, 16, 8, 8)},
        [(CONV, "x w", "a"), (CONV, "x w", "b"), (Concat(1), "a b", "c"), (CONV, "c v", "y")],
        "y", {"w": weight(16, 16, 1, 1), "v": weight(16, 32, 1, 1)})
    plan = plan_of(graph)
    assert [s.op for s in plan.steps if s.op in ("Concat", "Identity")] == []
    assert place(plan, "b").offset - place(plan, "a").offset == 16 * 8 * 8 * 4


def test_a_value_in_two_concatenations_is_copied_once() -> None:
    graph = graph_of(
        {"x": (8,)},
        [(Relu(), "x", "a"), (Concat(0), "a x", "b"), (Concat(0), "x a", "c"),
         (Mul(), "b c", "y")], "y")
    plan = plan_of(graph)
    copies = [s for s in plan.steps if s.call.kernel == "copy"]
    assert len(copies) == 3  # x twice, because inputs cannot move, and a once


def test_a_reshape_is_a_view() -> None:
    graph = graph_of({"x": (4, 4)}, [(Relu(), "x", "a"), (Reshape((16,)), "a", "b"),
                                     (Relu(), "b", "y")], "y")
    plan = plan_of(graph)
    assert len(plan.steps) == 2
    assert place(plan, "a").offset == place(plan, "b").offset


def test_a_view_as_output_is_written_by_its_producer() -> None:
    graph = graph_of({"x": (4, 4)}, [(Relu(), "x", "a"), (Reshape((16,)), "a", "y")], "y")
    plan = plan_of(graph)
    assert [s.op for s in plan.steps] == ["Relu"]
    assert plan.steps[0].results[0].place.region is Region.OUTPUT


def test_equal_weights_are_stored_once() -> None:
    graph = graph_of({"x": (1, 16, 8, 8)}, [(CONV, "x w", "a"), (CONV, "a v", "y")], "y",
                     {"w": weight(16, 16, 1, 1), "v": weight(16, 16, 1, 1)})
    assert plan_of(graph).weight_bytes == 16 * 16 * 4 + 64


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_plans_keep_their_promises(threads: int) -> None:
    graph = graph_of(
        {"x": (1, 20, 9, 9)},
        [(CONV, "x w", "a"), (Relu(), "a", "b"), (Concat(1), "a b x", "c"), (Relu(), "c", "y")],
        "y", {"w": weight(20, 20, 1, 1)})
    plan = schedule(graph, Request(find("cortex-a53"), threads=threads))
    assert list(problems(plan)) == []
    assert plan.arena_bytes >= plan.bound_bytes


def test_networks_near_the_end_of_the_range_keep_to_direct_algorithms() -> None:
    conv = Conv((1, 1), (1, 1, 1, 1), (1, 1))
    for largest, kernel in ((1.0, "conv2d_winograd"), (1e30, "conv2d_direct")):
        w = weight(64, 64, 3, 3)
        w[0, 0, 0, 0] = largest
        graph = graph_of({"x": (1, 64, 56, 56)}, [(conv, "x w", "y")], "y", {"w": w})
        assert kernel in [s.call.kernel for s in plan_of(graph).steps]
