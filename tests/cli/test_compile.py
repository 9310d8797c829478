"""``tinsmith compile``."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnx.parser
import pytest

from tests.cli.models import classifier, failed, tinsmith
from tinsmith import pipeline
from tinsmith.emit.bundle import Golden
from tinsmith.ir.graph import Graph
from tinsmith.ir.patch import OnSkip
from tinsmith.ops.activations import Relu, Tanh
from tinsmith.passes import manager
from tinsmith.runtime.bundle import Bundle, read_golden, read_manifest


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return classifier(tmp_path_factory.mktemp("model"))


@pytest.mark.cc
def test_writes_a_bundle_that_passes_its_test(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "bundle"
    done = tinsmith("compile", model, "-o", folder)
    assert done.code == 0, done.err
    assert "logits: passed" in done.out
    assert f"cd {folder} && make && ./tin_small --selftest" in done.out
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["name"] == "tin_small"
    assert 0 < manifest["code_bytes"] < 400_000
    ran = subprocess.run(["./tin_small", "--selftest"], cwd=folder, capture_output=True,
                         check=False)
    assert ran.returncode == 0
    assert sorted(path.name for path in folder.parent.iterdir()) == ["bundle"]


@pytest.mark.cc
def test_the_library_is_built_on_demand(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    assert tinsmith("compile", model, "-o", folder, "--library").code == 0
    inputs, outputs = read_golden(folder, read_manifest(folder).interface)
    got = Bundle(folder, folder / "libtin_small.so").run(inputs)
    np.testing.assert_allclose(got["logits"], outputs["logits"], rtol=1e-3, atol=1e-5)
    done = tinsmith("compile", model, "-o", folder, "--library", "--no-build")
    assert done.code == 2
    assert "option '--library': expected it without --no-build" in done.err


@pytest.mark.cc
def test_json_names_sizes(model: Path, tmp_path: Path) -> None:
    answer = tinsmith("compile", model, "-o", tmp_path / "b", "--json", "--explain",
                      "--dump", tmp_path / "dump").json
    assert answer["macs"] == 8 * 3 * 9 * 64 + 32
    assert answer["arena_bytes"] >= answer["arena_bound_bytes"] > 0
    assert answer["selftest"][0].startswith("logits: passed")
    assert any("fuse_activation" in line for line in answer["explanation"])
    assert (tmp_path / "dump" / "000_imported.txt").is_file()


def test_no_build_needs_no_compiler(model: Path, tmp_path: Path,
                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    done = tinsmith("compile", model, "-o", tmp_path / "b", "--no-build", "--cc", "gcc")
    assert done.code == 0, done.err
    assert "not built" in done.out
    assert (tmp_path / "b" / "tin_small.c").is_file()


def test_replaces_a_bundle_and_nothing_else(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    assert tinsmith("compile", model, "-o", folder, "--no-build").code == 0
    (folder / "stale").touch()
    assert tinsmith("compile", model, "-o", folder, "--no-build").code == 0
    assert not (folder / "stale").exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").touch()
    text = failed(1, "compile", model, "-o", other, "--no-build")
    assert f"save: folder '{other}': expected an empty folder or a bundle" in text
    assert [p.name for p in other.iterdir()] == ["mine.txt"]
    text = failed(1, "compile", model, "-o", other / "mine.txt", "--no-build")
    assert "expected a folder, got a file" in text


def test_a_missing_compiler_is_named_and_leaves_nothing(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    text = failed(1, "compile", model, "-o", tmp_path / "b", "--cc", "gcc")
    assert "toolchain: compiler 'gcc': expected it on PATH" in text
    assert not (tmp_path / "b").exists()


@pytest.mark.cc
@pytest.mark.parametrize(("precision", "allowed"), [("f16", "2.0e-03"), ("bf16", "3.0e-02")])
def test_a_lower_precision_passes_a_wider_self_test(
    model: Path, tmp_path: Path, precision: str, allowed: str
) -> None:
    folder = tmp_path / "b"
    answer = tinsmith("compile", model, "-o", folder, "--precision", precision, "--json").json
    assert all(f"(allowed {allowed})" in line for line in answer["selftest"])
    assert json.loads((folder / "manifest.json").read_text())["precision"] == precision
    assert tinsmith("verify", folder, "--json").json["passed"]
    assert tinsmith("verify", model, "--precision", precision, "--json").json["passed"]


def test_other_precisions_are_refused_by_name(model: Path, tmp_path: Path) -> None:
    text = failed(2, "compile", model, "-o", tmp_path / "b", "--precision", "f8")
    assert "argument --precision: expected one of f32, bf16, f16, auto, got 'f8'" in text
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(("words", "text"), [
    (("--target", "cortex-a99"), "targets: target 'cortex-a99'"),
    (("--shape", "pixels=1x3"), "input 'pixels': expected one of ['image']"),
    (("--shape", "image=1x3x9"), "expected a shape like 1x3x8x8, got 1x3x9; check --shape"),
    (("--shape", "image=1x4x8x8"), "with --shape image=1x4x8x8, while the model declares 1x3x8x8"),
    (("--bind", "image=1,2,3"), "expected 1x3x8x8 of float32 to bind, got 3 of int64"),
    (("--bind", "image=none.npy"), "input: file 'none.npy'"),
    (("--shape", "image="), "expected a shape like 1x3x8x8, got no axes; check --shape"),
    (("--rows", "places=9"), "value 'places': expected the output of a NonZero, of which this "
                             "model has none, got another; check --rows"),
    (("--cc", "tcc"), "fine), got neither; use --cc zig"),
])
def test_wrong_options_are_explained(model: Path, tmp_path: Path, words: tuple[str, ...],
                                     text: str) -> None:
    build = ("--no-build",) if "--cc" not in words else ()
    assert text in failed(1, "compile", model, "-o", tmp_path / "b", *build, *words)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(("words", "text"), [
    (("--threads", "1000001"), "expected a whole number from 1 to 1000000, got '1000001'"),
    (("--threads", "9" * 5000), "expected a whole number from 1 to 1000000, got '999"),
    (("--rows", "places=0"), "argument --rows: expected NAME=100, at least 1, got 'places=0'"),
    (("--name", ""), "argument --name: expected a name, got none"),
    (("--crop", "7"), "argument --crop: expected a number from 0 to 1, got '7'"),
    (("--crop", "nan"), "argument --crop: expected a number from 0 to 1, got 'nan'"),
    (("--mean", "1,nan"), "expected a number, or several with commas between, got '1,nan'"),
])
def test_senseless_words_are_refused(model: Path, tmp_path: Path, words: tuple[str, ...],
                                     text: str) -> None:
    assert text in failed(2, "compile", model, "-o", tmp_path / "b", "--no-build", *words)
    assert not (tmp_path / "b").exists()


def test_what_to_type_next_is_quoted(model: Path, tmp_path: Path) -> None:
    done = tinsmith("compile", model, "-o", tmp_path / "my bündel", "--no-build", "--threads", "1")
    assert f"cd '{tmp_path / 'my bündel'}' && make" in done.out
    (target,) = (line for line in done.out.splitlines() if line.startswith("target"))
    assert target.rstrip().endswith(", 1 thread")


def test_damaged_and_missing_models_are_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"\x08\xff nonsense")
    for name in ("bad.onnx", "none.onnx", "model.pb"):
        text = failed(1, "compile", tmp_path / name, "-o", tmp_path / "b", "--no-build")
        assert name in text
    assert not (tmp_path / "b").exists()


def test_a_folder_is_no_model(model: Path, tmp_path: Path) -> None:
    text = failed(1, "compile", tmp_path, "-o", tmp_path / "b", "--no-build")
    assert f"import: file '{tmp_path}': expected a model file (ONNX), got a folder; name" in text
    assert not (tmp_path / "b").exists()


def test_open_shapes_are_asked_for_and_taken(tmp_path: Path) -> None:
    model = classifier(tmp_path, shape=(1, 3, "h", "w"))
    text = failed(1, "compile", model, "-o", tmp_path / "b", "--no-build")
    assert "input 'image' (1x3xhxw): expected static shapes" in text
    assert text.endswith("for example: --shape image=1x3x224x224\n")
    done = tinsmith("compile", model, "-o", tmp_path / "b", "--no-build", "--json",
                    "--shape", "image=1x3x6x5")
    assert done.code == 0, done.err
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    assert manifest["inputs"][0]["shape"] == [1, 3, 6, 5]
    assert done.json["input_shapes"] == [{"name": "image", "declared": [1, 3, "h", "w"],
                                          "shape": [1, 3, 6, 5], "why": "from --shape"}]


@pytest.mark.parametrize(("declared", "words", "shown"), [
    (("N", 3, 8, 8), (), "image 1x3x8x8: batch taken as 1, the model declares Nx3x8x8"),
    ((1, 3, 8, 8), (), "image 1x3x8x8: declared"),
    ((10, 3, 32, 32), ("--shape", "image=2x3x8x8"),
     "image 2x3x8x8: from --shape, though the model declares 10x3x32x32"),
])
def test_shapes_are_shown_with_their_reason(
    tmp_path: Path, declared: tuple[int | str, ...], words: tuple[str, ...], shown: str
) -> None:
    model = classifier(tmp_path, shape=declared)
    done = tinsmith("compile", model, "-o", tmp_path / "b", "--no-build", *words)
    assert done.code == 0, done.err
    assert shown in done.out
    name, _, why = shown.partition(": ")
    shape = "f32[" + name.removeprefix("image ").replace("x", ",") + "]"
    seen = tinsmith("inspect", model, *words)
    assert f"input  image: {shape} ({why})" in " ".join(seen.out.replace("\n", " \n").split(" "))
    answer = tinsmith("inspect", model, "--json", *words).json
    assert [f"image {'x'.join(map(str, each['shape']))}: {each['why']}"
            for each in answer["input_shapes"]] == [shown]


def test_a_network_too_large_for_a_chip_is_refused(tmp_path: Path) -> None:
    model = classifier(tmp_path, shape=(1, 3, 200, 200))
    text = failed(1, "compile", model, "-o", tmp_path / "b", "--no-build", "--target", "cortex-m4")
    assert "of working memory on cortex-m4" in text


@pytest.mark.cc
def test_a_bundle_that_fails_is_kept_beside_and_all_is_said(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "b"
    with monkeypatch.context() as patched:
        right = pipeline.golden

        def wrong(*args: object) -> Golden:
            found = right(*args)  # type: ignore[arg-type]
            return replace(found, outputs={n: a + 1 for n, a in found.outputs.items()})

        patched.setattr("tinsmith.cli.compile.golden", wrong)
        text = failed(3, "compile", model, "-o", folder)
    assert "logits: FAILED, error" in text
    assert f"the bundle is kept in '{folder}.failed'" in text
    assert "tinsmith verify" in text
    assert not folder.exists()
    kept = tmp_path / "b.failed"
    ran = subprocess.run(["./tin_small", "--selftest"], cwd=kept, capture_output=True,
                         check=False)
    assert ran.returncode == 1
    assert tinsmith("verify", kept).code == 3
    assert tinsmith("compile", model, "-o", folder).code == 0
    assert not kept.exists()


@pytest.mark.cc
def test_the_self_test_takes_the_users_input(model: Path, tmp_path: Path) -> None:
    x = np.random.default_rng(5).uniform(0, 255, (1, 3, 8, 8)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    folder = tmp_path / "b"
    done = tinsmith("compile", model, "-o", folder, "--input", tmp_path / "x.npy", "--json")
    assert done.code == 0, done.err
    assert done.json["selftest"][0].startswith("logits: passed")
    inputs, _ = read_golden(folder, read_manifest(folder).interface)
    assert np.array_equal(inputs["image"], x)
    assert json.loads((folder / "manifest.json").read_text())["golden"] == "given"
    text = failed(1, "compile", model, "-o", folder, "--input", tmp_path / "none.npy")
    assert "none.npy" in text


def test_numbers_are_bound_and_rows_bounded(tmp_path: Path) -> None:
    """--bind NAME=NUMBER and --rows NAME=NUMBER, and what they say of it."""
    path = tmp_path / "places.onnx"
    path.write_bytes(onnx.parser.parse_model("""<ir_version: 8, opset_import: ["": 17]>
        g (float[3,4] x, float limit) => (int64[] y) {
            m = Greater(x, limit) p = NonZero(m) y = Transpose<perm=[1,0]>(p) }""")
        .SerializeToString())
    words = ("compile", path, "-o", tmp_path / "b", "--no-build", "--bind", "limit=-0.5")
    assert "bound how many it finds: --rows p=12" in failed(1, *words)
    done = tinsmith(*words, "--rows", "p=5", "--json")
    assert done.code == 0, done.err
    assert done.json["notes"] == ["output 'p/count': how many rows are real; -1 behind them"]
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    assert [port["name"] for port in manifest["inputs"]] == ["x"]
    assert [(port["name"], port["shape"]) for port in manifest["outputs"]] == [
        ("y", [5, 2]), ("p/count", [])]


def relu_to_tanh(graph: Graph, on_skip: OnSkip | None = None) -> Graph:
    """A pass that is wrong."""
    if not any(isinstance(node.op, Relu) for node in graph.nodes):
        return graph
    return graph.replace(nodes=tuple(
        node.replace(op=Tanh()) if isinstance(node.op, Relu) else node for node in graph.nodes))


@pytest.mark.parametrize("command", [("compile", "-o", "b", "--no-build"), ("verify",)])
def test_paranoid_compiles_nothing_that_is_wrong(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(manager, "PARANOID", False)
    assert tinsmith(command[0], model, *command[1:], "--paranoid").code == 0
    monkeypatch.setattr(pipeline, "STANDARD", ((relu_to_tanh,), *pipeline.STANDARD))
    shutil.rmtree(tmp_path / "b", ignore_errors=True)
    said = failed(3, command[0], model, *command[1:], "--paranoid")
    assert "passes: pass 'relu_to_tanh' (change 1, after no other): prove: value '" in said
    assert not (tmp_path / "b").exists()
