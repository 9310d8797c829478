"""Several bundles, and programs in C and C++ that use them at once."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from tests.cli.models import write_model
from tinsmith import pipeline
from tinsmith.emit.names import c_name
from tinsmith.importers import load

STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
LANGUAGES = {"gcc": "c99", "g++": "c++11", "clang": "c11", "clang++": "c++20"}


@dataclass(frozen=True, slots=True)
class Embedded:
    """A bundle: its folder, its name in C, its threads, and the pieces that they share at most."""

    folder: Path
    name: str
    threads: int
    pieces: int


def convolution(folder: Path, name: str, channels: int, extent: int = 48) -> Path:
    """y = Relu(Conv(x)): work enough to be shared by threads."""
    rng = np.random.default_rng(channels)
    weights = {"w": rng.standard_normal((channels, 8, 3, 3)).astype(np.float32)}
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
             helper.make_node("Relu", ["c"], ["y"])]
    return write_model(folder / f"{name}.onnx", nodes, {"x": [1, 8, extent, extent]},
                       {"y": [1, channels, extent, extent]}, weights)


def tiny(path: Path) -> Path:
    """y = exp(x): the smallest bundle."""
    write_model(path.with_name("t.onnx"), [helper.make_node("Exp", ["x"], ["y"])],
                {"x": [5]}, {"y": [5]}).rename(path)
    return path


def embed(model: Path, folder: Path, threads: int, target: str = "native") -> Embedded:
    """The bundle of a model."""
    graph = load(model).replace(name=model.stem)
    made = pipeline.plan(pipeline.optimise(graph).graph,
                         pipeline.request_for(graph, target, threads))
    pipeline.save(graph, made, folder)
    return Embedded(folder, c_name(graph.name), threads, max(step.pieces for step in made.steps))


def need(*programs: str) -> None:
    """Skips a test where a program is missing."""
    for each in programs:
        if not shutil.which(each.split()[0]):
            pytest.skip(f"no {each}")


def call(folder: Path, *command: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Runs a command that has to end with this code."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                          timeout=300)
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done


def library(one: Embedded, compiler: str, flags: Sequence[str] = ("-O1",)) -> str:
    """Builds the static library of a bundle by its own Makefile; its path."""
    file = f"lib{one.name}.a"
    call(one.folder, "make", "clean")
    done = call(one.folder, "make", f"CC={compiler}", f"CFLAGS={' '.join(flags)}", file)
    assert done.stderr == ""
    kept = one.folder.parent / f"{one.folder.name}-{file}"
    (one.folder / file).rename(kept)
    return str(kept)


def compiled(folder: Path, compiler: str, text: str, bundles: Sequence[Embedded],
             libraries: Sequence[str], flags: Sequence[str] = (), standard: str = "") -> Path:
    """A program of somebody else, with the headers and libraries of bundles."""
    suffix = "cpp" if "++" in compiler else "c"
    source = folder / f"program.{suffix}"
    source.write_text(text)
    standard = standard or LANGUAGES[compiler]
    call(folder, compiler, f"-std={standard}", *STRICT, *flags, *(f"-I{b.folder}" for b in bundles),
         str(source), *libraries, "-lm", "-pthread", "-o", "program")
    return folder / "program"


def sanitized(compiler: str, flags: Sequence[str], folder: Path) -> None:
    """Skips a test where a sanitizer's library is missing or does not run."""
    (folder / "empty.c").write_text("int main(void) { return 0; }\n")
    made = call(folder, compiler, *flags, "empty.c", "-o", "empty", code=None)
    if made.returncode or call(folder, "./empty", code=None).returncode:
        pytest.skip(f"no {flags[0]} for {compiler}")


def zig() -> str:
    return f"{sys.executable} -m ziglang cc"


_ONE = """\
static unsigned char NAME_weights[UPPER_WEIGHTS_BYTES + 64] ALIGNED;
static unsigned char NAME_golden[UPPER_INPUT_0_BYTES + UPPER_OUTPUT_0_BYTES] ALIGNED;
static unsigned char NAME_arena[UPPER_ARENA_BYTES + 64] ALIGNED;
static struct NAME_context NAME_first;

static void *NAME_caller(void *unused)
{
    static int callers;
    static unsigned char arenas[CALLERS][UPPER_ARENA_BYTES + 64] ALIGNED;
    static float results[CALLERS][UPPER_OUTPUT_0_BYTES / 4];
    static struct NAME_context contexts[CALLERS];
    const int me = __atomic_fetch_add(&callers, 1, __ATOMIC_SEQ_CST) % CALLERS;
    const void *in[1];
    void *out[1];
    in[0] = NAME_golden;
    out[0] = results[me];
    if (me % 2 ? NAME_share(&contexts[me], &NAME_first, arenas[me], UPPER_SHARING_BYTES,
                            UPPER_MAX_THREADS)
               : NAME_init(&contexts[me], NAME_weights, UPPER_WEIGHTS_BYTES, arenas[me],
                           sizeof arenas[me], UPPER_MAX_THREADS))
        fail("init NAME");
    for (int i = 0; i < RUNS; i++) {
        memset(results[me], 0, sizeof results[me]);
        if (NAME_run(&contexts[me], in, out) != UPPER_OK)
            fail("run NAME");
        for (int k = 0; k < (int)(UPPER_OUTPUT_0_BYTES / 4); k++) {
            float want;
            memcpy(&want, NAME_golden + UPPER_INPUT_0_BYTES + 4 * k, 4);
            if (!(results[me][k] - want < 1e-3f && want - results[me][k] < 1e-3f))
                fail("answer of NAME");
        }
    }
    NAME_free(&contexts[me]);
    NAME_free(&contexts[me]);
    if (NAME_run(&contexts[me], in, out) != UPPER_NOT_READY)
        fail("run of NAME after free");
    return unused;
}
"""
_HEAD = """\
INCLUDES
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define ALIGNED __attribute__((aligned(64)))
#define CALLERS CALLER_COUNT
#define RUNS RUN_COUNT

static void fail(const char *what)
{
    fprintf(stderr, "wrong: %s\\n", what);
    exit(1);
}

static void load(const char *path, unsigned char *to, size_t bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file || fread(to, 1, bytes, file) != bytes)
        fail(path);
    fclose(file);
}
"""


def program(bundles: Sequence[Embedded], callers: int = 1, runs: int = 5,
            first: str = "") -> str:
    """A program, C and C++, that runs all bundles at once in ``callers`` threads for each.

    Each thread has a context; every other one shares the weights of one that was set up before.

    Inputs and outputs must be multiples of 64 bytes: so golden.bin has no gaps. ``first`` is put
    before the includes.
    """
    parts = [_HEAD.replace("INCLUDES", first + "".join(
        f'#include "{b.name}.h"\n' for b in bundles)).replace(
        "CALLER_COUNT", str(callers)).replace("RUN_COUNT", str(runs))]
    parts += [filled(_ONE, b) for b in bundles]
    loads = "\n".join(
        filled(f'    load("{b.folder}/weights.bin", NAME_weights, UPPER_WEIGHTS_BYTES);\n'
               f'    load("{b.folder}/golden.bin", NAME_golden, sizeof NAME_golden);\n'
               '    if (NAME_init(&NAME_first, NAME_weights, UPPER_WEIGHTS_BYTES, NAME_arena,\n'
               '                  sizeof NAME_arena, 1))\n        fail("init NAME");', b)
        for b in bundles)
    rows = ", ".join(f"{b.name}_caller" for b in bundles)
    count = len(bundles) * callers
    parts.append(f"""\
int main(void)
{{
    static void *(*const callers[])(void *) = {{{rows}}};
    pthread_t threads[{count}];
{loads}
    for (int i = 0; i < {count}; i++)
        if (pthread_create(&threads[i], 0, callers[i % {len(bundles)}], 0))
            fail("thread");
    for (int i = 0; i < {count}; i++)
        pthread_join(threads[i], 0);
    puts("all right");
    return 0;
}}
""")
    return "\n".join(parts)


def filled(text: str, one: Embedded, more: Mapping[str, str] | None = None) -> str:
    """A text with the name of a bundle for NAME and UPPER."""
    for key, value in {"NAME": one.name, "UPPER": one.name.upper(), **(more or {})}.items():
        text = re.sub(rf"\b{key}(?=\b|_)", value, text)
    return text
