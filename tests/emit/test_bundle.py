"""The written folder: builds by hand with every compiler, tests itself, survives sanitizers."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from tests.cli.models import classifier, write_model
from tinsmith import pipeline
from tinsmith.emit.bundle import words
from tinsmith.emit.interface import describe, parse
from tinsmith.emit.literals import c_string
from tinsmith.errors import ModelError
from tinsmith.importers import load
from tinsmith.interpret import interpret
from tinsmith.targets import find
from tinsmith.targets.probe import usable_cores
from tinsmith.toolchain import find_compiler
from tinsmith.toolchain.compiler import sanitize_arguments

ZIG = f"{sys.executable} -m ziglang cc"
needs_make = pytest.mark.skipif(not shutil.which("make"), reason="no make")


def write(folder: Path, model: Path, target: str = "native", threads: int = 2) -> Path:
    """A bundle in ``folder`` / b."""
    graph = load(model)
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, target, threads))
    return pipeline.save(graph.replace(name="small"), made, folder / "b")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write(tmp_path, classifier(tmp_path))


def call(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                          timeout=120)


def name_of(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["name"])


@pytest.mark.cc
@needs_make
@pytest.mark.parametrize("compiler", ["gcc", "clang", ZIG])
@pytest.mark.parametrize("threads", [1, 2])
def test_make_builds_without_warnings(tmp_path: Path, compiler: str, threads: int) -> None:
    if not shutil.which(compiler.split()[0]):
        pytest.skip(f"no {compiler}")
    folder = write(tmp_path, classifier(tmp_path), threads=threads)
    made = call(folder, "make", f"CC={compiler}")
    assert made.returncode == 0, made.stderr
    assert made.stderr == ""
    assert "-std=c99" in made.stdout
    assert "-Werror" in made.stdout
    program = f"./{name_of(folder)}"
    done = call(folder, program, "--selftest")
    assert done.returncode == 0
    assert done.stdout.startswith("logits: passed, error")
    assert call(folder, "make", f"CC={compiler}", "test").returncode == 0
    timed = call(folder, program, "--time", "--runs", "5")
    assert timed.stdout.startswith(f"5 runs, {min(threads, usable_cores())} threads: min")
    assert call(folder, "make", "clean").returncode == 0


@pytest.mark.cc
@pytest.mark.skipif(not shutil.which("cmake"), reason="no cmake")
def test_cmake_builds(bundle: Path) -> None:
    for command in (("cmake", "-B", "out"), ("cmake", "--build", "out")):
        done = call(bundle, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert call(bundle / "out", "ctest").returncode == 0


@pytest.mark.cc
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_sanitizers_find_nothing(tmp_path: Path, compiler: str) -> None:
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    folder = write(tmp_path, classifier(tmp_path), target="c")
    target = find("c")
    flags = sanitize_arguments(find_compiler(compiler, target), target)
    sources = [path.name for path in folder.glob("*.c")]
    made = call(folder, compiler, "-std=c99", "-O0", "-g", "-Wall", "-Wextra", "-Werror",
                *target.flags, *flags, *sources, "-o", "program", "-lm", "-lpthread")
    if "cannot find" in made.stderr:
        pytest.skip(f"no sanitizer for {compiler}")
    assert made.returncode == 0, made.stderr
    for arguments in (("--selftest",), ("--time", "--runs", "2"), ("--threads", "1", "--time")):
        done = call(folder, "./program", *arguments)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def program(bundle: Path) -> Path:
    """A built bundle."""
    if not shutil.which("make"):
        pytest.skip("no make")
    done = call(bundle, "make", f"CC={ZIG}")
    assert done.returncode == 0
    return bundle / name_of(bundle)


@pytest.mark.cc
def test_the_program_runs_on_raw_tensors(program: Path, tmp_path: Path) -> None:
    x = np.random.default_rng(3).standard_normal((1, 3, 8, 8)).astype(np.float32)
    x.tofile(program.parent / "x.raw")
    done = call(program.parent, str(program), "x.raw", "y.raw")
    assert (done.returncode, done.stderr) == (0, "")
    got = np.fromfile(program.parent / "y.raw", np.float32)
    want = interpret(load(tmp_path / "small.onnx"), {"image": x})["logits"]
    np.testing.assert_allclose(got, want.reshape(-1), rtol=1e-3, atol=1e-5)


@pytest.mark.cc
def test_the_program_explains_what_is_wrong(program: Path) -> None:
    def refused(code: int, *arguments: str) -> str:
        done = call(program.parent, str(program), *arguments)
        assert done.returncode == code, (arguments, done)
        return done.stderr

    assert "expected --selftest, --time, or a file" in refused(2)
    assert "expected an option and its value, got another" in refused(2, "--nonsense")
    assert "expected 1 to 2 threads" in refused(2, "--time", "--threads", "3")
    assert "expected 1 to 10000 runs" in refused(2, "--time", "--runs", "0")
    assert "expected no more files, got another; give one" in refused(2, "a", "b", "c")
    missing = "file 'none.raw': expected to use it, got 'No such file or directory'; check"
    assert missing in refused(1, "none.raw", "y.raw")
    assert "No such file" in refused(1, "--selftest", "--weights", "none.bin")
    short = program.parent / "short.bin"
    short.write_bytes(b"1234")
    assert "expected 768 bytes, got 4" in refused(1, "short.bin", "y.raw")
    assert "got 4" in refused(1, "--selftest", "--golden", "short.bin")


@pytest.mark.cc
def test_the_selftest_fails_on_a_wrong_result(program: Path) -> None:
    golden = program.parent / "golden.bin"
    data = bytearray(golden.read_bytes())
    data[-64:-60] = np.float32(1e3).tobytes()
    golden.write_bytes(data)
    done = call(program.parent, str(program), "--selftest")
    assert done.returncode == 1
    assert "logits: FAILED" in done.stdout


@pytest.mark.cc
def test_flags_of_another_machine_are_an_error_not_a_wrong_result(tmp_path: Path) -> None:
    if not shutil.which("gcc"):
        pytest.skip("no gcc")
    folder = write(tmp_path, classifier(tmp_path), target="x86-64-v3")
    done = call(folder, "gcc", "-c", "-DTIN_PLAIN_C=1",
                *[p.name for p in folder.glob("*_layers_*.c")])
    assert done.returncode != 0
    assert "use the flags of the Makefile" in done.stderr


@pytest.mark.cc
@needs_make
def test_odd_names_types_and_no_weights(tmp_path: Path) -> None:
    evil = 'a"b\\n??/*x*/ é'
    model = write_model(tmp_path / "int main.onnx", [
        helper.make_node("Exp", [evil], ["y"]),
        helper.make_node("ArgMax", ["y"], ["i"], axis=0, keepdims=0),
    ], {evil: [5]}, {"y": [5], "i": []})
    proto = onnx.load(model)
    proto.graph.output[1].type.tensor_type.elem_type = onnx.TensorProto.INT64
    model.write_bytes(proto.SerializeToString())
    folder = write(tmp_path, model)
    made = call(folder, "make", f"CC={ZIG}")
    assert made.returncode == 0, made.stderr
    done = call(folder, f"./{name_of(folder)}", "--selftest")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("passed") == 2


def test_strings_and_words_in_c() -> None:
    assert c_string('a"b\\') == '"a\\"b\\\\"'
    assert "??" not in c_string("é\n??/??")
    text = words("net_weights", b"\x01\x02\x03\x04\x05")
    assert "0x04030201, 0x00000005" in text
    assert words("none", b"").count("0") >= 1


def test_the_manifest_reads_back(tmp_path: Path) -> None:
    graph = load(classifier(tmp_path))
    interface = describe(pipeline.plan(pipeline.optimise(graph).graph), "small")
    data = json.loads(json.dumps(interface.data()))
    assert parse(data, "manifest.json") == interface


@pytest.mark.parametrize("damage", [
    {"name": 3}, {"arena_bytes": -1}, {"inputs": None}, {"steps": [{}]}, {"threads": True},
    {"outputs": [{"name": "y", "shape": [1], "dtype": "float33"}]}, {"metadata": []},
    {"inputs": [{"name": "x", "shape": "1x3", "dtype": "float32"}]},
])
def test_a_damaged_manifest_is_named(tmp_path: Path, damage: dict[str, object]) -> None:
    graph = load(classifier(tmp_path))
    data = describe(pipeline.plan(pipeline.optimise(graph).graph), "small").data() | damage
    with pytest.raises(ModelError, match=r"file 'm\.json': expected the manifest of a bundle"):
        parse(data, "m.json")


def test_bare_metal_keeps_everything_in_constants(tmp_path: Path) -> None:
    folder = write(tmp_path, classifier(tmp_path), target="cortex-m4", threads=1)
    names = {path.name for path in folder.iterdir()}
    assert {"weights.c", "golden.c", "main_bare.c", "link.ld", "tin_libc", "Makefile"} <= names
    assert not any(name.endswith(".bin") for name in names)
    text = (folder / "weights.c").read_text()
    assert "const uint32_t" in text
    assert "aligned(64)" in text


@pytest.mark.cc
@pytest.mark.qemu
@needs_make
def test_bare_metal_builds_by_hand(tmp_path: Path) -> None:
    for program in ("arm-none-eabi-gcc", "qemu-system-arm"):
        if not shutil.which(program):
            pytest.skip(f"no {program}")
    folder = write(tmp_path, classifier(tmp_path), target="cortex-m4", threads=1)
    done = call(folder, "make", "test")
    assert done.returncode == 0
    said = done.stdout + done.stderr  # QEMU's console is stderr
    assert re.search(r"logits: passed, error \d+e-9 of the largest \(allowed 100000e-9\)", said)
