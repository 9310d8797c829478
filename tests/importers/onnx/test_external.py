"""Data beside the model: what is asked for is bounded before any of it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from onnx import helper as h

import tinsmith as tin
from tinsmith.errors import ModelError, UnsupportedError

TERABYTE = 1 << 40


def stored(folder: Path, shape: tuple[int, ...], size_bytes: int, count: int = 1,
           location: str = "weights.bin") -> Path:
    """A model whose ``count`` weights all are the first bytes of a sparse file."""
    weights = []
    for i in range(count):
        weight = TensorProto(name=f"w{i}", data_type=TensorProto.FLOAT, dims=shape,
                             data_location=TensorProto.EXTERNAL)
        weight.external_data.add(key="location", value=location)
        weights.append(weight)
    ports = [h.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xy"]
    nodes = [h.make_node("Sum", ["x", *(w.name for w in weights)], ["y"])]
    ports[0].type.tensor_type.shape.CopyFrom(onnx.TensorShapeProto(
        dim=[onnx.TensorShapeProto.Dimension(dim_value=1)]))
    model = h.make_model(h.make_graph(nodes, "g", ports[:1], ports[1:], weights),
                         opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    with (folder / "weights.bin").open("wb") as file:
        file.truncate(size_bytes)
    return folder / "model.onnx"


def test_weights_beside_the_model_are_read(tmp_path: Path) -> None:
    graph = tin.load(stored(tmp_path, (2, 3), 24, count=2))
    assert [w.shape for w in graph.weights.values()] == [(2, 3)] * 2
    assert not any(np.any(w) for w in graph.weights.values())


@pytest.mark.parametrize("location", ["../out.bin", "sub/../../out.bin", "/etc/passwd"])
def test_nothing_is_asked_of_files_outside_the_folder(tmp_path: Path, location: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.bin").write_bytes(bytes(8))
    with pytest.raises(ModelError) as error:
        tin.load(stored(tmp_path / "in", (2, 3), 24, location=location))
    assert ("external data: expected a file in the model's folder, got "
            f"'{location}'; put the file beside the model") in str(error.value)


@pytest.mark.parametrize(("shape", "count", "text"), [
    ((1 << 20, 1 << 18), 1, "weight 'w0' external data: expected at most 2147483647 elements, got "
                            "274877906944"),
    (((1 << 31) - 1,), 3, "model 'external data': expected at most 17179869184 bytes of weights"),
    ((1 << 21,), 2000, "model 'external data': expected weights that share few bytes, got "
                       "16777216000 bytes of weights in 8388608 of files"),
], ids=["tensor", "together", "shared"])
def test_too_much_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], count: int, text: str
) -> None:
    monkeypatch.setattr(onnx.external_data_helper, "load_external_data_for_tensor",
                        lambda *_: pytest.fail("read before it was bounded"))
    with pytest.raises(UnsupportedError) as error:
        tin.load(stored(tmp_path, shape, TERABYTE, count))
    assert text in str(error.value)
