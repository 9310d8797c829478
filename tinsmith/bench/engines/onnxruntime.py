"""ONNX Runtime: the CPU provider with all optimisations, inputs and outputs bound once."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tinsmith.bench.engine import CannotRunError, Converted, LayerTime, Settings
from tinsmith.dtypes import Array

PROVIDERS = ["CPUExecutionProvider"]


@dataclass(slots=True)
class OnnxRuntimeRunner:
    """A session whose results are written to arrays that stay."""

    session: Any
    model: Path
    settings: Settings
    outputs: dict[str, Array] = field(default_factory=dict)
    binding: Any = None
    bound: Mapping[str, Array] | None = None

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """One inference; other arrays than those of the last run are bound first."""
        if feeds is not self.bound:
            self.bind(feeds)
        self.session.run_with_iobinding(self.binding)
        return self.outputs

    def bind(self, feeds: Mapping[str, Array]) -> None:
        """Names the arrays that runs read and write."""
        self.binding, self.bound = self.session.io_binding(), feeds
        for each in self.session.get_inputs():
            self.binding.bind_cpu_input(each.name, feeds[each.name])
        if not self.outputs:
            found = self.session.run(None, dict(feeds))
            self.outputs = {each.name: np.ascontiguousarray(array) for each, array in
                            zip(self.session.get_outputs(), found, strict=True)}
        for name, array in self.outputs.items():
            self.binding.bind_output(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)

    def layers(self, feeds: Mapping[str, Array], runs: int) -> Sequence[LayerTime]:
        """Mean times of nodes, by a session that writes a trace."""
        with tempfile.TemporaryDirectory() as folder:
            options = session_options(self.settings)
            options.enable_profiling = True
            options.profile_file_prefix = str(Path(folder) / "trace")
            session = load_session(self.model, options)
            for _ in range(runs):
                session.run(None, dict(feeds))
            trace = json.loads(Path(session.end_profiling()).read_bytes())
        seconds: dict[tuple[str, str], float] = defaultdict(float)
        for event in trace:
            name = event.get("name", "")
            if event.get("cat") == "Node" and name.endswith("_kernel_time"):
                key = name.removesuffix("_kernel_time"), event["args"].get("op_name", "")
                seconds[key] += event["dur"] * 1e-6 / runs
        return [LayerTime(name, kind, total) for (name, kind), total in seconds.items()]


@dataclass(frozen=True, slots=True)
class OnnxRuntime:
    """Microsoft's runtime, which takes ONNX files as they are."""

    name: str = "ONNX Runtime"
    requirement: str = "onnxruntime>=1.20"
    precisions: tuple[str, ...] = ("f32",)
    threads_matter: bool = False

    def version(self) -> str:
        """The installed version."""
        return importlib.metadata.version("onnxruntime")

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """Nothing to convert. The binary is the library that all its users ship."""
        runtime = importlib.import_module("onnxruntime")
        libraries = Path(str(runtime.__file__)).parent.glob("capi/*.so*")
        return Converted((model,), tuple(libraries))

    def load(self, model: Path, converted: Converted, settings: Settings) -> OnnxRuntimeRunner:
        """A session; it optimises the graph now."""
        return OnnxRuntimeRunner(load_session(model, session_options(settings)), model, settings)


def session_options(settings: Settings) -> Any:
    """Threads as asked; all else at its default, which is the fastest: all optimisations, spin."""
    options = importlib.import_module("onnxruntime").SessionOptions()
    options.intra_op_num_threads = settings.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return options


def load_session(model: Path, options: Any) -> Any:
    """The session of a model; it refuses what it cannot run."""
    try:
        return importlib.import_module("onnxruntime").InferenceSession(
            str(model), options, PROVIDERS)
    except Exception as error:  # its errors share no class but this
        raise CannotRunError(str(error).strip().splitlines()[0]) from error


ENGINE = OnnxRuntime()
