"""Apache TVM: the exported module through Relax, tuned by MetaSchedule, compiled by LLVM.

Budget of tuning: ``TRIALS`` measurements for a network, at most ``TRIALS_EACH`` for one kind of
layer. It is no option: without it TVM's convolutions are plain loops (squeezenet1.1 at 750 ms on
one thread of a busy machine), which nobody would ship. So a network that cannot be tuned is a dash.
Tuning runs in a child process, for with apache-tvm 0.27.0.post1 and apache-tvm-ffi 0.1.15.post2 it
ended in a segmentation fault, before its first trial. A tuned network has not been seen yet.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinsmith.bench.engine import CannotRunError, Converted, Settings
from tinsmith.bench.failure import LIMIT_SECONDS, converting, reason
from tinsmith.dtypes import Array

TRIALS = 256
TRIALS_EACH = 16


@dataclass(frozen=True, slots=True)
class Tvm:
    """The compiler with a search for schedules."""

    name: str = "Apache TVM"
    requirement: str = "apache-tvm torch xgboost psutil"
    precisions: tuple[str, ...] = ("f32",)

    def version(self) -> str:
        """That of the package."""
        importlib.import_module("tvm")
        return importlib.metadata.version("apache-tvm")

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """A shared library with its weights."""
        with converting():
            tune(model, folder, settings.threads, TRIALS)
        library = Path(importlib.import_module("tvm").__file__ or "").parent
        return Converted((folder / "model.so", folder / "names.json"),
                         tuple(library.glob("**/libtvm_runtime*.so")))

    def load(self, model: Path, converted: Converted, settings: Settings) -> TvmRunner:
        """The library in a virtual machine of Relax."""
        os.environ["TVM_NUM_THREADS"] = str(settings.threads)
        code, names = converted.files
        inputs, outputs = json.loads(names.read_text())
        return TvmRunner(code, tuple(inputs), tuple(outputs))


class TvmRunner:
    """The function ``main`` of a virtual machine."""

    def __init__(self, code: Path, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        """``inputs`` and ``outputs``: the names, in the order of the function's."""
        tvm: Any = importlib.import_module("tvm")
        relax: Any = importlib.import_module("tvm.relax")
        machine = relax.VirtualMachine(tvm.runtime.load_module(str(code)), tvm.cpu())
        self._call, self._tensor = machine["main"], tvm.runtime.tensor
        self._inputs, self._outputs = inputs, outputs

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """One inference; inputs and outputs are copied."""
        results = self._call(*(self._tensor(feeds[name]) for name in self._inputs))
        arrays = [results] if hasattr(results, "numpy") else list(results)
        return {name: y.numpy() for name, y in zip(self._outputs, arrays, strict=True)}

    def layers(self, feeds: Mapping[str, Array], runs: int) -> None:
        """Nothing yet."""


def tune(model: Path, folder: Path, threads: int, trials: int) -> None:
    """Runs ``build`` in a child, which must not outlive its limit."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, model, folder, str(threads), str(trials)],
        capture_output=True, text=True, timeout=LIMIT_SECONDS,
        env={**os.environ, "TVM_NUM_THREADS": str(threads)})
    if done.returncode < 0:
        raise CannotRunError("tuning: MetaSchedule crashed with "
                             f"{signal.Signals(-done.returncode).name}")
    if done.returncode:
        raise CannotRunError(f"tuning: {reason(done.stderr)}")


def build(model: Path, folder: Path, threads: int, trials: int) -> None:
    """Imports, tunes, compiles and writes the network."""
    import torch
    import tvm
    from tvm import relax
    from tvm.relax.frontend.torch import from_exported_program

    from tinsmith.bench.torch_network import torch_network

    network = torch_network(model)
    with torch.no_grad():
        program = torch.export.export(network.module, network.zeros)
    module = from_exported_program(program, keep_params_as_input=False)
    target = tvm.target.Target({"kind": "llvm", "num-cores": threads,
                                "mcpu": tvm.target.codegen.llvm_get_system_cpu()})
    if trials:
        module = relax.get_pipeline(
            "static_shape_tuning", total_trials=trials, target=target,
            work_dir=str(folder / "tuning"), max_trials_per_task=TRIALS_EACH)(module)
    tvm.compile(module, target=target).export_library(str(folder / "model.so"))
    (folder / "names.json").write_text(json.dumps([network.inputs, network.outputs]))


ENGINE = Tvm()

if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
