"""Programs of bundles: the size of their code, and what a failed self-test says."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.cli.models import classifier
from tinsmith import pipeline, zoo
from tinsmith.errors import SelftestError, TargetError
from tinsmith.importers import load
from tinsmith.runtime.program import build_program, loaded_bytes, selftest
from tinsmith.targets import find
from tinsmith.targets.probe import usable_cores


def test_what_is_no_program_counts_as_it_is() -> None:
    assert loaded_bytes(b"") == 0
    assert loaded_bytes(b"12345") == 5


@pytest.mark.cc
def test_code_bytes_are_near_those_of_a_stripped_file(tmp_path: Path) -> None:
    graph = load(classifier(tmp_path))
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "native", 1))
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
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "native", 1))
    files = pipeline.bundle_files(graph, made)
    golden = np.frombuffer(files["golden.bin"], np.uint8).copy()
    golden[-64:-60] = np.frombuffer(np.float32(99).tobytes(), np.uint8)
    program = build_program(files, made.target, "zig")
    with pytest.raises(SelftestError, match=r"selftest: .*logits: FAILED.*at element 0.*wanted 99"
                                            r".*tinsmith verify.*--exact.*--input") as caught:
        selftest(program, find("native"), {**files, "golden.bin": golden.tobytes()}, "here")
    assert caught.value.exit_code == 3


@pytest.mark.cc
@pytest.mark.qemu
@pytest.mark.one_target
@pytest.mark.skipif(not shutil.which("qemu-aarch64"), reason="no QEMU")
def test_a_processor_that_lacks_instructions_is_no_defect(tmp_path: Path) -> None:
    graph = load(classifier(tmp_path))
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "cortex-a76", 1))
    files = pipeline.bundle_files(graph, made)
    program = build_program(files, made.target, "zig")
    lesser = replace(made.target, qemu_cpu="cortex-a53")
    with pytest.raises(TargetError, match=r"selftest: program for 'cortex-a76.*': expected a "
                                          r"processor with its instructions, got another \(--on "
                                          r"qemu\); run it elsewhere"):
        selftest(program, lesser, files, "qemu")


@pytest.mark.cc
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
@pytest.mark.parametrize("network", ["ds-cnn", "squeezenet1.0"])
def test_resident_memory_is_weights_and_arena_and_little_more(tmp_path: Path,
                                                              network: str) -> None:
    model = tmp_path / "net.onnx"
    model.write_bytes(zoo.build(network).SerializeToString())
    graph = load(model)
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "native", 2))
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


@pytest.mark.cc
@pytest.mark.skipif(usable_cores() < 2, reason="one core")
@pytest.mark.parametrize(("files", "threads"), [
    ({}, 2), ({"cpu.max": "max 100000"}, 2), ({"cpu.max": "400000 100000"}, 2),
    ({"cpu.max": "100001 100000"}, 2), ({"cpu.max": "100000 100000"}, 1),
    ({"cpu.max": "20000 100000"}, 1),
    ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 1),
    ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 2),
])
def test_no_more_threads_than_the_control_group_pays_for(
        tmp_path: Path, program: dict[str, bytes], files: dict[str, str], threads: int) -> None:
    group = tmp_path / "cgroup"
    for name, text in files.items():
        (group / name).parent.mkdir(parents=True, exist_ok=True)
        (group / name).write_text(text)
    text = {name: data.replace(b"/sys/fs/cgroup", str(group).encode())
            for name, data in program.items()}
    built = build_program(text, find("native"), "zig")
    for name in ("weights.bin", "golden.bin"):
        (tmp_path / name).write_bytes(program[name])
    said = subprocess.run([built.path, "--time", "--runs", "1"], cwd=tmp_path, check=True,
                          capture_output=True, text=True).stdout
    assert f"1 runs, {threads} threads:" in said


@pytest.fixture
def program(tmp_path: Path) -> dict[str, bytes]:
    """The files of a bundle for two threads."""
    graph = load(classifier(tmp_path))
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, "native", 2))
    return pipeline.bundle_files(graph, made)
