"""OpenVINO: its own optimiser, LATENCY hint, memory of inputs and outputs shared."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tinsmith.bench.engine import CannotRunError, Converted, LayerTime, Runner, Settings
from tinsmith.bench.failure import reason
from tinsmith.dtypes import Array

LIBRARIES = ("libopenvino.so*", "libopenvino_ir_frontend.so*", "libopenvino_intel_cpu_plugin.so*",
             "libtbb.so*")
"""What runs an IR file on the CPU."""


@dataclass(frozen=True, slots=True)
class OpenVino:
    """The engine."""

    name: str = "OpenVINO"
    requirement: str = "openvino>=2024.4"
    precisions: tuple[str, ...] = ("f32", "bf16")
    threads_matter: bool = False

    def version(self) -> str:
        """The installed version."""
        return importlib.metadata.version(importlib.import_module("openvino").__name__)

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """Its intermediate representation: graph in .xml, weights in .bin."""
        openvino = importlib.import_module("openvino")
        target = folder / "model.xml"
        try:
            openvino.save_model(openvino.convert_model(model), target, compress_to_fp16=False)
        except Exception as error:
            raise CannotRunError(f"conversion to IR: {reason(error)}") from error
        libraries = Path(openvino.__file__ or "").parent / "libs"
        return Converted((target, target.with_suffix(".bin")),
                         tuple(path for name in LIBRARIES for path in libraries.glob(name)))

    def load(self, model: Path, converted: Converted, settings: Settings) -> Runner:
        """A compiled model with one request, which keeps its tensors."""
        try:
            compiled = compile_model(converted.files[0], settings, profiled=False)
        except RuntimeError as error:
            raise CannotRunError(f"compile_model: {reason(error)}") from error
        names = tuple(port.get_any_name() for port in compiled.outputs)
        return OpenVinoRunner(converted.files[0], settings, compiled.create_infer_request(), names)


def compile_model(path: Path, settings: Settings, profiled: bool) -> Any:
    """The model for this machine.

    The precision is said because the default is bfloat16 where the machine has it. Threads stay
    unpinned: it made no difference on free cores, and pinned threads cannot leave a busy one.
    """
    return importlib.import_module("openvino").Core().compile_model(path, "CPU", {
        "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": settings.threads,
        "INFERENCE_PRECISION_HINT": settings.precision,
        "ENABLE_CPU_PINNING": False, "PERF_COUNT": profiled,
    })


@dataclass(slots=True)
class OpenVinoRunner:
    """One request. Its results lie in the request's memory until the next run."""

    path: Path
    settings: Settings
    request: Any
    outputs: tuple[str, ...]
    given: dict[str, Array] = field(default_factory=dict)

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Runs on the arrays' own memory; those given last time are set already."""
        if any(self.given.get(name) is not array for name, array in feeds.items()):
            set_inputs(self.request, feeds)
            self.given = dict(feeds)
        results = self.request.infer(None, share_outputs=True)
        return dict(zip(self.outputs, results.values(), strict=True))

    def layers(self, feeds: Mapping[str, Array], runs: int) -> Sequence[LayerTime] | None:
        """Its profile, from a second model that is compiled to count."""
        request = compile_model(self.path, self.settings, profiled=True).create_infer_request()
        set_inputs(request, feeds)
        request.infer()
        total: dict[tuple[str, str], float] = defaultdict(float)
        for _ in range(runs):
            request.infer()
            for info in request.get_profiling_info():
                if info.status.name == "EXECUTED":
                    total[info.node_name, info.node_type] += info.real_time.total_seconds()
        return [LayerTime(name, kind, seconds / runs) for (name, kind), seconds in total.items()]


def set_inputs(request: Any, feeds: Mapping[str, Array]) -> None:
    """Has the request read its inputs where they lie."""
    tensor = importlib.import_module("openvino").Tensor
    for name, array in feeds.items():
        request.set_tensor(name, tensor(np.ascontiguousarray(array), shared_memory=True))


ENGINE = OpenVino()
