"""Programs of bundles: the size of their code, and what a failed self-test says."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from tests.cli.models import classifier
from tinsmith import pipeline, zoo
from tinsmith.errors import InternalError
from tinsmith.importers import load
from tinsmith.runtime.program import build_program, loaded_bytes, selftest
from tinsmith.targets import find


def test_what_is_no_program_counts_as_it_is() -> None:
    assert loaded_bytes(b"") == 0
    assert loaded_bytes(b"12345") == 5


@pytest.mark.cc
def test_code_bytes_are_near_those_of_a_stripped_file(tmp_path: Path) -> None:
    graph = load(classifier(tmp_path))
    made = pipeline.plan(pipeline.optimise(graph).graph, "native", 1)
    files = pipeline.bundle_files(graph, made)
    program = build_program(files, made.target, "zig")
    if shutil.which("strip"):
        stripped = tmp_path / "stripped"
        subprocess.run(["strip", "-o", stripped, program.path], check=True)
        assert 0.6 < program.code_bytes / stripped.stat().st_size <= 1.05
    assert selftest(program, made.target, files, "here")[0].startswith("logits: passed")


@pytest.mark.cc
def test_a_wrong_result_is_our_defect(tmp_path: Path) -> None:
    graph = load(classifier(tmp_path))
    made = pipeline.plan(pipeline.optimise(graph).graph, "native", 1)
    files = pipeline.bundle_files(graph, made)
    golden = np.frombuffer(files["golden.bin"], np.uint8).copy()
    golden[-64:-60] = np.frombuffer(np.float32(99).tobytes(), np.uint8)
    program = build_program(files, made.target, "zig")
    with pytest.raises(InternalError, match=r"selftest: .*logits: FAILED"):
        selftest(program, find("native"), {**files, "golden.bin": golden.tobytes()}, "here")


@pytest.mark.cc
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
@pytest.mark.parametrize("network", ["ds-cnn", "squeezenet1.0"])
def test_resident_memory_is_weights_and_arena_and_little_more(tmp_path: Path,
                                                              network: str) -> None:
    model = tmp_path / "net.onnx"
    model.write_bytes(zoo.build(network).SerializeToString())
    graph = load(model)
    made = pipeline.plan(pipeline.optimise(graph).graph, "native", 2)
    files = pipeline.bundle_files(graph, made)
    for name in ("weights.bin", "golden.bin"):
        (tmp_path / name).write_bytes(files[name])
    program = build_program(files, made.target, "zig")
    assert all(": passed" in line for line in selftest(program, made.target, files, "here"))
    running = subprocess.Popen([program.path, "--time", "--runs", "10000"], cwd=tmp_path,
                               stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.2)
        status = Path(f"/proc/{running.pid}/status").read_text()
    finally:
        running.kill()
        running.wait()
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    assert int(peak) * 1024 <= made.kept_bytes + made.memory_bytes + (2 << 20)
