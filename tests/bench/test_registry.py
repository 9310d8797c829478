"""Engines are found by the names of files, and by anyone's modules."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tinsmith.bench import registry
from tinsmith.bench.groups import CONVOLUTION, POOLING, REST, group_of
from tinsmith.errors import UsageError

ROOT = Path(__file__).parent.parent.parent


def test_names_are_files() -> None:
    names = registry.names()
    assert names[:2] == ("tinsmith", "onnxruntime")
    assert {f"{name}.py" for name in names} == {
        path.name for path in (ROOT / "tinsmith/bench/engines").glob("[!_]*.py")}


def test_a_module_of_ones_own() -> None:
    assert registry.find("tests.bench.engines.right").name == "Right"


@pytest.mark.parametrize("name", ["turbo", "no.such.module", "tests.bench.engines.nobody"])
def test_unknown_ones_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"engine '{name}': expected one of tinsmith"):
        registry.find(name)


@pytest.mark.parametrize("name", registry.names())
def test_every_engine_is_complete_without_its_package(name: str) -> None:
    engine = registry.find(name)
    assert engine.name and engine.requirement and "f32" in engine.precisions


@pytest.mark.parametrize("name", [n for n in registry.names() if n != "tinsmith"])
def test_the_extra_bench_installs_what_engines_require(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    installed = {package_of(word) for word in project["optional-dependencies"]["bench"]}
    assert {package_of(word) for word in registry.find(name).requirement.split()} <= installed


def package_of(requirement: str) -> str:
    return re.split(r"[<>=!~;\[]", requirement)[0].lower()


def test_a_change_of_what_an_engine_imports_changes_its_digest() -> None:
    found = list(registry.imports("from tinsmith.bench.a import b\ndef f():\n    import c.d\n"))
    assert found == ["tinsmith.bench.a", "tinsmith.bench.a.b", "c.d"]
    assert registry.source_digest("onnxruntime") != registry.source_digest("tinsmith")
    assert registry.followed("tinsmith.bench.ports.of_model") == "tinsmith.bench.ports.of_model"
    assert registry.followed("tinsmith.exporters.torch.node.plain") == "tinsmith.exporters.torch"
    assert registry.followed("tinsmith.importers.load") is None


def test_a_change_of_an_exporter_changes_the_digest_of_its_engines(
        monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("__init__", "map_conv"):
        (tmp_path / f"{name}.py").write_text("")
    find = registry.source_of
    monkeypatch.setattr(registry, "source_of", lambda module: tmp_path / "__init__.py"
                        if module == "tinsmith.exporters.tflite" else find(module))
    before = {name: registry.source_digest(name) for name in ("litert", "openvino")}
    (tmp_path / "map_conv.py").write_text("PADDED = True")
    assert registry.source_digest("litert") != before["litert"]
    assert registry.source_digest("openvino") == before["openvino"]


@pytest.mark.parametrize(("kind", "group"), [
    ("Conv", CONVOLUTION), ("FusedConv", CONVOLUTION), ("CONV_2D", CONVOLUTION),
    ("Convolution (NHWC, F32) IGEMM", CONVOLUTION), ("aten::mkldnn_convolution", CONVOLUTION),
    ("Concat", CONVOLUTION), ("aten::cat", CONVOLUTION), ("LeakyRelu", CONVOLUTION),
    ("MaxPool", POOLING), ("GlobalAveragePool", POOLING), ("SoftMax", POOLING),
    ("MatMul", REST), ("Reorder", REST), ("Relayout", REST), ("allocate", REST)])
def test_groups(kind: str, group: str) -> None:
    assert group_of(kind) == group
