"""Small models for the tests of the command line, and a way to call it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tinsmith.cli.main import main


@dataclass(frozen=True, slots=True)
class Done:
    """How a call of the command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def tinsmith(*words: object) -> Done:
    """Calls the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(word) for word in words])
    return Done(code, out.getvalue(), err.getvalue())


def failed(code: int, *words: object) -> str:
    """The message of a call that has to fail with this code: one text, no traceback."""
    done = tinsmith(*words)
    assert done.code == code, done
    assert "Traceback" not in done.err
    assert done.err.startswith("tinsmith"), done.err
    return done.err


def write_model(path: Path, nodes: Sequence[onnx.NodeProto], inputs: dict[str, Sequence[Any]],
                outputs: dict[str, Sequence[Any]], weights: dict[str, np.ndarray] | None = None,
                metadata: dict[str, str] | None = None) -> Path:
    """Writes a float32 model."""
    def info(ports: dict[str, Sequence[Any]]) -> list[onnx.ValueInfoProto]:
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
                for name, shape in ports.items()]

    graph = helper.make_graph(
        nodes, "graph", info(inputs), info(outputs),
        [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    path.write_bytes(model.SerializeToString())
    return path


def classifier(folder: Path, metadata: dict[str, str] | None = None,
               shape: Sequence[Any] = (1, 3, 8, 8), softmax: bool = False) -> Path:
    """Convolution, ReLU, mean over the image, 4 classes."""
    rng = np.random.default_rng(0)
    weights = {
        "w": rng.standard_normal((8, 3, 3, 3)).astype(np.float32),
        "b": rng.standard_normal(8).astype(np.float32),
        "m": rng.standard_normal((4, 8)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["image", "w", "b"], ["c"], name="conv", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"], name="relu"),
        helper.make_node("GlobalAveragePool", ["r"], ["p"], name="pool"),
        helper.make_node("Flatten", ["p"], ["f"], name="flatten"),
        helper.make_node("Gemm", ["f", "m"], ["logits" if not softmax else "g"], name="fc",
                         transB=1),
    ]
    if softmax:
        nodes.append(helper.make_node("Softmax", ["g"], ["logits"], name="softmax"))
    return write_model(folder / "small.onnx", nodes, {"image": shape}, {"logits": [1, 4]},
                       weights, metadata)


def adder(folder: Path) -> Path:
    """y = a + b, both [2, 3]: a network with two inputs."""
    return write_model(folder / "adder.onnx", [helper.make_node("Add", ["a", "b"], ["y"])],
                       {"a": [2, 3], "b": [2, 3]}, {"y": [2, 3]})
