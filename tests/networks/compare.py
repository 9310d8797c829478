"""One network through Tinsmith and through ONNX Runtime: the same inputs, what each makes of them.

Results are compared before a final softmax or sigmoid, which would hide errors: the model is given
one more output there. Both engines run that same model.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime

from tests.networks.networks import Engine, Network
from tinsmith import pipeline
from tinsmith.dtypes import Array
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.passes.manager import Optimised
from tinsmith.runtime.seeded import seeded_feeds
from tinsmith.runtime.session import Session, load

TOLERANCE = 1e-4
SQUASHING = ("Softmax", "Sigmoid", "LogSoftmax")
SHAPING = ("Identity", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Flatten", "ReduceMean")
ROUNDS, BUDGET_S = 200, 4.0


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one network.

    Attributes:
        nodes, steps: of the graph as imported, and of the plan.
        arena_bytes, bound_bytes: the arena, and what is live at once at most.
        error: the largest difference on real input, as a share of the largest magnitude of that
            output; ``noise_error`` on noise.
        doubt: how far ONNX Runtime is from itself on noise, without its optimisations.
        found, wanted: what was seen in the real input, by us and by ONNX Runtime.
        ours_s, theirs_s: the least processor time of a run on one thread, alternating.
    """

    name: str
    nodes: int
    steps: int
    arena_bytes: int
    bound_bytes: int
    error: float
    noise_error: float
    doubt: float
    found: tuple[str, ...]
    wanted: tuple[str, ...]
    expected: tuple[str, ...]
    ours_s: float
    theirs_s: float

    @property
    def verdict(self) -> str:
        """``right``, or what is wrong."""
        if self.found != self.expected:
            return f"found {', '.join(self.found)}"
        if self.wanted != self.found:
            return f"ONNX Runtime found {', '.join(self.wanted)}"
        if self.error > TOLERANCE:
            return "inexact"
        if self.noise_error > TOLERANCE and self.doubt <= TOLERANCE:
            return "inexact on noise"
        return "right"


class Recorder:
    """An engine that keeps all results."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.results: list[Mapping[str, Array]] = []

    def __call__(self, feeds: Mapping[str, Array]) -> Mapping[str, Array]:
        """Runs the engine."""
        self.results.append(self.engine(feeds))
        return self.results[-1]


def with_logits(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with what goes into a softmax or sigmoid at its end as one more output."""
    made = {value: node for node in model.graph.node for value in node.output}
    found = onnx.ModelProto()
    found.CopyFrom(model)
    known = {value.name for value in model.graph.output}
    for output in model.graph.output:
        node = made.get(output.name)
        while node is not None and node.op_type in SHAPING:
            node = made.get(node.input[0])
        if node is not None and node.op_type in SQUASHING and node.input[0] not in known:
            known.add(node.input[0])
            found.graph.output.append(onnx.helper.make_tensor_value_info(
                node.input[0], output.type.tensor_type.elem_type, None))
    return found


def onnx_runtime(model: onnx.ModelProto, bind: Mapping[str, Array], optimised: bool = True
                 ) -> Engine:
    """ONNX Runtime on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = (level.ORT_ENABLE_ALL if optimised
                                        else level.ORT_DISABLE_ALL)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options,
                                           providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return lambda feeds: dict(zip(names, session.run(None, {**feeds, **bind}), strict=True))


def apart(ours: Mapping[str, Array], theirs: Mapping[str, Array]) -> float:
    """The largest difference in any output, as a share of that output's largest magnitude."""
    worst = 0.0
    for name, want in theirs.items():
        got = ours[name].astype(np.float64)
        if got.shape != want.shape or not np.isfinite(got).all():
            return float("inf")
        largest = float(np.abs(want).max(initial=0.0))
        worst = max(worst, float(np.abs(got - want).max(initial=0.0)) / max(largest, 1e-30))
    return worst


def compile_network(network: Network, model: onnx.ModelProto, threads: int
                    ) -> tuple[int, Optimised, Session]:
    """The number of nodes imported, what the passes made of them, and the session."""
    graph = build(read_proto(model), dict(network.shapes), dict(network.bind))
    optimised = pipeline.optimise(graph)
    session = load(pipeline.plan(optimised.graph, threads=threads))
    session.graph = graph
    return len(graph.nodes), optimised, session


def examine(network: Network, threads: int = 2, timed: bool = True) -> Result:
    """Compiles a network, runs it and ONNX Runtime on the same inputs, and compares."""
    model = with_logits(network.model())
    nodes, _, session = compile_network(network, model, threads)
    theirs = onnx_runtime(model, network.bind)
    ours = Recorder(session.run)
    reference = Recorder(theirs)
    found, wanted = network.perform(ours), network.perform(reference)
    error = max(apart(a, b) for a, b in zip(ours.results, reference.results, strict=True))
    noise = seeded_feeds(session.inputs)
    wanted_noise = theirs(noise)
    doubt = apart(onnx_runtime(model, network.bind, optimised=False)(noise), wanted_noise)
    noise_error = apart(session.run(noise), wanted_noise)
    plan = session.plan
    session.close()
    times = (race(load(plan, threads=1), theirs, noise) if timed else (0.0, 0.0))
    return Result(network.name, nodes, len(plan.steps), plan.arena_bytes, plan.bound_bytes, error,
                  noise_error, doubt, tuple(found), tuple(wanted), network.expected, *times)


def race(session: Session, theirs: Engine, feeds: Mapping[str, Array]) -> tuple[float, float]:
    """The least seconds of a run of each, in turn, so that both see the same machine.

    Counts the time that this thread computes, not what it waits for others to share the core.
    """
    best = [float("inf")] * 2
    end = time.perf_counter() + BUDGET_S
    for round_ in range(ROUNDS):
        for i, engine in enumerate((session.run, theirs)):
            start = time.thread_time()
            engine(feeds)
            if round_:
                best[i] = min(best[i], time.thread_time() - start)
        if time.perf_counter() > end and round_ > 2:
            break
    session.close()
    return best[0], best[1]
