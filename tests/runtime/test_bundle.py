"""A bundle that is loaded again: checked, mapped, and the same as its session."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.models import classifier
from tinsmith import pipeline
from tinsmith.errors import DataError, ModelError, TargetError
from tinsmith.importers import load
from tinsmith.runtime.bundle import load_bundle, read_golden, read_interface
from tinsmith.runtime.network import Network


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return classifier(tmp_path_factory.mktemp("model"))


@pytest.fixture
def folder(model: Path, tmp_path: Path) -> Path:
    graph = load(model)
    made = pipeline.plan(pipeline.optimise(graph).graph, "native", 2)
    return pipeline.save(graph, made, tmp_path / "bundle")


@pytest.mark.cc
def test_a_bundle_is_a_session(model: Path, folder: Path) -> None:
    bundle, session = load_bundle(folder), pipeline.compile(load(model), threads=2)
    x = np.random.default_rng(0).random((1, 3, 8, 8), np.float32)
    np.testing.assert_array_equal(bundle(x), session(x))
    assert bundle.interface.inputs == session.interface.inputs
    assert isinstance(bundle, Network)
    for one, other in zip(bundle.trace({"image": x}), session.trace({"image": x}), strict=True):
        assert one.keys() == other.keys()
    assert len(bundle.profile(x, runs=2)) == len(bundle.interface.steps)
    bundle.close()
    session.close()


@pytest.mark.cc
def test_weights_are_mapped_not_copied(folder: Path) -> None:
    bundle = load_bundle(folder, threads=1)
    assert isinstance(bundle._weights, np.memmap)
    assert not bundle._weights.flags.writeable


@pytest.mark.cc
def test_golden_vectors_come_back(folder: Path) -> None:
    inputs, outputs = read_golden(folder, read_interface(folder))
    got = load_bundle(folder).run(inputs)
    np.testing.assert_allclose(got["logits"], outputs["logits"], rtol=1e-3, atol=1e-5)


@pytest.mark.cc
def test_more_threads_than_compiled_for_are_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="threads '3': expected 1 to 2, got 3"):
        load_bundle(folder, threads=3)


@pytest.mark.parametrize("name", ["weights.bin", "golden.bin", "kernels/task.h", "Makefile"])
def test_a_changed_file_is_named(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelError, match=rf"{name}': expected the file that was compiled"):
        load_bundle(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "weights.bin").unlink()
    with pytest.raises(ModelError, match=r"weights.bin': expected it in the bundle"):
        load_bundle(folder)


@pytest.mark.parametrize(("content", "text"), [
    ("nonsense", "expected the manifest of a bundle"),
    ("[]", "expected the manifest of a bundle"),
    ('{"format": 99, "sha256": {}}', "format: expected 2, got 99"),
    ('{"format": 2, "sha256": {"../../etc/passwd": ""}}', "expected a name inside the bundle"),
    ('{"format": 2, "sha256": {}}', "expected the manifest of a bundle"),
])
def test_a_damaged_manifest_is_named(folder: Path, content: str, text: str) -> None:
    (folder / "manifest.json").write_text(content)
    with pytest.raises(ModelError, match=text):
        load_bundle(folder)


def test_a_folder_without_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected manifest\.json in it, got none"):
        load_bundle(tmp_path)


def test_code_for_other_machines_is_refused(model: Path, tmp_path: Path, folder: Path) -> None:
    graph = load(model)
    made = pipeline.plan(pipeline.optimise(graph).graph, "cortex-m4", 1)
    with pytest.raises(TargetError, match="expected code for this machine, got code for cortex-m4"):
        load_bundle(pipeline.save(graph, made, tmp_path / "m4"))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest |= {"isa": "x86-64-v9", "features": ["avx1024"]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(TargetError, match=r"code for native \(x86-64-v9 \+ avx1024\)"):
        load_bundle(folder)
