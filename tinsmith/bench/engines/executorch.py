"""ExecuTorch: the exported module, lowered to XNNPACK, run by the Python bindings of its runtime.

XNNPACK takes what it can (all of most networks, as one delegate, in channels_last inside) and
ExecuTorch's own kernels the rest. Outputs are not cloned: they lie in the program's memory until
the next run. The bindings of the package are built without the profiler of delegates, so there
are no times of layers.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinsmith.bench.engine import CannotRunError, Converted, Settings
from tinsmith.bench.failure import converting, reason
from tinsmith.dtypes import Array


@dataclass(frozen=True, slots=True)
class ExecuTorch:
    """The runtime of PyTorch for small machines."""

    name: str = "ExecuTorch"
    requirement: str = "executorch>=1.0"
    precisions: tuple[str, ...] = ("f32",)
    threads_matter: bool = False

    def version(self) -> str:
        """That of the package."""
        return importlib.metadata.version("executorch")

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """A .pte program."""
        import executorch.exir as exir
        import torch
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

        from tinsmith.bench.torch_network import torch_network

        with converting(), torch.no_grad():
            network = torch_network(model)
            edge = exir.to_edge_transform_and_lower(
                torch.export.export(network.module, network.zeros),
                partitioner=[XnnpackPartitioner()])
            program, names = folder / "model.pte", folder / "names.json"
            with program.open("wb") as file:
                edge.to_executorch().write_to_file(file)
        names.write_text(json.dumps([network.inputs, network.outputs]))
        bindings = Path(exir.__file__).parents[1] / "extension" / "pybindings"
        return Converted((program, names), tuple(bindings.glob("_portable_lib*.so")))

    def load(self, model: Path, converted: Converted, settings: Settings) -> ExecuTorchRunner:
        """The program; its thread pool must have its size before."""
        bindings: Any = importlib.import_module("executorch.extension.pybindings.portable_lib")
        program, names = converted.files
        inputs, outputs = json.loads(names.read_text())
        bindings._unsafe_reset_threadpool(settings.threads)
        try:
            module = bindings._load_for_executorch(str(program))
        except RuntimeError as error:
            raise CannotRunError(f"load: {reason(error)}") from error
        return ExecuTorchRunner(module, tuple(inputs), tuple(outputs))


class ExecuTorchRunner:
    """A loaded program."""

    def __init__(self, module: Any, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        """``inputs`` and ``outputs``: the names, in the order of the program's."""
        self._module = module
        self._inputs = inputs
        self._outputs = outputs

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """One inference, on the arrays' own memory."""
        import torch

        tensors = [torch.from_numpy(feeds[name]) for name in self._inputs]
        results = self._module.forward(tensors, clone_outputs=False)
        return {name: y.numpy() for name, y in zip(self._outputs, results, strict=True)}

    def layers(self, feeds: Mapping[str, Array], runs: int) -> None:
        """Nothing: the package's bindings do not record delegates."""


ENGINE = ExecuTorch()
