"""A bundle that is loaded again: checked, mapped, and the same as its session."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinsmith as tin
import tinsmith.runtime.bundle as bundle_module
from tests.cli.models import classifier, tinsmith
from tinsmith import pipeline
from tinsmith.emit.bundle import FORMAT, amended, sealed
from tinsmith.errors import DataError, ModelError, TargetError
from tinsmith.importers import load
from tinsmith.interpret import interpret
from tinsmith.runtime.bundle import Bundle, read_golden, read_manifest
from tinsmith.runtime.network import Network
from tinsmith.targets import find, instructions
from tinsmith.targets.native import CHOICE


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return classifier(tmp_path_factory.mktemp("model"))


@pytest.fixture
def folder(model: Path, tmp_path: Path) -> Path:
    graph = load(model)
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "native", 2))
    return pipeline.save(graph, made, tmp_path / "bundle")


@pytest.mark.cc
def test_a_bundle_is_a_session(model: Path, folder: Path) -> None:
    bundle, session = Bundle(folder), pipeline.compile(load(model), threads=2)
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
@pytest.mark.parametrize("compiler", ["gcc", f"{sys.executable} -m ziglang cc"])
def test_a_library_that_was_built_needs_no_compiler(
        model: Path, folder: Path, compiler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = read_manifest(folder).interface.name
    subprocess.run(["make", "-s", "lib", f"CC={compiler}", "CFLAGS=-O1"], cwd=folder, check=True)
    monkeypatch.setattr(bundle_module, "build", None)
    monkeypatch.setenv("PATH", "")
    bundle = tin.Bundle(folder, library=folder / f"lib{name}.so", threads=1)
    x = np.random.default_rng(0).random((1, 3, 8, 8), np.float32)
    want = interpret(load(model), {"image": x})["logits"]
    np.testing.assert_allclose(bundle(x), want, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(bundle.clone()(x), want, rtol=1e-3, atol=1e-5)


@pytest.mark.cc
def test_a_library_of_something_else_is_refused(model: Path, folder: Path, tmp_path: Path) -> None:
    def refused(library: Path, text: str) -> None:
        with pytest.raises(ModelError, match=rf"library '.*{library.name}': expected {text}"):
            Bundle(folder, library)

    refused(tmp_path / "none.so", "a shared library for this machine, got '.*cannot open")
    refused(folder / "weights.bin", "a shared library for this machine, got '")
    (tmp_path / "other.c").write_text("int other(void) { return 1; }\n")
    subprocess.run(["cc", "-shared", "-fPIC", "other.c", "-o", "other.so"], cwd=tmp_path,
                   check=True)
    refused(tmp_path / "other.so", "the network 'tin_.*', got a library without it; build it with")
    graph = load(model)
    changed = {name: w * 2 if w.dtype == np.float32 else w for name, w in graph.weights.items()}
    graph = graph.replace(weights=changed)
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "native", 2))
    other = pipeline.save(graph, made, tmp_path / "other")
    name = read_manifest(other).interface.name
    assert name == read_manifest(folder).interface.name
    subprocess.run(["make", "-s", "lib", "CC=gcc", "CFLAGS=-O0"], cwd=other, check=True)
    refused(other / f"lib{name}.so", "code and weights of this bundle, got those of another one")
    Bundle(other, other / f"lib{name}.so")


@pytest.mark.cc
def test_weights_are_mapped_not_copied(folder: Path) -> None:
    bundle = Bundle(folder, threads=1)
    assert isinstance(bundle._weights, np.memmap)
    assert not bundle._weights.flags.writeable


@pytest.mark.cc
def test_golden_vectors_come_back(folder: Path) -> None:
    inputs, outputs = read_golden(folder, read_manifest(folder).interface)
    got = Bundle(folder).run(inputs)
    np.testing.assert_allclose(got["logits"], outputs["logits"], rtol=1e-3, atol=1e-5)


@pytest.mark.cc
def test_more_threads_than_compiled_for_are_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="threads '3': expected 1 to 2, got 3"):
        Bundle(folder, threads=3)


@pytest.mark.parametrize("name", ["weights.bin", "golden.bin", "kernels/c/task.h", "Makefile"])
def test_a_changed_file_is_named(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelError, match=rf"{name}': expected the file that was compiled"):
        Bundle(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "weights.bin").unlink()
    with pytest.raises(ModelError, match=r"weights.bin': expected it in the bundle"):
        Bundle(folder)


@pytest.mark.parametrize(("content", "text"), [
    ("nonsense", "expected the manifest of a bundle"),
    ("[]", "expected the manifest of a bundle"),
    ('{"format": 99, "sha256": {}}', f"format: expected {FORMAT}, got 99"),
    (f'{{"format": {FORMAT}, "sha256": {{}}}}', "expected the manifest of a bundle, got KeyError"),
    ("[" * 100_000, "expected the manifest of a bundle, got RecursionError"),
])
def test_a_damaged_manifest_is_named(folder: Path, content: str, text: str) -> None:
    (folder / "manifest.json").write_text(content)
    with pytest.raises(ModelError, match=text):
        Bundle(folder)


def amend(folder: Path, **facts: object) -> None:
    """Changes a manifest, as somebody would who knows how its hash is made."""
    content = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_bytes(sealed(content | facts))


@pytest.mark.parametrize("name", ["../outside.h", "/etc/passwd", "link.h", "a/../../outside.h",
                                  "..", "", "\0", "kernels"])
def test_paths_do_not_leave_the_folder(folder: Path, name: str) -> None:
    (folder.parent / "outside.h").write_text("")
    (folder / "link.h").symlink_to(folder.parent / "outside.h")
    amend(folder, sha256={name: hashlib.sha256(b"").hexdigest()})
    with pytest.raises(ModelError, match=r"expected (a name inside|it in) the bundle, got"):
        read_manifest(folder)


def test_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe.h")
    amend(folder, sha256={"pipe.h": hashlib.sha256(b"").hexdigest()})
    with pytest.raises(ModelError, match="expected it in the bundle, got 'No such file"):
        read_manifest(folder)


@pytest.mark.parametrize("field", ["arena_bytes", "target", "inputs", "metadata"])
def test_a_changed_field_is_seen(folder: Path, field: str) -> None:
    content = json.loads((folder / "manifest.json").read_text())
    content[field] = {"arena_bytes": 1 << 50, "target": "c", "inputs": [], "metadata": {"a": "b"}}[
        field]
    (folder / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(ModelError, match="expected the manifest that was compiled, got another"):
        read_manifest(folder)


def test_a_measured_fact_is_part_of_it(model: Path, tmp_path: Path) -> None:
    graph = load(model)
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "native", 1))
    files = amended(pipeline.bundle_files(graph, made), {"code_bytes": 5})
    pipeline.write_folder(tmp_path / "b", files)
    assert read_manifest(tmp_path / "b").interface.threads == 1


@pytest.mark.parametrize("name", ["", "a b", "x;system(0)", "1a", "é", 'a"', "a\n"])
def test_only_an_identifier_enters_the_code(folder: Path, name: str) -> None:
    amend(folder, name=name)
    with pytest.raises(ModelError, match="instead of a C identifier"):
        read_manifest(folder)


def port(shape: list[int]) -> list[dict[str, object]]:
    return [{"name": "image", "shape": shape, "dtype": "float32"}]


@pytest.mark.cc
@pytest.mark.parametrize(("fields", "text"), [
    ({"arena_bytes": 1 << 50}, "bytes of working memory, as its code has, got"),
    ({"arena_bytes": 0, "weights_prepared_bytes": 0}, "bytes of working memory, as its code has"),
    ({"weights_bytes": 1 << 50}, r"weights.bin': expected 1125899906842624 bytes, got"),
    ({"inputs": port([1, 3, 4, 4])}, r"golden.bin': expected \d+ bytes, got"),
    ({"inputs": port([1, 3, 1 << 20, 1 << 20])}, r"golden.bin': expected \d+ bytes, got"),
    ({"steps": []}, "steps, as its code has, got 0; compile it again"),
])
def test_sizes_are_those_of_files_and_code(folder: Path, fields: dict[str, object],
                                           text: str) -> None:
    amend(folder, **fields)
    with pytest.raises(ModelError, match=text):
        Bundle(folder)


@pytest.mark.cc
def test_a_file_that_the_manifest_does_not_list_is_not_compiled(folder: Path) -> None:
    (folder / "more.c").write_text("#error compiled\n")
    (folder / "kernels" / "more.h").write_text("#error compiled\n")
    Bundle(folder).close()
    shown = tinsmith("verify", folder, "--on", "here", "--json")
    assert shown.code == 0, shown.err


def test_a_folder_without_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected manifest\.json in it, got none"):
        Bundle(tmp_path)


def test_code_for_other_machines_is_refused(model: Path, tmp_path: Path, folder: Path) -> None:
    graph = load(model)
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "cortex-m4", 1))
    with pytest.raises(TargetError, match="expected code for this machine, got code for cortex-m4"):
        Bundle(pipeline.save(graph, made, tmp_path / "m4"))
    amend(folder, isa="x86-64-v9", features=["avx1024"])
    with pytest.raises(TargetError, match=r"code for native \(x86-64-v9 \+ avx1024\)"):
        Bundle(folder)


@pytest.mark.cc
def test_code_for_less_than_this_machine_runs(model: Path, tmp_path: Path,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    graph = load(model)
    with monkeypatch.context() as patch:
        patch.setenv(CHOICE, "c")
        made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "native", 1))
        folder = pipeline.save(graph, made, tmp_path / "less")
    assert read_manifest(folder).interface.isa == "c"
    x = np.random.default_rng(0).random((1, 3, 8, 8), np.float32)
    np.testing.assert_allclose(Bundle(folder)(x), interpret(graph, {"image": x})["logits"],
                               rtol=1e-3, atol=1e-5)


def test_a_machine_taken_for_less_runs_no_more(folder: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    here = find("native")
    if here.isa == "c":
        pytest.skip("there is nothing less")
    monkeypatch.setenv(CHOICE, "c")
    words = re.escape(instructions(here.isa, here.features))
    with pytest.raises(TargetError, match=rf"this machine, c, got code for native \({words}\)"):
        Bundle(folder)


@pytest.mark.cc
def test_a_closed_network_does_not_run(folder: Path) -> None:
    bundle = Bundle(folder, threads=1)
    x = np.zeros((1, 3, 8, 8), np.float32)
    bundle(x)
    bundle.close()
    bundle.close()
    for call in (lambda: bundle(x), lambda: bundle.run({"image": x}),
                 lambda: bundle.profile(x, runs=1), lambda: bundle.trace({"image": x})):
        with pytest.raises(DataError, match=r"expected one that is open, got one that was closed"):
            call()


@pytest.mark.cc
def test_an_input_may_lie_anywhere(folder: Path) -> None:
    """Where numpy's array is not at the alignment of its elements, it is copied."""
    bundle = Bundle(folder, threads=1)
    x = np.random.default_rng(1).random((1, 3, 8, 8), np.float32)
    odd = np.frombuffer(b"1" + x.tobytes(), np.uint8)[1:].view(np.float32).reshape(x.shape)
    assert not odd.flags.aligned
    np.testing.assert_array_equal(bundle(odd), bundle(x))
