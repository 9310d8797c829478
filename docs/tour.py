"""A small network through every stage of Tinsmith, each stage printed: python docs/tour.py.

    model file -> Graph -> passes -> Graph -> schedule -> Plan -> emit -> C -> build -> Session

Read it from the bottom: ``main`` is the whole compiler in a dozen lines. docs/architecture.md says
more about each stage; tests/test_tour.py keeps this page true.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import tinsmith as tin
from tinsmith import pipeline
from tinsmith.dtypes import Array
from tinsmith.emit.host import emit
from tinsmith.interpret import interpret
from tinsmith.ir import text
from tinsmith.ir.graph import Graph
from tinsmith.passes.manager import Optimised
from tinsmith.runtime.seeded import seeded_feeds
from tinsmith.runtime.session import Session
from tinsmith.schedule.plan import Plan
from tinsmith.tolerance import distance


def write_model(path: Path) -> None:
    """Two convolutions side by side, joined, averaged, classified."""
    def weight(name: str, *shape: int) -> onnx.TensorProto:
        values = np.random.default_rng(len(name)).normal(0.0, 0.3, shape)
        return numpy_helper.from_array(values.astype(np.float32), name)

    def ones(name: str, size: int) -> onnx.TensorProto:
        return numpy_helper.from_array(np.full(size, 0.5, np.float32), name)

    nodes = [
        helper.make_node("Conv", ["image", "w1"], ["c1"], "stem", pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["c1", "g", "b", "m", "v"], ["n1"], "norm"),
        helper.make_node("Relu", ["n1"], ["r1"], "act"),
        helper.make_node("Conv", ["r1", "w2"], ["left"], "left"),
        helper.make_node("Conv", ["r1", "w3"], ["right"], "right", pads=[1, 1, 1, 1]),
        helper.make_node("Concat", ["left", "right"], ["both"], "join", axis=1),
        helper.make_node("GlobalAveragePool", ["both"], ["mean"], "mean"),
        helper.make_node("Flatten", ["mean"], ["flat"], "flat"),
        helper.make_node("Gemm", ["flat", "w4"], ["scores"], "classify", transB=1),
        helper.make_node("Softmax", ["scores"], ["shares"], "softmax"),
    ]
    graph = helper.make_graph(
        nodes, "tour",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 12, 12])],
        [helper.make_tensor_value_info("shares", TensorProto.FLOAT, [1, 5])],
        [weight("w1", 16, 3, 3, 3), weight("w2", 16, 16, 1, 1), weight("w3", 16, 16, 3, 3),
         weight("w4", 5, 32), *(ones(name, 16) for name in "gbmv")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)


def show_graph(graph: Graph) -> None:
    """Graph: what the network means. One line for each node, ONNX names and semantics."""
    heading("the graph, as imported")
    print(text.text(graph))


def show_passes(optimised: Optimised) -> None:
    """Passes: Graph to Graph. Each says what it did; --explain also says what it left alone."""
    heading("the passes that changed it")
    print("\n".join(str(step) for step in optimised.log if step.changed))
    heading("the graph afterwards")
    print(text.text(optimised.graph))


def show_plan(plan: Plan) -> None:
    """Plan: how one target runs it. Kernel calls, and a place for every value."""
    heading(f"the plan for {plan.target.name}: steps")
    for i, step in enumerate(plan.steps):
        print(f"{i:2} {step.call.kernel:20} {step.call.chunks:3} chunks  "
              f"for {', '.join(step.origin)}")
    heading("buffers")
    for buffer in sorted(plan.buffers, key=lambda b: b.first_step):
        place = f"{buffer.place.region.value} + {buffer.place.offset}"
        layout = f"blocks of {buffer.form.block}" if buffer.form.block else "row-major"
        print(f"{buffer.value:8} {buffer.type!s:18} {layout:13} {place:14} "
              f"{buffer.size_bytes:6} bytes, steps {buffer.first_step} to {buffer.last_step}")
    print(f"\narena {plan.arena_bytes} bytes; no plan can need less than {plan.bound_bytes}; "
          f"weights {plan.weight_bytes} bytes")


def show_code(plan: Plan) -> None:
    """Emission: the plan as C. A layer is a call of a kernel whose constants the compiler folds."""
    files = emit(plan)
    heading("the C files")
    print(textwrap.fill(", ".join(f"{name} ({len(body)})" for name, body in files.items()), 100))
    heading("a layer")
    print(function(next(body for body in files.values() if "void tin_tour_layer_0(" in body
                        and ".ic = " in body), "void tin_tour_layer_0("))
    heading("the step that calls it")
    print(function(files["tin_tour.c"], "/* Conv "))


def show_run(graph: Graph, session: Session) -> float:
    """Session: the compiled network, numpy in and out. The error against the interpreter."""
    feeds = seeded_feeds(session.inputs)
    heading("run")
    (got,) = session.run(feeds).values()
    (want,) = interpret(graph, feeds).values()
    error = distance(got, want).largest
    print(f"compiled     {numbers(got)}\ninterpreted  {numbers(want)}\n"
          f"the largest error is {error:.1e} of the largest value")
    return error


def function(source: str, start: str) -> str:
    """The C function that begins with ``start``."""
    at = source.index(start)
    return source[at:source.index("\n}", at) + 2]


def numbers(array: Array) -> str:
    """Few numbers in a row."""
    return "  ".join(f"{value:.6f}" for value in array.reshape(-1))


def heading(words: str) -> None:
    """A line above a stage."""
    print(f"\n--- {words} {'-' * (95 - len(words))}")


def main() -> float:
    """Every stage once; returns the error of the compiled network."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "tour.onnx")
        write_model(path)
        graph = tin.load(path)                 # importers/
    show_graph(graph)
    optimised = pipeline.optimise(graph)       # passes/
    show_passes(optimised)
    plan = pipeline.plan(optimised.graph)      # schedule/
    show_plan(plan)
    show_code(plan)                            # emit/
    session = tin.compile(graph)               # all of these, then toolchain/ and runtime/
    return show_run(graph, session)


if __name__ == "__main__":
    main()
