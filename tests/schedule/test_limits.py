"""Threads, steps and chunks: what cannot be counted is refused, all else is counted right."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.models import classifier, failed, tinsmith
from tinsmith import pipeline
from tinsmith.errors import TargetError, UnsupportedError
from tinsmith.importers import load
from tinsmith.kernels.registry import FOLDER
from tinsmith.runtime.runner import run_program
from tinsmith.schedule.limits import MAX_PIECES, MAX_THREADS, check_counts
from tinsmith.schedule.pieces import PIECES_PER_THREAD
from tinsmith.schedule.plan import Plan
from tinsmith.targets import find
from tinsmith.toolchain import build


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    graph = load(classifier(tmp_path))
    return pipeline.plan(pipeline.optimise(graph).graph, pipeline.request_for(graph, "c", 2))


@pytest.mark.parametrize(("target", "threads", "text"), [
    ("native", "1000000", "threads '1000000': expected 1 to 1024 on native, got 1000000"),
    ("cortex-a53", "1025", "threads '1025': expected 1 to 1024 on cortex-a53, got 1025"),
    ("cortex-m4", "2", "threads '2': expected 1 on cortex-m4 (it has no operating system), got 2"),
])
def test_a_number_of_threads_that_cannot_be(tmp_path: Path, target: str, threads: str,
                                            text: str) -> None:
    model = classifier(tmp_path)
    said = failed(1, "compile", model, "-o", tmp_path / "b", "--no-build", "--target", target,
                  "--threads", threads)
    assert text in said
    assert not (tmp_path / "b").exists()
    with pytest.raises(TargetError, match=re.escape(text)):
        graph = load(model)
        pipeline.plan(graph, pipeline.request_for(graph, target, int(threads)))


def test_the_most_threads_can_be_emitted(tmp_path: Path) -> None:
    done = tinsmith("compile", classifier(tmp_path), "-o", tmp_path / "b", "--no-build",
                    "--target", "native", "--threads", MAX_THREADS)
    assert done.code == 0, done.err


def test_the_largest_number_of_pieces_fits() -> None:
    assert PIECES_PER_THREAD * MAX_THREADS < MAX_PIECES


def test_more_steps_than_the_pool_counts(plan: Plan) -> None:
    check_counts(plan)
    long = replace(plan, steps=plan.steps[:1] * 65_536)
    with pytest.raises(UnsupportedError, match=r"fewer than 65536 steps .*, got 65536; .*--th"):
        check_counts(long)
    check_counts(replace(plan, steps=plan.steps[:1] * 65_535))
    check_counts(replace(long, request=replace(plan.request, threads=1)))


def test_more_chunks_than_can_be_counted(plan: Plan) -> None:
    step = plan.steps[0]
    large = replace(step, call=replace(step.call, chunks=1 << 31))
    with pytest.raises(UnsupportedError, match="chunks, got 1 and 2147483648"):
        check_counts(replace(plan, steps=(replace(large, pieces=1),)))
    with pytest.raises(UnsupportedError, match="got 65536 and"):
        check_counts(replace(plan, steps=(replace(step, pieces=65_536),)))


CHUNKS = """\
#include "kernels/c/task.h"

int main(void)
{
    static const ptrdiff_t sizes[] = {0, 1, 99999, 1000000, 2147483647};
    static const ptrdiff_t chunks[] = {1, 3, 32767, 65537, 99999};
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 5; k++) {
            const ptrdiff_t n = sizes[i], c = chunks[k];
            ptrdiff_t last = 0;
            if (tin_chunk(n, c, 0) != 0 || tin_chunk(n, c, c) != n)
                return 1;
            for (ptrdiff_t at = 1; at <= c; at++) {
                const ptrdiff_t here = tin_chunk(n, c, at);
                if (here - last < n / c || here - last - 1 > n / c)
                    return 2;
                last = here;
            }
        }
    return 0;
}
"""


@pytest.mark.cc
@pytest.mark.one_target
@pytest.mark.qemu
def test_chunks_are_equal_with_32_bits_too() -> None:
    if not shutil.which("qemu-arm"):
        pytest.skip("no qemu-arm")
    target = find("cortex-a7")
    sources = {"chunks.c": CHUNKS, "kernels/c/task.h": (FOLDER / "c" / "task.h").read_text()}
    program = build(sources, target, kind="program")
    assert run_program(program, target, on="qemu").returncode == 0
