"""PyTorch compiled: Inductor ahead of time (AOTInductor), which PyTorch recommends for serving.

Options: weights frozen and packed for oneDNN (``freezing``), templates for matrix products
measured against oneDNN (``max_autotune``), channels_last. Least of one run each, one thread, ms, on
a busy machine, where a few percent mean nothing; squeezenet1.1, mobilenetv2, densenet121, crnn:
AOTInductor with max_autotune 3.46, 4.16, 25.3, 8.19; without 3.46, 4.22, 26.8, 7.86; without, and
contiguous, 4.30 (mobilenetv2), 26.9 (densenet121), 7.44 (crnn); ``torch.compile`` with its wrapper
in C++ 3.61, 4.33, 27.4, 8.98, in Python 3.74, 4.60, 27.7, 9.74. The kernels are compiled for the
number of threads that they shall use.
"""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from pathlib import Path

from tinsmith.bench.engine import Converted, Settings
from tinsmith.bench.engines.torch_eager import TorchRunner, libraries
from tinsmith.bench.failure import converting

LIBRARIES = ("libtorch_cpu.so", "libtorch.so", "libc10.so", "libgomp*.so*")


@dataclass(frozen=True, slots=True)
class TorchCompiled:
    """Inductor's C++ for fused loops, oneDNN for convolutions."""

    name: str = "PyTorch compiled"
    requirement: str = "torch"
    precisions: tuple[str, ...] = ("f32", "bf16")

    def version(self) -> str:
        """That of torch."""
        return str(importlib.import_module("torch").__version__)

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """A .pt2 package: a shared library with its weights. Needs a C++ compiler."""
        import torch
        from torch._inductor import aoti_compile_and_package
        from torch._inductor.utils import fresh_cache

        from tinsmith.bench.torch_network import torch_network

        torch.set_num_threads(settings.threads)
        options = {"freezing": True, "max_autotune": True, "cpp.enable_kernel_profile": True}
        with converting(), torch.no_grad(), fresh_cache():
            network = torch_network(model, settings.precision)
            module = network.module.to(memory_format=torch.channels_last)
            program = torch.export.export(module, network.zeros)
            package = aoti_compile_and_package(
                program, package_path=str(folder / "model.pt2"), inductor_configs=options)
        names = folder / "names.json"
        names.write_text(json.dumps([network.inputs, network.outputs]))
        return Converted((Path(package), names), libraries(LIBRARIES))

    def load(self, model: Path, converted: Converted, settings: Settings) -> TorchRunner:
        """The package, unpacked and loaded."""
        import torch
        from torch._inductor import aoti_load_package

        torch.set_num_threads(settings.threads)
        package, names = converted.files
        inputs, outputs = json.loads(names.read_text())
        call = aoti_load_package(str(package))
        return TorchRunner(call, tuple(inputs), tuple(outputs), settings.precision)


ENGINE = TorchCompiled()
