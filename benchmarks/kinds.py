"""Writes small networks of kinds that users have met: python -m benchmarks.kinds [-o FOLDER].

3-D convolutions, sampling of a grid, a bidirectional LSTM whose weights are bytes, and a network
quantised by ONNX Runtime in the QDQ form; then

    tinsmith bench FOLDER/*.onnx --engines tinsmith,onnxruntime --threads 1,2
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization

from tinsmith import zoo
from tinsmith.dtypes import Array

RNG = np.random.default_rng(0)
CALIBRATION = 4  # images


def conv3d() -> onnx.ModelProto:
    """Convolutions over space and time, as networks for video have them."""
    weights = {"w0": normal(32, 3, 3, 3, 3), "w1": normal(64, 32, 3, 3, 3),
               "w2": normal(64, 64, 3, 3, 3), "w3": normal(128, 64, 1, 1, 1)}
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], pads=[1] * 6, strides=[1, 2, 2]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w1"], ["c"], pads=[1] * 6),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("Conv", ["d", "w2"], ["e"], pads=[1] * 6, strides=[2, 2, 2]),
        helper.make_node("Relu", ["e"], ["f"]),
        helper.make_node("Conv", ["f", "w3"], ["y"])]
    return model("conv3d", nodes, {"x": (1, 3, 8, 56, 56)}, {"y": (1, 128, 4, 14, 14)}, weights)


def grid_sample() -> onnx.ModelProto:
    """Features drawn along a flow, as optical flow and transformers of space do."""
    nodes = [helper.make_node("GridSample", ["x", "flow"], ["y"], mode="bilinear",
                              padding_mode="zeros", align_corners=0)]
    return model("gridsample", nodes, {"x": (1, 64, 60, 80), "flow": (1, 60, 80, 2)},
                 {"y": (1, 64, 60, 80)}, {})


def lstm8() -> onnx.ModelProto:
    """A bidirectional LSTM over 40 steps; its weights are bytes with one scale a row."""
    steps, size, hidden = 40, 256, 256
    weights: dict[str, Array] = {}
    nodes = []
    for name, shape in (("w", (2, 4 * hidden, size)), ("r", (2, 4 * hidden, hidden))):
        values = normal(*shape)
        scale = np.asarray(np.abs(values).max() / 127, np.float32)
        weights |= {f"{name}8": np.round(values / scale).astype(np.int8), f"{name}s": scale}
        nodes.append(helper.make_node("DequantizeLinear", [f"{name}8", f"{name}s"], [name]))
    nodes.append(helper.make_node("LSTM", ["x", "w", "r"], ["y"], hidden_size=hidden,
                                  direction="bidirectional"))
    return model("lstm8", nodes, {"x": (steps, 1, size)}, {"y": (steps, 2, 1, hidden)}, weights)


def qdq() -> onnx.ModelProto:
    """SqueezeNet 1.1, quantised statically by ONNX Runtime."""
    folder = Path("build/kinds")
    source, target = folder / "float.onnx", folder / "qdq.onnx"
    onnx.save(zoo.build("squeezenet1.1"), source)
    quantization.quantize_static(
        source, target, Images(), quant_format=quantization.QuantFormat.QDQ, per_channel=True)
    source.unlink()
    return onnx.load(target)


class Images(quantization.CalibrationDataReader):  # type: ignore[misc]
    """Noise in place of photographs."""

    def __init__(self) -> None:
        self._left: Iterator[Array] = (normal(1, 3, 224, 224) for _ in range(CALIBRATION))

    def get_next(self) -> dict[str, Array] | None:
        """The next image."""
        image = next(self._left, None)
        return None if image is None else {"image": image}


def normal(*shape: int) -> Array:
    """Seeded numbers, of the size that keeps a layer's results in range."""
    fan = int(np.prod(shape[1:])) if len(shape) > 1 else 1
    return np.asarray(RNG.standard_normal(shape) / np.sqrt(fan), np.float32)


def model(name: str, nodes: list[onnx.NodeProto], inputs: dict[str, tuple[int, ...]],
          outputs: dict[str, tuple[int, ...]], weights: dict[str, Array]) -> onnx.ModelProto:
    """A model of float32 inputs and outputs."""
    def infos(shapes: dict[str, tuple[int, ...]]) -> list[onnx.ValueInfoProto]:
        return [helper.make_tensor_value_info(value, TensorProto.FLOAT, shape)
                for value, shape in shapes.items()]

    graph = helper.make_graph(nodes, name, infos(inputs), infos(outputs),
                              [numpy_helper.from_array(np.asarray(w), value)
                               for value, w in weights.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)


KINDS: dict[str, Callable[[], onnx.ModelProto]] = {
    "conv3d": conv3d, "gridsample": grid_sample, "lstm8": lstm8, "qdq": qdq}


def main() -> int:
    """Writes them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kinds", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("build/kinds"))
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    Path("build/kinds").mkdir(parents=True, exist_ok=True)
    for name, make in KINDS.items():
        onnx.save(make(), args.output / f"{name}.onnx")
        print(args.output / f"{name}.onnx")
    return 0


if __name__ == "__main__":
    sys.exit(main())
