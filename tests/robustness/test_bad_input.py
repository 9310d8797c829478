"""Bad tensors, folders, compilers and disks: one clear error, exit code 1, nothing left behind."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import pytest
from onnx import helper as h

import tinsmith as tin
from tests.cli.models import Done, write_model
from tests.robustness import fuzz
from tests.robustness.refusals import ROOT, is_clear, one_line, refused, run_apart
from tinsmith.errors import DataError, ToolchainError
from tinsmith.runtime.session import Session

QUICK = 300
TINY_DISK_BYTES = 100_000


def test_spoilt_files() -> None:
    findings = fuzz.run(QUICK, seed=1_000_003, jobs=1, every=0, quiet=True)
    assert not findings, "\n".join(f"{f.number} {f.verdict} {f.why}" for f in findings)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with more weights than the tiny disk holds."""
    rng = np.random.default_rng(0)
    nodes = [h.make_node("Conv", ["x", "w"], ["c"], "conv"),
             h.make_node("Flatten", ["c"], ["f"], "flatten"),
             h.make_node("MatMul", ["f", "m"], ["y"], "fc")]
    weights = {"w": rng.standard_normal((8, 3, 3, 3)).astype(np.float32),
               "m": rng.standard_normal((8 * 36, 200)).astype(np.float32)}
    return write_model(tmp_path_factory.mktemp("model") / "net.onnx", nodes,
                       {"x": [1, 3, 8, 8]}, {"y": [1, 200]}, weights)


@pytest.fixture(scope="module")
def session(model: Path) -> Session:
    return tin.compile(tin.load(model))


X = np.zeros((1, 3, 8, 8), np.float32)
BAD_FEEDS: dict[str, tuple[dict[str, np.ndarray], str]] = {
    "shape": ({"x": X[0]}, "expected f32[1,3,8,8], got float32[3, 8, 8]"),
    "batch": ({"x": np.concatenate([X, X])}, "got float32[2, 3, 8, 8]"),
    "dtype": ({"x": X.astype(np.float64)}, "got float64[1, 3, 8, 8]"),
    "object": ({"x": np.full(X.shape, None)}, "got object[1, 3, 8, 8]"),
    "text": ({"x": np.full(X.shape, "a")}, "got <U1[1, 3, 8, 8]"),
    "nothing": ({}, "got nothing"),
    "unknown": ({"x": X, "z": X}, "expected one of ['x'], got 'z'"),
}


@pytest.mark.cc
@pytest.mark.parametrize("case", BAD_FEEDS)
def test_tensors_that_do_not_fit(session: Session, case: str) -> None:
    feeds, text = BAD_FEEDS[case]
    with pytest.raises(DataError) as error:
        session(feeds)
    assert text in str(error.value)
    assert is_clear(error.value)


@pytest.mark.cc
def test_ragged_lists_are_refused(session: Session) -> None:
    with pytest.raises(DataError) as error:
        session([[1.0], [2.0, 3.0]])  # type: ignore[arg-type]
    assert is_clear(error.value)


@pytest.mark.cc
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_images_that_are_no_numbers(model: Path, tmp_path: Path, value: float) -> None:
    x = X.copy()
    x[0, 1, 2, 3] = value
    np.save(tmp_path / "x.npy", x)
    assert "expected finite values" in refused("run", model, tmp_path / "x.npy")
    np.savez(tmp_path / "x.npz", x=x)
    assert "expected finite values" in refused("run", model, tmp_path / "x.npz")


@pytest.mark.cc
def test_arrays_that_are_no_arrays(model: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    whole = (tmp_path / "x.npy").read_bytes()
    bad = tmp_path / "bad.npy"
    for data in (b"", whole[:7], whole[:90], whole[:-1], whole.replace(b"<f4", b"|O8"),
                 whole.replace(b"8, 8)", b"8,9**9)"), b"\x93NUMPY\x01\x00\xff\xff" + whole[10:]):
        bad.write_bytes(data)
        assert "bad.npy" in refused("run", model, bad)
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04nonsense")
    assert "bad.npz" in refused("run", model, tmp_path / "bad.npz")
    assert "no file" in refused("run", model, tmp_path)


def test_folders_that_cannot_be_written(model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/tinsmith"),
                   Path("/dev/null/x"), tmp_path / ("x" * 300)):
        assert "save: folder" in refused("compile", model, "-o", folder, "--no-build")
        with pytest.raises(DataError) as error:
            graph = tin.load(model)
            tin.save(graph, tin.pipeline.plan(tin.optimise(graph).graph), folder)
        assert is_clear(error.value)
    assert (tmp_path / "file").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_missing_compiler(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("gcc", "clang", "gcc-99", "/nowhere/gcc", "tcc"):
        text = refused("compile", model, "-o", tmp_path / "out", "--cc", name)
        assert "toolchain: compiler" in text
        with pytest.raises(ToolchainError) as error:
            tin.compile(tin.load(model), compiler=name)
        assert is_clear(error.value)
    assert not (tmp_path / "out").exists()


def test_a_compiler_that_only_fails(model: Path, tmp_path: Path) -> None:
    fake = tmp_path / "gcc"
    fake.write_text("#!/bin/sh\necho 'model.c:1: error: no' >&2\nexit 1\n")
    fake.chmod(0o755)
    text = refused("compile", model, "-o", tmp_path / "out", "--cc", fake)
    assert "error: no" in text
    assert [p.name for p in tmp_path.iterdir()] == ["gcc"]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 100 KB; skipped where it cannot be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={TINY_DISK_BYTES}", "tmpfs",
                           str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no right to mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=False)


def bundle_of_before(folder: Path) -> dict[str, bytes]:
    """A small bundle in ``folder``, and its files."""
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    (folder / "model.c").write_text("/* before */")
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_full_disk(model: Path, tiny_disk: Path) -> None:
    earlier = bundle_of_before(tiny_disk / "earlier")
    for folder in (tiny_disk / "new", tiny_disk / "earlier"):
        text = refused("compile", model, "-o", folder, "--no-build")
        assert "No space left on device; free some space" in text
    assert contents(tiny_disk / "earlier") == earlier
    assert [p.name for p in tiny_disk.iterdir()] == ["earlier"]


@pytest.mark.cc
def test_a_full_disk_while_compiling(model: Path, tiny_disk: Path, tmp_path: Path) -> None:
    text = one_line(run_apart("compile", model, "-o", tmp_path / "out",
                              TINSMITH_CACHE=str(tiny_disk / "cache")))
    assert "full disk" in text or "No space left" in text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [("--no-build",), ("--cc", "gcc")])
def test_files_that_may_not_grow(model: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    earlier = bundle_of_before(tmp_path / "earlier")
    script = ("import resource, sys; from tinsmith.cli.main import main; "
              f"resource.setrlimit(resource.RLIMIT_FSIZE, ({TINY_DISK_BYTES}, -1)); "
              "sys.exit(main(sys.argv[1:]))")
    for name in ("new", "earlier"):
        done = subprocess.run(
            [sys.executable, "-c", script, "compile", model, "-o", tmp_path / name, *words],
            cwd=ROOT, text=True, capture_output=True, check=False,
            env={**os.environ, "TINSMITH_CACHE": str(tmp_path / "cache")})
        text = one_line(Done(done.returncode, done.stdout, done.stderr))
        assert "File too large" in text, text
    assert contents(tmp_path / "earlier") == earlier
    assert {p.name for p in tmp_path.iterdir()} <= {"earlier", "cache"}


def test_no_memory(model: Path, tmp_path: Path) -> None:
    big = onnx.load(model)
    big.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 20_000
    big.graph.input[0].type.tensor_type.shape.dim[3].dim_value = 10_000
    del big.graph.node[1:]
    big.graph.output[0].CopyFrom(h.make_tensor_value_info("c", 1, None))
    path = tmp_path / "big.onnx"
    path.write_bytes(big.SerializeToString())
    script = ("import resource, sys; from tinsmith.cli.main import main; "
              "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)); "
              "sys.exit(main(sys.argv[1:]))")
    done = subprocess.run([sys.executable, "-c", script, "compile", path, "-o", tmp_path / "out",
                           "--no-build"], cwd=ROOT, text=True, capture_output=True, check=False)
    assert "memory" in one_line(Done(done.returncode, done.stdout, done.stderr))
    assert not (tmp_path / "out").exists()


def test_networks_that_would_take_hours(tmp_path: Path) -> None:
    nodes = [h.make_node("MaxPool", ["x"], ["y"], "pool", kernel_shape=[9000, 9000])]
    path = write_model(tmp_path / "slow.onnx", nodes, {"x": [1, 1, 20_000, 20_000]},
                       {"y": [1, 1, 11_001, 11_001]})
    assert "expected at most 1e+12 operations" in refused("compile", path, "-o", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_limits_are_those_of_this_process() -> None:
    """The tests above set limits in other processes only."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
