"""After init a network allocates nothing: every malloc of the whole program is counted."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import pytest

from tinsmith import pipeline, zoo
from tinsmith.emit.host import emit
from tinsmith.importers import load
from tinsmith.runtime.runner import run_program
from tinsmith.toolchain import build

COUNTER = """\
#include "net.h"
#include <stdio.h>
#include <string.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);
void *malloc(size_t);
void *calloc(size_t, size_t);
void *realloc(void *, size_t);
void free(void *);

static volatile long calls;

void *malloc(size_t n) { __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED); return __libc_malloc(n); }
void *calloc(size_t n, size_t m)
{
    __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
    return __libc_calloc(n, m);
}
void *realloc(void *p, size_t n)
{
    __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
    return __libc_realloc(p, n);
}
void free(void *p) { __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED); __libc_free(p); }

static unsigned char weights[%(weights)d + 64] __attribute__((aligned(64)));
static unsigned char arena[%(arena)d + 64] __attribute__((aligned(64)));
static unsigned char input[%(input)d], output[%(output)d];
static struct net_context model;

int main(void)
{
    const void *in[] = {input};
    void *out[] = {output};
    free(malloc(1));
    const long hooked = calls;
    if (net_init(&model, weights, %(weights)d, arena, sizeof arena, %(threads)d) != NET_OK)
        return 1;
    const long before = calls;
    for (int i = 0; i < 10; i++)
        if (net_run(&model, in, out) != NET_OK)
            return 2;
    const long after = calls;
    net_free(&model);
    printf("%%ld %%ld\\n", hooked, after - before);
    return 0;
}
"""


@pytest.mark.cc
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="hooks into glibc")
@pytest.mark.parametrize("threads", [1, 2])
def test_no_allocation_between_init_and_the_tenth_run(tmp_path: Path, threads: int) -> None:
    if not shutil.which("gcc"):
        pytest.skip("no gcc")
    model = tmp_path / "net.onnx"
    model.write_bytes(zoo.build("ds-cnn").SerializeToString())
    graph = load(model)
    plan = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, threads=threads))
    counter = COUNTER % {
        "weights": plan.weight_bytes, "arena": plan.memory_bytes, "threads": threads,
        "input": plan.inputs[0].type.size_bytes, "output": plan.outputs[0].type.size_bytes}
    program = build({**emit(plan, "net"), "counter.c": counter}, plan.target, kind="program",
                    compiler="gcc")
    done = run_program(program, plan.target, on="here")
    assert done.returncode == 0, done.stderr
    hooked, while_running = map(int, done.stdout.split())
    assert hooked >= 2, "the hooks do not count"
    assert while_running == 0
