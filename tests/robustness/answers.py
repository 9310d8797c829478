"""Whether accepted models answer rightly: compiled against interpreted, that against ONNX Runtime.

Both run in processes of their own, because a wrong network may crash or never end.
"""

from __future__ import annotations

import multiprocessing
import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from tests.batch import batch_sources
from tests.compile_cases import difference
from tests.robustness.mutate import spoilt
from tests.robustness.trial import Outcome, place
from tinsmith import pipeline
from tinsmith.dtypes import Array, DType
from tinsmith.emit.names import c_name
from tinsmith.errors import ToolchainError
from tinsmith.importers import load
from tinsmith.interpret import effort, interpret
from tinsmith.ir.graph import Graph
from tinsmith.runtime.session import Session
from tinsmith.schedule.plan import Plan
from tinsmith.toolchain import build

BATCH = 60  # networks in one library
LARGEST_BYTES = 64 << 20  # of all values of a network that is run
LARGEST_MACS = 2 * 10**8
LARGEST_WEIGHT = 1e6
LIMIT_S = 60.0
OTHERWISE = frozenset({"NonMaxSuppression", "MaxUnpool"})
TOLERANCE = {DType.F16: 3e-2, DType.BF16: 2e-1}


def compare(numbers: list[int], seed: int, quick: list[int]) -> Iterator[Outcome]:
    """``wrong`` outcomes among accepted files: ``numbers`` are compiled, ``quick`` interpreted."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        for number in sorted({*numbers, *quick}):
            graph = small_graph(number, seed, Path(folder))
            if graph is not None and is_comparable(graph):
                why = apart(lambda graph=graph: against_ort(graph, Path(folder) / "model.onnx"))
                if why:
                    yield Outcome(number, "differs", "ort", why)
        for first in range(0, len(numbers), BATCH):
            yield from compiled(numbers[first:first + BATCH], seed, Path(folder))


def small_graph(number: int, seed: int, folder: Path) -> Graph | None:
    """The graph of an accepted file, if it is small enough to be run here."""
    model, _ = spoilt(number, seed)
    graph = load(place(model, folder))
    size = sum(kind.size_bytes for kind in graph.types.values())
    macs = sum(graph.macs(node) for node in graph.nodes)
    fits = size <= LARGEST_BYTES and max(macs, effort(graph)) <= LARGEST_MACS
    return graph if fits else None


def is_tame(graph: Graph) -> bool:
    """Whether no weight is so large that the order of operations decides what overflows."""
    floats = [array for array in graph.weights.values() if DType.of(array).is_float]
    with np.errstate(all="ignore"):
        return all((np.abs(array.astype(np.float64)) < LARGEST_WEIGHT).all() for array in floats)


def is_comparable(graph: Graph) -> bool:
    """Whether ONNX Runtime should agree: it gives NonMaxSuppression fewer rows, and MaxUnpool
    another meaning than the standard's own cases.
    """
    return is_tame(graph) and not any(node.op.name in OTHERWISE for node in graph.nodes)


def compiled(numbers: list[int], seed: int, folder: Path) -> Iterator[Outcome]:
    """Outcomes of one batch."""
    graphs = {n: g for n in numbers
              if (g := small_graph(n, seed, folder)) is not None and is_tame(g)}
    plans = {n: pipeline.plan(pipeline.optimise(g).graph, pipeline.request_for(g, threads=2))
             for n, g in graphs.items()}
    for part, why in built(plans):
        for number in part:
            if isinstance(why, str):
                yield Outcome(number, "uncompilable", "build", why)
                continue
            library, plan, graph = why, plans[number], graphs[number]
            found = apart(lambda library=library, plan=plan, graph=graph, number=number:
                          against_interpreter(graph, plan, library, f"fuzz_{number}"))
            if found:
                yield Outcome(number, "wrong", "run", found)


def built(plans: Mapping[int, Plan]) -> Iterator[tuple[list[int], Path | str]]:
    """Numbers with the library they are in; where one does not build, each by itself."""
    if not plans:
        return
    named = {f"fuzz_{n}": plan for n, plan in plans.items()}
    target = next(iter(plans.values())).target
    try:
        yield list(plans), build(batch_sources(named), target, kind="shared")
    except ToolchainError as error:
        if len(plans) == 1:
            yield list(plans), str(error)
            return
        half = len(plans) // 2
        rows = list(plans.items())
        yield from built(dict(rows[:half]))
        yield from built(dict(rows[half:]))


def feeds(graph: Graph) -> dict[str, Array]:
    """Seeded inputs."""
    rng = np.random.default_rng(0)
    found = {}
    for name in graph.inputs:
        kind = graph.types[name]
        data = rng.standard_normal(kind.shape) if kind.dtype.is_float \
            else rng.integers(0, 2, kind.shape)
        found[name] = np.asarray(data).astype(kind.dtype.numpy)
    return found


def differences(got: Mapping[str, Array], want: Mapping[str, Array]) -> str:
    """What is not alike."""
    return "; ".join(
        f"{name}: {why}" for name, array in want.items() if (why := difference(
            got[name], array, TOLERANCE.get(DType.of(array), 1e-3))))


def against_interpreter(graph: Graph, plan: Plan, library: Path, name: str) -> str:
    """The compiled network against the graph as imported."""
    given = feeds(graph)
    return differences(Session(plan, library, c_name(name)).run(given), interpret(graph, given))


def against_ort(graph: Graph, path: Path) -> str:
    """The graph as imported against ONNX Runtime; "" where that refuses the model, or dies of it.

    ONNX Runtime is given a process of its own: its DFT of some damaged files ends in SIGSEGV.
    """
    given, answers = feeds(graph), path.with_suffix(".answers")
    answers.unlink(missing_ok=True)
    apart(lambda: keep_ort_answers(path, given, answers))
    if not answers.is_file():
        return ""
    got = pickle.loads(answers.read_bytes())
    want = interpret(graph, given)
    return differences(got, {n: a for n, a in want.items() if n in got})


def keep_ort_answers(path: Path, given: Mapping[str, Array], answers: Path) -> str:
    """Writes the outputs by name, as ONNX Runtime has them; raises what it raises."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    got = dict(zip(names, session.run(names, dict(given)), strict=True))
    answers.write_bytes(pickle.dumps(got))
    return ""


def apart(task: Callable[[], str], limit_s: float = LIMIT_S) -> str:
    """The task's answer, from a process of its own; how that ended if it gave none."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)

    def answer(channel: Connection) -> None:
        try:
            channel.send(task())
        except BaseException as error:
            channel.send(f"{type(error).__name__}: {error}")

    process = context.Process(target=answer, args=(there,))
    process.start()
    there.close()
    try:
        if not here.poll(limit_s):
            return f"no answer in {limit_s:.0f} s"
        text = here.recv()
        return str(text)
    except EOFError:
        process.join()
        return f"died with exit code {process.exitcode}"
    finally:
        process.kill()
        process.join()
