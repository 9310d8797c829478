"""What becomes of one model file on its way to C text, as one word and a sentence."""

from __future__ import annotations

import re
import resource
import signal
import time
import traceback
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.robustness.corpus import Seed
from tinsmith import pipeline
from tinsmith.emit.binding import binding
from tinsmith.emit.host import emit
from tinsmith.emit.interface import describe
from tinsmith.emit.names import c_name
from tinsmith.errors import InternalError, UserError
from tinsmith.importers import load
from tinsmith.ir.graph import Graph
from tinsmith.ir.text import text

LIMIT_S = 10  # of the processor's time: other work on the machine counts for nothing
GRACE_S = 5  # more until a process that does not heed its alarm is ended
PROOF_S = 30  # what takes longer to try out is left untried
LIMIT_BYTES = 2 << 30
TARGETS = ("native", "native", "c", "odroid-c2", "zuluko", "cortex-m7")
ONE_LINE = re.compile(r"[a-z]+: [^\n]+: expected [^\n]+, got:? [^\n]*; [^\n]+")
FINE = ("accepted", "refused")


class HangError(BaseException):
    """Ten seconds are over. No ``except Exception`` may catch it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``accepted`` or ``refused``, or a finding: ``unclear``, ``crash``, ``hang`` ..."""

    number: int
    verdict: str
    stage: str
    why: str
    seed: str = ""
    what: str = ""
    seconds: float = 0.0

    def row(self) -> dict[str, object]:
        """For the log of a run."""
        return asdict(self)


def limit_memory() -> None:
    """No process may hold more than 2 GB: what is mapped now and not in memory comes on top."""
    fields = dict(line.split(":", 1) for line in
                  Path("/proc/self/status").read_text().splitlines() if ":" in line)
    mapped, held = (int(fields[k].split()[0]) << 10 for k in ("VmSize", "VmRSS"))
    limit = LIMIT_BYTES + mapped - held
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def limit_time(seconds: int = LIMIT_S) -> None:
    """An exception when the time is over, and the end a little later."""
    used = time.process_time()
    signal.signal(signal.SIGPROF, _alarm)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + seconds + GRACE_S, -1))


def _alarm(signum: int, frame: object) -> None:
    raise HangError


def place(model: Seed, folder: Path) -> Path:
    """Writes the model and its files; the path of the model."""
    for name, data in model.files.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != len(data):
            file.write_bytes(data)
    for old in folder.iterdir():
        if old.name not in model.files:
            old.unlink()
    path = folder / "model.onnx"
    path.write_bytes(model.data)
    return path


def attempt(path: Path, number: int, stages: list[str]) -> Graph:
    """The whole way; ``stages`` grows, so that the caller knows where it ended."""
    stages.append("import")
    graph = load(path)
    stages.append("optimise")
    optimised = pipeline.optimise(graph, paranoid=False).graph
    text(optimised)
    stages.append("schedule")
    plan = pipeline.plan(
        optimised, pipeline.request_for(graph, TARGETS[number % len(TARGETS)]))
    stages.append("emit")
    name = c_name(plan.name)
    emit(plan, name)
    binding(name)
    describe(plan, name)
    return graph


def trial(model: Seed, number: int, folder: Path) -> Outcome:
    """The outcome for one model. The process must have a limit of memory already."""
    path = place(model, folder)
    stages: list[str] = ["start"]
    start, seconds = time.process_time(), 0.0
    limit_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            graph = attempt(path, number, stages)
        seconds = time.process_time() - start
        verdict, why = "accepted", wrong_change(graph)
        if why:
            verdict, stages = "wrong", [*stages, "prove"]
    except UserError as error:
        why = str(error)
        clear = ONE_LINE.fullmatch(why) and why.isprintable() and len(why) < 2000
        verdict = "refused" if clear else "unclear"
        if "MemoryError" in why or "Unable to allocate" in why:
            verdict = "memory"
    except HangError as error:
        verdict, why = "hang", _where(error)
    except MemoryError as error:
        verdict, why = "memory", _where(error)
    except BaseException as error:
        verdict, why = "crash", _where(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return Outcome(number, verdict, stages[-1], why,
                   seconds=seconds or time.process_time() - start)


def wrong_change(graph: Graph) -> str:
    """What a paranoid manager says of the passes on this graph, "" if nothing.

    What is too much work, or too much memory, is left untried.
    """
    limit_time(PROOF_S)
    try:
        pipeline.optimise(graph, paranoid=True)
    except (HangError, MemoryError):
        return ""
    except InternalError as error:
        return "" if isinstance(error.__cause__, MemoryError) else str(error)
    return ""


def _where(error: BaseException) -> str:
    """Type, text and the innermost frames in this project."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/tinsmith/" in f.filename]
    cause = error.__cause__
    while cause is not None:
        frames += [f for f in traceback.extract_tb(cause.__traceback__)
                   if "/tinsmith/" in f.filename]
        cause = cause.__cause__
    shown = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[::-1][:4])
    return f"{type(error).__name__}: {str(error)[:300]} [{shown}]"
