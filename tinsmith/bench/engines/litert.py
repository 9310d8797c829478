"""LiteRT with XNNPACK: our own export to .tflite, run by its interpreter."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinsmith.bench import ports
from tinsmith.bench.engine import CannotRunError, Converted, LayerTime, Runner, Settings
from tinsmith.bench.failure import reason
from tinsmith.bench.ports import Ports
from tinsmith.dtypes import Array
from tinsmith.errors import UnsupportedError

LIBRARIES = ("_pywrap_litert_interpreter_wrapper.so", "libpywrap_litert_common.so")


@dataclass(frozen=True, slots=True)
class LiteRt:
    """The engine. XNNPACK takes all operators that it knows; that is the interpreter's default."""

    name: str = "LiteRT"
    requirement: str = "ai-edge-litert>=1.2"
    precisions: tuple[str, ...] = ("f32",)
    threads_matter: bool = False

    def version(self) -> str:
        """The installed version."""
        importlib.import_module("ai_edge_litert.interpreter")
        return importlib.metadata.version("ai-edge-litert")

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """The same graph, batch normalisation folded, activations fused, channels last."""
        from tinsmith.exporters.tflite import export
        from tinsmith.importers import load
        from tinsmith.passes.manager import run
        from tinsmith.passes.standard import STANDARD

        target = folder / "model.tflite"
        try:
            target.write_bytes(export(run(load(model), STANDARD).graph))
        except UnsupportedError as error:
            raise CannotRunError(reason(error)) from error
        ports.write(ports.of_model(model), folder)
        package = Path(importlib.import_module("ai_edge_litert").__file__ or "").parent
        return Converted((target,), tuple(package / name for name in LIBRARIES))

    def load(self, model: Path, converted: Converted, settings: Settings) -> Runner:
        """An interpreter, its tensors allocated."""
        path, = converted.files
        library = importlib.import_module("ai_edge_litert.interpreter")
        try:
            interpreter = library.Interpreter(str(path), num_threads=settings.threads)
            interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise CannotRunError(f"allocate_tensors: {reason(error)}") from error
        known = ports.read(path.parent)
        return LiteRtRunner(
            interpreter, tuple(entry["index"] for entry in interpreter.get_input_details()),
            tuple(entry["index"] for entry in interpreter.get_output_details()), known,
            any("SEQUENCE_LSTM" in entry["op_name"] for entry in interpreter._get_ops_details()))


@dataclass(frozen=True, slots=True)
class LiteRtRunner:
    """An interpreter; inputs and outputs by number, in the model's order."""

    interpreter: Any
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    ports: Ports
    stateful: bool

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Its interface copies inputs and outputs; states of an earlier run are set to zero."""
        if self.stateful:
            self.interpreter.reset_all_variables()
        for port, index in zip(self.ports.inputs, self.inputs, strict=True):
            self.interpreter.set_tensor(index, feeds[port.name])
        self.interpreter.invoke()
        return {port.name: self.interpreter.get_tensor(index)
                for port, index in zip(self.ports.outputs, self.outputs, strict=True)}

    def layers(self, feeds: Mapping[str, Array], runs: int) -> Sequence[LayerTime] | None:
        """Its Python interface has no profiler."""
        return None


ENGINE = LiteRt()
