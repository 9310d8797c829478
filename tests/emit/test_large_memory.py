"""Working memory beyond 2 GB, which no static array holds: the programs of a bundle map it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.cli.models import classifier
from tests.emit.embedding import call, embed, zig
from tinsmith import pipeline
from tinsmith.emit.host import emit
from tinsmith.emit.interface import describe
from tinsmith.emit.trace import trace_program
from tinsmith.importers import load
from tinsmith.runtime.runner import run_program
from tinsmith.toolchain import build

LARGE_BYTES = (2 << 30) + (64 << 20)  # untouched pages take no memory
pytestmark = [pytest.mark.cc, pytest.mark.one_target,
              pytest.mark.skipif(sys.maxsize < 1 << 32, reason="32 bits")]


@pytest.mark.skipif(not shutil.which("make"), reason="no make")
@pytest.mark.parametrize("compiler", ["gcc", "zig"])
def test_the_program_runs_with_a_large_arena(tmp_path: Path, compiler: str) -> None:
    if compiler != "zig" and not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    one = embed(classifier(tmp_path), tmp_path / "b", 1, "c")
    header = one.folder / f"{one.name}.h"
    lines = [f"#define {one.name.upper()}_ARENA_BYTES {LARGE_BYTES}" if "_ARENA_BYTES" in line
             else line for line in header.read_text().splitlines()]
    header.write_text("\n".join([*lines, ""]))
    done = call(one.folder, "make", f"CC={zig() if compiler == 'zig' else compiler}", "test")
    assert "logits: passed" in done.stdout


def test_a_trace_runs_with_large_buffers(tmp_path: Path) -> None:
    graph = load(classifier(tmp_path))
    made = pipeline.plan(pipeline.optimise(graph).graph, pipeline.request_for(graph, "c", 1))
    text = trace_program(describe(made, "net"))
    assert f"MEMORY(arena, {made.memory_bytes}, );" in text
    text = text.replace(f"(arena, {made.memory_bytes}", f"(arena, {LARGE_BYTES}")
    program = build({**emit(made, "net"), "trace.c": text}, made.target, kind="program")
    inputs = bytes(made.inputs[0].type.size_bytes)
    done = run_program(program, made.target, on="here", cwd=tmp_path,
                       files={"weights.bin": made.blob(), "inputs.bin": inputs})
    assert done.returncode == 0
    assert (tmp_path / "trace.bin").stat().st_size > 0
