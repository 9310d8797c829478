"""PyTorch eager: the module of functional calls, run as it stands.

Weights lie in channels_last, which the performance tuning guide recommends for convolutions. Of 20
networks of the zoo (one thread, least of a run, on a busy machine) it took 0.45 (squeezenet1.1) to
0.95 of the time of the contiguous format on 18; 1.00 on autoencoder, 1.02 on yolov3-mobilenet.
BatchNorm is folded, activations work in place, no gradients are recorded.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinsmith.bench.engine import Converted, LayerTime, Settings
from tinsmith.bench.failure import converting
from tinsmith.dtypes import Array

LIBRARIES = ("libtorch_cpu.so", "libtorch.so", "libc10.so", "libtorch_python.so", "libgomp*.so*")


@dataclass(frozen=True, slots=True)
class TorchEager:
    """The interpreter of PyTorch, with oneDNN and MKL inside."""

    name: str = "PyTorch eager"
    requirement: str = "torch"
    precisions: tuple[str, ...] = ("f32", "bf16")
    threads_matter: bool = False

    def version(self) -> str:
        """That of torch."""
        return str(importlib.import_module("torch").__version__)

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """The module, pickled, with the names of inputs and outputs."""
        import torch

        from tinsmith.bench.torch_network import torch_network

        with converting():
            network = torch_network(model, settings.precision)
            path = folder / "model.pt"
            module = network.module.to(memory_format=torch.channels_last)
            torch.save((module, network.inputs, network.outputs), path)
            return Converted((path,), libraries(LIBRARIES))

    def load(self, model: Path, converted: Converted, settings: Settings) -> TorchRunner:
        """The module, unpickled."""
        import torch

        torch.set_num_threads(settings.threads)
        module, inputs, outputs = torch.load(converted.files[0], weights_only=False)
        return TorchRunner(module, tuple(inputs), tuple(outputs), settings.precision)


class TorchRunner:
    """A callable from tensors to tensors, between numpy arrays that are not copied."""

    def __init__(self, call: Any, inputs: tuple[str, ...], outputs: tuple[str, ...],
                 precision: str) -> None:
        """``inputs`` and ``outputs``: the names, in the order of the call's."""
        self._call = call
        self._inputs = inputs
        self._outputs = outputs
        self._precision = precision

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """One inference; in bf16, the conversions at both ends belong to it."""
        import torch

        with torch.inference_mode():
            tensors = [torch.from_numpy(feeds[name]) for name in self._inputs]
            if self._precision == "bf16":
                tensors = [x.bfloat16() if x.is_floating_point() else x for x in tensors]
            results = self._call(*tensors)
            if self._precision == "bf16":
                results = [y.float() if y.is_floating_point() else y for y in results]
        return {name: y.numpy() for name, y in zip(self._outputs, results, strict=True)}

    def layers(self, feeds: Mapping[str, Array], runs: int) -> Sequence[LayerTime]:
        """What PyTorch's profiler saw, in the order of the run: operators and fused kernels."""
        import torch

        self.run(feeds)
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            for _ in range(runs):
                self.run(feeds)
        tops = [event for event in profile.events() or () if event.cpu_parent is None]
        tops.sort(key=lambda event: event.time_range.start)
        each = len(tops) // runs
        seconds = np.array([event.time_range.elapsed_us() * 1e-6 for event in tops[:each * runs]])
        means = seconds.reshape(runs, each).mean(axis=0)
        return [LayerTime(f"{kind}.{i}", kind, float(mean)) for i, (event, mean) in
                enumerate(zip(tops, means, strict=False))
                for kind in [event.name.removeprefix("aten::")]]


def libraries(patterns: Sequence[str]) -> tuple[Path, ...]:
    """Files of torch's library folder."""
    import torch

    folder = Path(torch.__file__).parent / "lib"
    return tuple(path for pattern in patterns for path in sorted(folder.glob(pattern)))


ENGINE = TorchEager()
