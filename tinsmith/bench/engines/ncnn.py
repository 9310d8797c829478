"""ncnn: converted by pnnx; Winograd, GEMM and packed layouts on, half types off unless asked.

What pnnx cannot express from ONNX goes by way of TorchScript, if PyTorch is installed.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import math
import re
import subprocess
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinsmith.bench import ports
from tinsmith.bench.engine import CannotRunError, Converted, LayerTime, Runner, Settings
from tinsmith.bench.failure import reason
from tinsmith.bench.ports import Port, Ports
from tinsmith.dtypes import Array
from tinsmith.errors import TinsmithError

AS_STORED = 1  # what extract() takes for: give the blob in the layout that the layer left it in


@dataclass(frozen=True, slots=True)
class Ncnn:
    """The engine."""

    name: str = "ncnn"
    requirement: str = "ncnn>=1.0.20250503 pnnx"
    precisions: tuple[str, ...] = ("f32", "bf16", "f16")
    threads_matter: bool = False

    def version(self) -> str:
        """The installed version."""
        return importlib.metadata.version(importlib.import_module("ncnn").__name__)

    def convert(self, model: Path, folder: Path, settings: Settings) -> Converted:
        """What pnnx makes of the ONNX file or, failing that, of the network in TorchScript."""
        ports.write(ports.of_model(model), folder)
        try:
            files = from_onnx(model, folder, settings)
        except CannotRunError as error:
            files = from_torch(model, folder, settings, error)
        package = Path(importlib.import_module("ncnn").__file__ or "").parent
        return Converted(files, (*package.glob("ncnn.*.so"),
                                 *(package.parent / "ncnn.libs").glob("*.so*")))

    def load(self, model: Path, converted: Converted, settings: Settings) -> Runner:
        """A loaded net."""
        return open_runner(converted.files, settings)


def from_onnx(model: Path, folder: Path, settings: Settings) -> tuple[Path, ...]:
    """The ONNX file by pnnx, proven by a run."""
    link = folder / "source.onnx"  # pnnx writes a simplified copy beside its source
    link.unlink(missing_ok=True)
    link.symlink_to(model.resolve())
    return proven(run_pnnx(link, settings), settings)


def from_torch(model: Path, folder: Path, settings: Settings,
               why: CannotRunError) -> tuple[Path, ...]:
    """The network as TorchScript, which is what pnnx was made for; ``why`` if it cannot be had."""
    script = folder / "source.pt"
    try:
        import torch

        from tinsmith.bench.torch_network import torch_network

        network = torch_network(model)
        torch.jit.trace(network.module.eval(), network.zeros).save(str(script))
    except (ImportError, RuntimeError, TinsmithError):
        raise why from None
    shapes = ",".join(str(list(port.shape)).replace(" ", "") for port in ports.read(folder).inputs)
    return proven(run_pnnx(script, settings, f"inputshape={shapes}"), settings)


def run_pnnx(source: Path, settings: Settings, *words: str) -> tuple[Path, ...]:
    """The files for ncnn beside ``source``, weights in half size for f16 only."""
    folder = source.parent
    names = [f"{kind}{part}=model.{kind}.{part}" for kind in ("ncnn", "pnnx")
             for part in ("param", "bin", "py")]
    done = subprocess.run(
        [str(converter()), source.name, *names, "pnnxonnx=model.pnnx.onnx",
         f"fp16={int(settings.precision == 'f16')}", *words],
        cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    said = f"{done.stdout}\n{done.stderr}"
    for path in (*folder.glob("model.pnnx.*"), *folder.glob("source.*")):
        path.unlink()
    files = tuple(folder / f"model.ncnn.{part}" for part in ("param", "bin"))
    ignored = re.search(r"^ignore (\w+ \S+) param (\w+)", said, re.MULTILINE)
    if ignored:
        raise CannotRunError(f"pnnx: it has no '{ignored[2]}' for {ignored[1]} in ncnn")
    if done.returncode or not all(path.is_file() for path in files):
        raise CannotRunError(f"pnnx: {reason(said)}")
    return files


def converter() -> Path:
    """The program in the package, which to import would load PyTorch."""
    package = importlib.util.find_spec("pnnx")
    if package is None or package.origin is None:
        raise ImportError("No module named 'pnnx'")
    return Path(package.origin).with_name("pnnx")


def proven(files: tuple[Path, ...], settings: Settings) -> tuple[Path, ...]:
    """The same files, when outputs of the right sizes come of them."""
    runner = open_runner(files, settings)
    runner.run({port.name: np.zeros(port.shape, np.float32) for port in runner.ports.inputs})
    return files


def open_runner(files: tuple[Path, ...], settings: Settings) -> NcnnRunner:
    """The runner for what pnnx wrote."""
    param, weights = files
    program = param.with_name("model.ncnn.py").read_text("utf-8")
    return NcnnRunner(open_net(param, weights, settings), ports.read(param.parent),
                      batch_axes(program))


def open_net(param: Path, weights: Path, settings: Settings) -> Any:
    """The net with its fast algorithms on. Its own pools of memory are as fast as given ones.

    Its blocking time is an option of LLVM's OpenMP; the wheel has GNU's, so it has no effect.
    """
    ncnn = importlib.import_module("ncnn")
    ncnn.set_omp_dynamic(0)
    ncnn.set_omp_num_threads(settings.threads)
    net = ncnn.Net()
    for option, value in {
        "num_threads": settings.threads, "lightmode": True, "use_vulkan_compute": False,
        "use_packing_layout": True, "use_winograd_convolution": True, "use_sgemm_convolution": True,
        **{f"use_fp16_{part}": settings.precision == "f16"
           for part in ("packed", "storage", "arithmetic")},
        **{f"use_bf16_{part}": settings.precision == "bf16" for part in ("packed", "storage")},
    }.items():
        setattr(net.opt, option, value)
    if net.load_param(str(param)) or net.load_model(str(weights)):
        raise CannotRunError("load_param, load_model: it refuses what pnnx wrote")
    return net


def batch_axes(program: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """For each input, then each output: the axis of samples, as the converter's program says."""
    return (tuple(map(int, re.findall(r"ncnn\.Mat\(.*batch_index=(\d+)", program))),
            tuple(map(int, re.findall(r"out\d+\.numpy\(batch_index=(\d+)", program))))


@dataclass(frozen=True, slots=True)
class NcnnRunner:
    """A net and what its inputs and outputs are called outside. Results are its own memory."""

    net: Any
    ports: Ports
    axes: tuple[tuple[int, ...], tuple[int, ...]]

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Inputs are read where they lie."""
        extractor = self.extractor(feeds)
        outputs = {}
        for i, (port, axis) in enumerate(zip(self.ports.outputs, self.axes[1], strict=True)):
            code, mat = extractor.extract(f"out{i}")
            if code:
                raise CannotRunError(f"extract: it cannot compute output '{port.name}'")
            outputs[port.name] = shaped(mat.numpy(batch_index=axis), port)
        return outputs

    def layers(self, feeds: Mapping[str, Array], runs: int) -> Sequence[LayerTime] | None:
        """Each layer's outputs asked for in turn, with those of all before it kept."""
        total: dict[tuple[str, str], float] = defaultdict(float)
        for _ in range(runs):
            extractor = self.extractor(feeds)
            extractor.set_light_mode(False)
            for layer in self.net.layers():
                if layer.type in ("Input", "Split"):
                    continue
                start = time.perf_counter()
                for blob in layer.tops:
                    extractor.extract(blob, AS_STORED)
                total[layer.name, layer.type] += time.perf_counter() - start
        return [LayerTime(name, kind, seconds / runs) for (name, kind), seconds in total.items()]

    def extractor(self, feeds: Mapping[str, Array]) -> Any:
        """A run that knows its inputs and has computed nothing."""
        mat = importlib.import_module("ncnn").Mat
        extractor = self.net.create_extractor()
        for i, (port, axis) in enumerate(zip(self.ports.inputs, self.axes[0], strict=True)):
            array = np.ascontiguousarray(feeds[port.name])
            extractor.input(f"in{i}", mat(array, batch_index=axis))
        return extractor


def shaped(array: Array, port: Port) -> Array:
    """An output in the model's shape."""
    if array.size != math.prod(port.shape):
        raise CannotRunError(f"extract: output '{port.name}' has {list(array.shape)}, "
                             f"the model says {list(port.shape)}")
    return array.reshape(port.shape)


ENGINE = Ncnn()
