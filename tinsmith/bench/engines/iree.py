"""IREE: its compiler for the CPU at -O3, its runtime with as many workers as threads.

ONNX Runtime folds BatchNorm first (its basic level, standard operators only), for IREE's importer
does not. No option suits every convolutional network, so the conversion compiles each of
``VARIANTS`` and keeps the one whose best of ten runs is fastest. What led to them (one thread, CPU
time in ms, one run each on a busy machine): squeezenet1.1 im2col 10, channels last 37, neither 96;
mobilenetv2 18, 14, 26. Tried without gain on both: microkernels, convolutions in data tiling, both
variants at once; on mobilenetv2 alone: the transposing pipeline.
One thread runs on local-sync, which starts no workers.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import subprocess
import sysconfig
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinsmith.bench.engine import CannotRunError, Converted, Settings
from tinsmith.bench.failure import converting, reason
from tinsmith.dtypes import Array

FLAGS = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=llvm-cpu",
         "--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O3", "--iree-opt-data-tiling")
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "im2col": ("--iree-global-opt-use-im2col-for-convs",),
    "channels-last": ("--iree-preprocessing-pass-pipeline=builtin.module(util.func("
                      "iree-preprocessing-convert-conv-to-channels-last))",),
}
TRIAL_RUNS = 10
FUNCTION = "network"


@dataclass(frozen=True, slots=True)
class Iree:
    """The compiler and runtime of the MLIR family."""

    name: str = "IREE"
    requirement: str = "iree-base-compiler iree-base-runtime onnxruntime"
    precisions: tuple[str, ...] = ("f32",)

    def version(self) -> str:
        """That of compiler and runtime, which go together."""
        importlib.import_module("iree.runtime")
        return importlib.metadata.version("iree-base-compiler")

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """The fastest of the variants, as one file of code and weights."""
        with converting():
            source = folder / "model.mlir"
            feeds, outputs = prepare(model, source)
            times = {}
            for name, flags in VARIANTS.items():
                path = folder / f"{name}.vmfb"
                command("iree-compile", source, "-o", path, *FLAGS, *flags)
                times[path] = best(path, feeds, outputs, settings.threads)
            source.unlink()
        code, names = folder / "model.vmfb", folder / "names.json"
        min(times, key=lambda path: times[path]).rename(code)
        for path in times:
            path.unlink(missing_ok=True)
        names.write_text(json.dumps([list(feeds), outputs]))
        runtime = Path(importlib.import_module("iree._runtime_libs").__file__ or "").parent
        return Converted((code, names), tuple(runtime.glob("_runtime*.so")))

    def load(self, model: Path, converted: Converted, settings: Settings) -> IreeRunner:
        """The code, mapped into memory."""
        code, names = converted.files
        inputs, outputs = json.loads(names.read_text())
        try:
            return IreeRunner(code, inputs, outputs, settings.threads)
        except (RuntimeError, ValueError) as error:
            raise CannotRunError(f"load: {reason(error)}") from error


class IreeRunner:
    """The function of a module on a device."""

    def __init__(self, path: Path, inputs: Sequence[str], outputs: Sequence[str],
                 threads: int) -> None:
        """``inputs`` and ``outputs``: the names, in the order of the function's."""
        runtime: Any = importlib.import_module("iree.runtime")
        if threads > 1:
            runtime.flags.parse_flags(f"--task_topology_group_count={threads}")
        driver = runtime.get_driver("local-task" if threads > 1 else "local-sync")
        config = runtime.Config(device=driver.create_default_device())
        module = runtime.VmModule.mmap(config.vm_instance, str(path))
        context = runtime.SystemContext(vm_modules=[module], config=config)
        self._call = context.modules[module.name][FUNCTION]
        self._inputs = tuple(inputs)
        self._outputs = tuple(outputs)

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """One inference; inputs are copied to the device, results lie in mapped memory."""
        results = self._call(*(feeds[name] for name in self._inputs))
        arrays = results if isinstance(results, tuple) else (results,)
        return {name: y.to_host() for name, y in zip(self._outputs, arrays, strict=True)}

    def layers(self, feeds: Mapping[str, Array], runs: int) -> None:
        """Nothing: its times are of dispatches, which need the Tracy build of the runtime."""


def prepare(model: Path, target: Path) -> tuple[dict[str, Array], list[str]]:
    """Writes the network as MLIR; gives inputs of zeros and the names of the outputs."""
    onnx: Any = importlib.import_module("onnx")
    ort: Any = importlib.import_module("onnxruntime")
    folded = target.with_suffix(".onnx")
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folded)
    options.log_severity_level = 4
    session = ort.InferenceSession(model, options, ["CPUExecutionProvider"])
    network = onnx.load(folded)
    network.graph.name = FUNCTION
    onnx.save(network, folded)
    command("iree-import-onnx", folded, "-o", target)
    folded.unlink()
    kinds = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32}
    feeds = {port.name: np.zeros(port.shape, kinds[port.type]) for port in session.get_inputs()}
    return feeds, [port.name for port in session.get_outputs()]


def command(name: str, *arguments: object) -> None:
    """Runs a program that pip has put beside Python."""
    program = Path(sysconfig.get_path("scripts")) / name
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        errors = [line.partition("error:")[2] for line in done.stderr.splitlines()
                  if "error:" in line]
        raise CannotRunError(f"{name}: {reason(errors[0] if errors else done.stderr)}")


def best(path: Path, feeds: Mapping[str, Array], outputs: Sequence[str], threads: int) -> float:
    """The seconds of the fastest of some runs."""
    runner = IreeRunner(path, tuple(feeds), outputs, threads)
    times = []
    for _ in range(TRIAL_RUNS):
        start = time.perf_counter()
        runner.run(feeds)
        times.append(time.perf_counter() - start)
    return min(times)


ENGINE = Iree()
