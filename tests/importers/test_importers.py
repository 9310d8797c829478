"""Formats are found by folder and told apart by content."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest

from tinsmith import importers, zoo
from tinsmith.errors import ModelError, UnsupportedError
from tinsmith.importers.onnx import probe
from tinsmith.interpret import interpret

FOLDER = Path(importers.__file__).parent
OTHERS = {
    "a torch archive": b"PK\x03\x04\x00\x00\x08\x08model/data.pkl",
    "a torch pickle": b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
    "a .tflite": b"\x1c\x00\x00\x00TFL3\x14\x00 \x00",
    "a Keras file": b"\x89HDF\r\n\x1a\n" + bytes(24),
    "a Caffe network": b"name: \"LeNet\"\nlayer {\n",
    "a Caffe model": b"\n\x05LeNet\xa2\x06\x10\n\x04data",
    "a Darknet network": b"[net]\nbatch=1\n",
    "an ncnn network": b"7767517\n5 5\n",
    "a GraphDef": b"\n\x14\n\x01x\x12\x0bPlaceholder",
    "a SavedModel": b"\x08\x01\x12\x1c\n\x0c\n\x05serve",
    "a Core ML model": b"\x08\x04\x12\x14\n\x06\n\x01x\x12\x01y",
    "JSON": b"{}",
    "zeros": bytes(64),
}


def test_folders_are_formats() -> None:
    folders = {path.parent.name for path in FOLDER.glob("*/__init__.py")}
    assert len(importers.importers()) == len(folders)
    assert "ONNX" in {each.TITLE for each in importers.importers()}


@pytest.mark.parametrize("what", OTHERS)
def test_other_content_is_no_onnx(what: str) -> None:
    assert not probe(OTHERS[what])


@pytest.mark.parametrize("length", [2, 7, 40, 4096])
def test_onnx_is_known_by_its_beginning(length: int) -> None:
    assert probe(zoo.build("ds-cnn").SerializeToString()[:length])


def test_onnx_is_known_with_fields_of_later_versions() -> None:
    later = b"\xf2\x03\x03new"  # field 62
    assert probe(onnx.ModelProto(ir_version=8, producer_name="x").SerializeToString() + later)
    assert not probe(later)


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "network.tflite"
    path.write_bytes(zoo.build("ds-cnn").SerializeToString())
    assert importers.load(path).inputs


@pytest.mark.parametrize(("data", "got"), [
    (b"", "an empty file"), (b"PK\x03\x04", "bytes that begin 50 4b 03 04")])
def test_unknown_content_is_refused(tmp_path: Path, data: bytes, got: str) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(data)
    with pytest.raises(UnsupportedError) as error:
        importers.load(path)
    assert f"file '{path}': expected a model of a known format (ONNX), got {got}; convert" in str(
        error.value)


def test_a_file_that_two_formats_take_for_theirs_is_refused(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twins = tuple(SimpleNamespace(TITLE=name, probe=lambda head: True) for name in ("A", "B"))
    monkeypatch.setattr(importers, "importers", lambda: twins)
    path = tmp_path / "network"
    path.write_bytes(b"x")
    with pytest.raises(UnsupportedError, match=r"a known format \(A, B\), got A or B"):
        importers.load(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none", Path("x" * 300), Path("\0")):
        with pytest.raises(ModelError, match="expected a model file, got"):
            importers.load(path)


def test_an_importer_is_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importers.importers.__wrapped__
    monkeypatch.setattr(importers, "__path__",
                        [*importers.__path__, str(Path(__file__).parent / "folders")])
    monkeypatch.setattr(importers, "importers", found)
    path = tmp_path / "network"
    path.write_text("chain 2x3\nrelu\ntanh\n")
    graph = importers.load(path, {"x": (1, 2)})
    x = np.array([[-1.0, 2.0]], np.float32)
    np.testing.assert_allclose(interpret(graph, {"x": x})["y"], [[0.0, np.tanh(2.0)]], rtol=1e-6)
    assert importers.declared_shapes(path) == {"x": (2, 3)}
    path.write_text("link 2x3\n")
    with pytest.raises(UnsupportedError, match=r"a known format \(Chain, ONNX\)"):
        importers.load(path)
