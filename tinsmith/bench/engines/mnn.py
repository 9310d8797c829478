"""MNN: its converter preferring speed, its nn interface, float32 on every path.

The console script ``mnnconvert`` is not used: it installs a package and reports what it converted.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinsmith.bench import ports
from tinsmith.bench.engine import CannotRunError, Converted, LayerTime, Runner, Settings
from tinsmith.bench.failure import reason
from tinsmith.bench.ports import Ports
from tinsmith.dtypes import Array

CONVERT = "import sys, _tools; _tools.mnnconvert(['mnnconvert', *sys.argv[1:]])"
OPTIONS = ("--optimizePrefer", "2", "--useOriginRNNImpl", "--bizCode", "bench")
"""Preferring speed; LSTM as one operator, because as a loop of others the converter crashes."""
DEBUG = 0  # the session mode that calls back around each operator


@dataclass(frozen=True, slots=True)
class Mnn:
    """The engine. On x86 its wheel computes in float32 whatever precision it is asked for."""

    name: str = "MNN"
    requirement: str = "MNN>=3.0"
    precisions: tuple[str, ...] = ("f32",)
    threads_matter: bool = False

    def version(self) -> str:
        """The installed version."""
        return importlib.metadata.version(importlib.import_module("MNN").__name__)

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """One file with graph and weights."""
        target = folder / "model.mnn"
        done = subprocess.run([sys.executable, "-c", CONVERT, "-f", "ONNX", "--modelFile",
                               str(model), "--MNNModel", str(target), *OPTIONS],
                              capture_output=True, text=True, errors="replace", check=False)
        if done.returncode or not target.is_file():
            raise CannotRunError(f"mnnconvert: {reason(done.stderr or done.stdout)}")
        ports.write(ports.of_model(model), folder)
        site = Path(importlib.import_module("_mnncengine").__file__ or "").parent
        return Converted((target,), (*site.glob("_mnncengine.*.so"),
                                     *(site / "mnn.libs").glob("*.so*")))

    def load(self, model: Path, converted: Converted, settings: Settings) -> Runner:
        """A module of fixed shapes, its weights arranged at once."""
        nn = importlib.import_module("MNN.nn")
        path, = converted.files
        known = ports.read(path.parent)
        manager = nn.create_runtime_manager((config(settings),))
        module = nn.load_module_from_file(
            str(path), [port.name for port in known.inputs], [port.name for port in known.outputs],
            runtime_manager=manager, shape_mutable=False, rearrange=True)
        return MnnRunner(module, manager, path, known, settings)


def config(settings: Settings) -> dict[str, object]:
    """What its own benchmark sets for speed on the CPU."""
    return {"backend": "CPU", "precision": "high", "power": "high", "memory": "normal",
            "numThread": settings.threads}


@dataclass(frozen=True, slots=True)
class MnnRunner:
    """A module and the runtime that it needs."""

    module: Any
    manager: Any
    path: Path
    ports: Ports
    settings: Settings

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Its interface copies inputs and outputs; there is no other."""
        expr = importlib.import_module("MNN.expr")
        results = self.module.forward([
            expr.const(feeds[port.name], list(port.shape), expr.NCHW, expr.float)
            for port in self.ports.inputs])
        return {port.name: result.read().reshape(port.shape)
                for port, result in zip(self.ports.outputs, results, strict=True)}

    def layers(self, feeds: Mapping[str, Array], runs: int) -> Sequence[LayerTime] | None:
        """Times between callbacks, in a session of the older interface, which has them."""
        mnn = importlib.import_module("MNN")
        interpreter = mnn.Interpreter(str(self.path))
        interpreter.setSessionMode(DEBUG)
        session = interpreter.createSession(config(self.settings))
        for name, array in feeds.items():
            interpreter.getSessionInput(session, name).copyFrom(mnn.Tensor(
                array.shape, mnn.Halide_Type_Float, array, mnn.Tensor_DimensionType_Caffe))
        interpreter.runSession(session)
        clock = Clock(defaultdict(float))
        for _ in range(runs):
            interpreter.runSessionWithCallBackInfo(session, clock.begin, clock.end)
        return [LayerTime(name, kind, seconds / runs)
                for (name, kind), seconds in clock.seconds.items()]


@dataclass(slots=True)
class Clock:
    """Adds up the time between the callbacks before and after each operator."""

    seconds: dict[tuple[str, str], float]
    start: float = 0.0

    def begin(self, tensors: object, operator: Any) -> bool:
        """Called before an operator; False would leave it out."""
        self.start = time.perf_counter()
        return True

    def end(self, tensors: object, operator: Any) -> bool:
        """Called after an operator; False would end the run."""
        seconds = time.perf_counter() - self.start
        self.seconds[operator.getName(), operator.getType()] += seconds
        return True


ENGINE = Mnn()
