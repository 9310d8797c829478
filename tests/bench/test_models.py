"""The model that engines get: static shapes, any batch that it can have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from tests.cli.models import classifier, write_model
from tinsmith.bench.engine import CannotRunError
from tinsmith.bench.models import prepare


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINSMITH_CACHE", str(tmp_path / "cache"))


def shapes(path: Path) -> list[list[int]]:
    graph = onnx.load(str(path)).graph
    return [[d.dim_value for d in port.type.tensor_type.shape.dim]
            for port in (*graph.input, *graph.output)]


def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("first", [1, "N"])
def test_the_batch_is_written_into_the_model(tmp_path: Path, batch: int, first: object) -> None:
    path = classifier(tmp_path, shape=(first, 3, 8, 8))
    found = prepare(path, batch, {}, made(tmp_path))
    assert shapes(found.model) == [[batch, 3, 8, 8], [batch, 4]]
    with np.load(found.feeds) as feeds:
        assert feeds["image"].shape == (batch, 3, 8, 8)
    assert found.wanted["logits"].shape == (batch, 4)
    assert found.macs == batch * (8 * 27 * 36 + 32) or found.macs > 0
    onnx.checker.check_model(onnx.load(str(found.model)), full_check=True)


def test_open_sizes_are_given(tmp_path: Path) -> None:
    path = classifier(tmp_path, shape=("N", 3, "H", "W"))
    found = prepare(path, 2, {"image": (1, 3, 16, 12)}, made(tmp_path))
    assert shapes(found.model) == [[2, 3, 16, 12], [2, 4]]


def test_a_model_that_fixes_its_batch_says_so(tmp_path: Path) -> None:
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["y"])]
    path = write_model(tmp_path / "fixed.onnx", nodes, {"x": [1, 4]}, {"y": [1, 2, 2]},
                       {"shape": np.array([1, 2, 2])})
    with pytest.raises(CannotRunError, match="the model fixes its batch"):
        prepare(path, 2, {}, made(tmp_path))


def test_samples_that_would_be_merged_are_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("ReduceSum", ["x"], ["y"], keepdims=0)]
    path = write_model(tmp_path / "sum.onnx", nodes, {"x": [1, 4]}, {"y": []})
    with pytest.raises(CannotRunError, match="output 'y'"):
        prepare(path, 2, {}, made(tmp_path))


def test_an_input_whose_first_dimension_is_no_batch(tmp_path: Path) -> None:
    path = write_model(tmp_path / "two.onnx", [helper.make_node("Relu", ["x"], ["y"])],
                       {"x": [2, 4]}, {"y": [2, 4]})
    assert shapes(prepare(path, 1, {}, made(tmp_path)).model) == [[2, 4], [2, 4]]
    with pytest.raises(CannotRunError, match="input 'x'"):
        prepare(path, 2, {}, tmp_path / "made")
