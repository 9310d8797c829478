"""The one place with an order: import, passes, schedule, emit, build."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tinsmith.dtypes import Array, DType
from tinsmith.emit.bundle import MANIFEST, Golden, Recipe, bundle
from tinsmith.errors import DataError, UnsupportedError, UntestedWarning, UsageError
from tinsmith.interpret import effort
from tinsmith.ir.digest import digest, digest_of_arrays
from tinsmith.ir.graph import Graph
from tinsmith.passes.manager import Optimised, PassRun, run
from tinsmith.passes.standard import FUSIONS, STANDARD, bound_to, lowering
from tinsmith.request import POLICIES, Numerics, Prefer, Request
from tinsmith.runtime.compare import check_answers
from tinsmith.runtime.core import measured
from tinsmith.runtime.golden import golden as find_golden
from tinsmith.runtime.golden import method, read_golden, write_golden
from tinsmith.runtime.likely import likely_feeds
from tinsmith.runtime.rounding import effect, read_effect, write_effect
from tinsmith.runtime.session import Session
from tinsmith.runtime.session import load as load_session
from tinsmith.runtime.tunings import timings_for
from tinsmith.schedule.assemble import schedule
from tinsmith.schedule.budget import total
from tinsmith.schedule.plan import Plan
from tinsmith.targets import Target, find
from tinsmith.toolchain.baremetal import bare_metal_files
from tinsmith.toolchain.cache import Cache, default_root
from tinsmith.toolchain.compiler import NUMBERS, is_host

Progress = Callable[[str], None]
GOLDEN_LIMIT = 10**12  # additions of numpy
QUICK = 10**9  # of these are a second or two
SHARE = 0.5  # of what an output may be off by, for fast algorithms


def request_for(graph: Graph, target: str = "native", threads: int | None = None, *,
                compiler: str = "zig", exact: bool = False, precision: str = "f32",
                prefer: Prefer = "time", keep: Sequence[str] = (),
                say: Progress | None = None) -> Request:
    """What is asked for a network as imported; all stages take it.

    The core of 'native' is measured, once, for a second or two (``runtime.core``).

    Args:
        graph: the network: one of halves has at least its own precision.
        target: a name that ``tinsmith targets`` prints.
        threads: the most threads that it may use; all cores of the target by default.
        compiler: the one that will build it.
        exact: keep to direct algorithms.
        precision: 'f32'; 'bf16': activations and weights of convolutions stored as bfloat16;
            'f16': weights of layers that wait for memory stored as float16; 'auto': those of them
            that it makes quicker, as far as the rounding has room. Arithmetic is float32.
        keep: names of nodes that stay float32 all the same.
        prefer: what to save, 'time' or 'memory' (``Request.prefer``).
        say: called before the core is measured.

    Raises:
        TargetError: the target is unknown.
        UsageError: there is no such precision, or no such node.
    """
    policy = precision_of(graph, precision)
    check_kept(graph, policy, keep)
    machine = measured(find(target), compiler, say=say or (lambda what: None))
    count = threads if threads is not None else machine.core_count
    return Request(machine, max(1, count), compiler,
                   Numerics(policy, tuple((name, "f32") for name in keep), exact), prefer)


def check_kept(graph: Graph, policy: str, keep: Sequence[str]) -> None:
    """Refuses names of nodes that are kept float32 where there are none, or nothing to keep from.

    Raises:
        UsageError: the text says which.
    """
    known = {name for node in graph.nodes for name in (node.name, *node.origin)}
    for name in keep:
        if policy == "f32":
            raise UsageError(f"optimise: node '{name}': expected a precision to keep it from, "
                             "got f32; ask for one with --precision")
        if name not in known:
            raise UsageError(f"optimise: node '{name}': expected a node of network "
                             f"'{graph.name}', got none; tinsmith inspect lists them")


def optimise(graph: Graph, request: Request | None = None,
             explain: Callable[[PassRun], None] | None = None, dump: Path | None = None,
             limit: int | None = None, paranoid: bool | None = None) -> Optimised:
    """The graph after all passes, with their log. See ``passes.manager.run``.

    ``request``: what it is for; ``request_for`` the graph by default. ``paranoid``: each change is
    tried out on numbers.

    Raises:
        InternalError: a pass is wrong.
    """
    request = request or request_for(graph)
    return run(graph, (*STANDARD, *FUSIONS, *bound_to(request),
                       *lowering(request.numerics)), explain=explain,
               dump=dump, limit=limit, paranoid=paranoid)


def precision_of(graph: Graph, asked: str = "f32") -> str:
    """The precision of a network as imported: what was asked, or its own where that is lower.

    Raises:
        UsageError: there is no such precision.
    """
    if asked not in POLICIES:
        raise UsageError(f"optimise: precision '{asked}': expected one of {', '.join(POLICIES)}, "
                         f"got '{asked}'; choose one of them")
    kinds = {graph.types[value].dtype for node in graph.nodes
             for value in (*node.inputs, *node.outputs) if value and value not in graph.weights}
    own = "bf16" if DType.BF16 in kinds else "f16" if DType.F16 in kinds else "f32"
    return max(asked, own, key=("f32", "f16", "auto", "bf16").index)


def plan(graph: Graph, request: Request | None = None,
         inputs: Mapping[str, Array] | None = None) -> Plan:
    """The plan of an optimised graph. What ``tune`` has measured on the target decides in it.

    Args:
        graph: what to run.
        request: for which it was optimised; ``request_for`` the graph by default.
        inputs: such as the network will see; where fast algorithms would take more than half of
            what an output may be off by, fewer are used.
    """
    request = request or request_for(graph)
    timings = timings_for(request)
    made = schedule(graph, request, timings)
    if inputs is None or not made.roundings:
        return made
    share = effect_of(graph, made, inputs)
    if share <= SHARE:
        return made
    return schedule(graph, request, timings, total(tuple(made.roundings.values())) * SHARE / share)


def effect_of(graph: Graph, made: Plan, inputs: Mapping[str, Array]) -> float:
    """What the plan's rounding does to answers (``runtime.rounding``), kept in the build cache."""
    precision = made.request.numerics.policy
    key = hashlib.sha256(f"effect {method()} {precision} {digest_of_arrays(inputs)} "
                         f"{digest(graph)} {sorted(made.roundings.items())}".encode()).hexdigest()
    cache = Cache(default_root())
    entry = cache.fetch(key) or cache.publish(key, lambda folder: write_effect(
        folder, effect(graph, made.roundings, inputs, precision)))
    return read_effect(entry)


def compile(
    graph: Graph,
    *,
    target: str = "native",
    threads: int | None = None,
    compiler: str = "zig",
    exact: bool = False,
    precision: str = "f32",
    prefer: Prefer = "time",
    keep: Sequence[str] = (),
    check: bool | None = None,
    progress: Progress | None = None,
) -> Session:
    """Compiles a graph for this machine and loads it. See ``request_for``.

    Args:
        check: whether the network is put to its self-test (``golden``); by default where that
            takes no more than a second or two. ``session.tested`` says whether it was.

    Warns:
        UntestedWarning: it was not, because that would take long.

    Raises:
        SelftestError: it does not give the network's answers.
        UsageError: there is no such precision.
        UnsupportedError: a node has no kernel for the target.
        TargetError: the target is unknown.
        ToolchainError: the compiler is missing or fails.
    """
    say = progress or (lambda what: None)
    say("optimising")
    request = request_for(
        graph, target, threads, compiler=compiler, exact=exact, precision=precision,
        prefer=prefer, keep=keep, say=say)
    optimised = optimise(graph, request).graph
    answers = None
    if check or (check is None and effort(graph) <= QUICK):
        say("computing golden vectors")
        answers = golden(graph, request.numerics.policy)
    say("scheduling")
    made = plan(optimised, request, answers.inputs if answers else None)
    say(f"building {len(made.steps)} steps")
    session = load_session(made, compiler)
    session.graph = graph
    if answers:
        say("running the self-test")
        check_answers(session.run(answers.inputs), answers)
        session.reset()
        session.tested = True
    elif check is None:
        say("not tested")
        warnings.warn(
            f"compile: network '{graph.name}': expected a self-test, got none, because it would "
            "take a while; check=True runs it, check=False says that you know", UntestedWarning,
            stacklevel=2)
    return session


def golden(graph: Graph, precision: str = "f32",
           inputs: Mapping[str, Array] | None = None) -> Golden:
    """Answers for a self-test: see ``runtime.golden``.

    The interpreter is slow, so they are kept in the build cache under the graph's hash.

    Args:
        graph: the network as imported.
        precision: for which it is compiled.
        inputs: what to run it on; inputs that look like the network's own by default.

    Raises:
        UnsupportedError: it would take hours.
    """
    additions = effort(graph)
    if additions > GOLDEN_LIMIT:
        raise UnsupportedError(
            f"save: network '{graph.name}': expected at most {GOLDEN_LIMIT:.0e} operations for a "
            f"self-test, got {additions:.0e}; make its input smaller")
    candidates = [("given", inputs)] if inputs is not None else likely_feeds(graph)
    given = "" if inputs is None else digest_of_arrays(inputs)
    key = hashlib.sha256(
        f"golden {method()} {precision} {given} {digest(graph)}".encode()).hexdigest()
    cache = Cache(default_root())
    entry = cache.fetch(key) or cache.publish(
        key, lambda folder: write_golden(folder, find_golden(graph, candidates, precision)))
    return read_golden(entry, graph)


def recipe(target: Target) -> Recipe:
    """How a bundle for this target is built by hand."""
    zig = ("-target", target.zig_target, f"-mcpu={target.zig_cpu}")
    zig_baseline = ("-target", target.zig_target, f"-mcpu={target.zig_baseline}")
    flags = (*NUMBERS, *target.flags)
    if target.bare_metal:
        emulator = (f"{target.qemu} -M {target.qemu_machine} -nographic -monitor none -serial null "
                    "-semihosting-config enable=on,target=native -kernel")
        return Recipe(target.gcc, flags, target.gcc_flags, zig, target.baseline_flags,
                      zig_baseline, emulator, bare_metal_files(target))
    return Recipe("cc" if is_host(target) else target.gcc, flags, target.gcc_flags, zig,
                  target.baseline_flags, zig_baseline)


def bundle_files(graph: Graph, made: Plan, name: str | None = None,
                 answers: Golden | None = None) -> dict[str, bytes]:
    """The files of a bundle. See ``save`` for the arguments.

    ``name``: its name in C; ``answers``: of its self-test.
    """
    policy = precision_of(graph, made.request.numerics.policy)
    numerics = replace(made.request.numerics, policy=policy)
    made = replace(made, request=replace(made.request, numerics=numerics))
    answers = answers or golden(graph, policy)
    return bundle(made, answers, recipe(made.target), name)


def save(graph: Graph, made: Plan, folder: str | Path) -> Path:
    """Writes a bundle: all of it, or nothing.

    Args:
        graph: the network as imported; its interpreter gives the golden vectors.
        made: the plan of its optimised form.
        folder: where to; a bundle that lies there is replaced.

    Raises:
        DataError: the folder holds something else, or cannot be written.
    """
    folder = Path(folder)
    write_folder(folder, bundle_files(graph, made))
    return folder


def check_folder(folder: Path) -> None:
    """Refuses a folder that holds anything but a bundle.

    Raises:
        DataError: it is a file, or holds other files, or cannot be looked at.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise DataError(f"save: folder '{folder}': expected a folder, got a file; "
                            "choose another name")
        if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
            raise DataError(f"save: folder '{folder}': expected an empty folder or a bundle, got "
                            "other files; choose another name or empty it")
    except OSError as error:
        raise DataError(f"save: folder '{folder}': expected a folder to write to, got "
                        f"{error.strerror}; choose another folder") from error


def write_folder(folder: Path, files: Mapping[str, bytes], programs: Sequence[str] = ()) -> None:
    """Puts ``files`` into ``folder`` in one step; an earlier bundle there is replaced.

    ``programs`` names those that can be executed.
    """
    check_folder(folder)
    staging: Path | None = None
    try:
        folder = folder.resolve()
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        for name, data in files.items():
            path = staging / "new" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            if name in programs:
                path.chmod(0o755)
        if folder.exists():
            folder.rename(staging / "old")
        try:
            (staging / "new").rename(folder)
        except OSError:
            if (staging / "old").exists():
                (staging / "old").rename(folder)
            raise
    except OSError as error:
        raise DataError(f"save: folder '{folder}': expected to write "
                        f"{sum(map(len, files.values()))} bytes there, got "
                        f"{error.strerror or error}; free some space or choose another folder"
                        ) from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
