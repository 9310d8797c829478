"""Programs of bundles: the size of their code, and what a failed self-test says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.cli.models import classifier
from tinsmith import pipeline
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
