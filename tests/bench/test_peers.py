"""OpenVINO, ncnn, MNN and LiteRT, where they are installed: right, and with times of layers."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import onnx
import pytest

from tinsmith import zoo
from tinsmith.bench import ports
from tinsmith.bench.engine import Engine, Settings
from tinsmith.bench.failure import LONGEST, reason
from tinsmith.bench.ports import Port, Ports
from tinsmith.importers import load
from tinsmith.interpret import interpret

PACKAGES = {"openvino": ("openvino",), "ncnn": ("ncnn",), "mnn": ("MNN", "_tools"),
            "litert": ("ai_edge_litert.interpreter",)}
REPORTING = ("openvino", "ncnn", "mnn")


def installed(name: str) -> Engine:
    for package in PACKAGES[name]:
        pytest.importorskip(package)
    engine: Engine = importlib.import_module(f"tinsmith.bench.engines.{name}").ENGINE
    assert engine.version()
    return engine


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "ds-cnn.onnx"
    onnx.save(zoo.build("ds-cnn"), str(path))
    return path


@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize("threads", [1, 2])
def test_an_engine_is_right_in_every_run(name: str, threads: int, model: Path,
                                         tmp_path: Path) -> None:
    engine, settings = installed(name), Settings(threads)
    converted = engine.convert(model, tmp_path, settings)
    assert all(path.stat().st_size for path in (*converted.files, *converted.binary))
    runner, graph = engine.load(model, converted, settings), load(model)
    for seed in (0, 1):
        array = np.random.default_rng(seed).standard_normal((1, 1, 49, 10)).astype(np.float32)
        wanted, got = interpret(graph, {"mfcc": array}), runner.run({"mfcc": array})
        assert {key: value.shape for key, value in got.items()} == {"logits": (1, 12)}
        np.testing.assert_allclose(got["logits"], wanted["logits"], atol=1e-4)
    layers = runner.layers({"mfcc": array}, 3)
    assert (layers is not None) == (name in REPORTING)
    assert layers is None or (len(layers) > 9 and all(layer.seconds >= 0 for layer in layers))


def test_ports_are_kept_beside_the_model(model: Path, tmp_path: Path) -> None:
    found = ports.of_model(model)
    assert found == Ports((Port("mfcc", (1, 1, 49, 10)),), (Port("logits", (1, 12)),))
    ports.write(found, tmp_path)
    assert ports.read(tmp_path) == found


def test_a_reason_is_one_line() -> None:
    assert reason(ValueError("first\n  at the end: no Foo \n---\n")) == "at the end: no Foo"
    assert reason(KeyError()) == "KeyError"
    assert len(reason("x" * 1000)) <= LONGEST
