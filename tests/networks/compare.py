"""One network through Tinsmith and through ONNX Runtime: the same inputs, what each makes of them.

Results are compared before a final softmax or sigmoid, which would hide errors: the model is given
one more output there. Both engines run that same model.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime

from tests.networks.network import Engine, Network
from tinsmith import pipeline
from tinsmith.dtypes import Array
from tinsmith.emit.bundle import Golden
from tinsmith.errors import SelftestError
from tinsmith.importers.onnx.build import build
from tinsmith.importers.onnx.read import read_proto
from tinsmith.interpret import interpret
from tinsmith.ir.graph import Graph
from tinsmith.runtime.compare import check_answers
from tinsmith.runtime.seeded import seeded_feeds
from tinsmith.runtime.session import Session, load
from tinsmith.widen import widened

TOLERANCE = 1e-4
SQUASHING = ("Softmax", "Sigmoid", "LogSoftmax")
SHAPING = ("Identity", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Flatten", "ReduceMean")
ROUNDS, BUDGET_S = 200, 4.0
UNCHECKED = "not checked: rounding alone decides"


@dataclass(frozen=True, slots=True)
class Error:
    """The largest difference in any output, as a share of that output's largest magnitude.

    Attributes:
        apart: between Tinsmith and ONNX Runtime.
        ours, theirs: of each from the interpreter in float64, where they are too far apart to tell
            who is right.
    """

    apart: float
    ours: float | None = None
    theirs: float | None = None

    @property
    def is_right(self) -> bool:
        """Whether ours is as near as asked for, or from float64 as far as theirs, by and large.

        Twice as far at most: the two draw from the same noise.
        """
        return self.apart <= TOLERANCE or (
            self.ours is not None and self.theirs is not None
            and self.ours <= max(TOLERANCE, 2 * self.theirs))

    def __str__(self) -> str:
        if self.ours is None or self.theirs is None:
            return f"{self.apart:.1e}"
        return f"{self.apart:.1e} (of float64: ours {self.ours:.1e}, ORT {self.theirs:.1e})"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one network.

    Attributes:
        nodes, steps: of the graph as imported, and of the plan.
        arena_bytes, bound_bytes: the arena, and what is live at once at most.
        selftest: what the self-test of its bundle says, on inputs like its own, or on real ones
            where rounding alone decides on those.
        real, noise: how far the two are apart on real input, and on noise.
        found, wanted: what was seen in the real input, by us and by ONNX Runtime.
        ours_s, theirs_s: the least processor time of a run on one thread, alternating.
    """

    name: str
    nodes: int
    steps: int
    arena_bytes: int
    bound_bytes: int
    selftest: str
    real: Error
    noise: Error
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
        if self.selftest not in ("passed", UNCHECKED):
            return f"self-test: {self.selftest}"
        if not self.real.is_right:
            return "inexact"
        return "right" if self.noise.is_right else "inexact on noise"


class Recorder:
    """An engine that keeps what it was fed and all results."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.feeds: list[Mapping[str, Array]] = []
        self.results: list[Mapping[str, Array]] = []

    def __call__(self, feeds: Mapping[str, Array]) -> Mapping[str, Array]:
        """Runs the engine."""
        self.feeds.append(feeds)
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


def onnx_runtime(model: onnx.ModelProto, bind: Mapping[str, Array]) -> Engine:
    """ONNX Runtime on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
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


def worst(graph: Graph, feeds: Sequence[Mapping[str, Array]],
          ours: Sequence[Mapping[str, Array]], theirs: Sequence[Mapping[str, Array]]) -> Error:
    """The largest error of any run; float64 is asked where it is more than allowed."""
    gaps = [apart(a, b) for a, b in zip(ours, theirs, strict=True)]
    at = max(range(len(gaps)), key=gaps.__getitem__)
    if gaps[at] <= TOLERANCE:
        return Error(gaps[at])
    exact = interpret(widened(graph), {name: feeds[at][name] for name in graph.inputs})
    return Error(gaps[at], apart(ours[at], exact), apart(theirs[at], exact))


def compile_network(network: Network, model: onnx.ModelProto, threads: int
                    ) -> tuple[Graph, Golden, Session]:
    """The graph as imported, answers for its self-test, and the session."""
    graph = build(read_proto(model), dict(network.shapes), dict(network.bind))
    answers = pipeline.golden(graph)
    optimised = pipeline.optimise(graph)
    return graph, answers, load(
        pipeline.plan(optimised.graph, pipeline.request_for(graph, threads=threads),
                      answers.inputs))


def selftest(session: Session, answers: Golden) -> str:
    """What the self-test of a bundle would say."""
    try:
        check_answers(session.run(answers.inputs), answers)
    except SelftestError as error:
        return str(error)
    return UNCHECKED if answers.doubtful else "passed"


def examine(network: Network, threads: int = 2, timed: bool = True) -> Result:
    """Compiles a network, runs it and ONNX Runtime on the same inputs, and compares."""
    model = with_logits(network.model())
    theirs = onnx_runtime(model, network.bind)
    reference = Recorder(theirs)
    wanted = network.perform(reference)
    graph, answers, session = compile_network(network, model, threads)
    tested = selftest(session, answers)
    if answers.doubtful:
        given = {name: reference.feeds[0][name] for name in graph.inputs}
        tested = selftest(session, pipeline.golden(graph, inputs=given))
    ours = Recorder(session.run)
    found = network.perform(ours)
    real = worst(graph, ours.feeds, ours.results, reference.results)
    noise = seeded_feeds(session.inputs)
    noise_error = worst(graph, [noise], [session.run(noise)], [theirs(noise)])
    plan = session.plan
    session.close()
    times = (race(load(plan, threads=1), theirs, noise) if timed else (0.0, 0.0))
    return Result(network.name, len(graph.nodes), len(plan.steps), plan.arena_bytes,
                  plan.bound_bytes, tested, real, noise_error, tuple(found), tuple(wanted),
                  network.expected, *times)


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
