"""What a network says to calls that cannot be right: each has a status, and none is obeyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.models import adder
from tests.emit.embedding import (
    call,
    compiled,
    convolution,
    embed,
    filled,
    library,
    need,
    sanitized,
)

pytestmark = [pytest.mark.cc, pytest.mark.one_target]

PROGRAM = """\
#include "NAME.h"
#include <stdio.h>
#include <string.h>

static unsigned char weights[UPPER_WEIGHTS_BYTES + 64] __attribute__((aligned(64)));
static unsigned char arena[UPPER_ARENA_BYTES + 256] __attribute__((aligned(64)));
static unsigned char data[3 * 64] __attribute__((aligned(64)));
static struct NAME_context context;

#define EXPECT(status, call) \\
    do { if ((call) != UPPER_##status) { \\
        printf("line %d: %s\\n", __LINE__, #call); return 1; } } while (0)

int main(void)
{
    const size_t wb = UPPER_WEIGHTS_BYTES, ab = UPPER_ARENA_BYTES;
    const void *in[] = {data, data + 64};
    void *out[] = {data + 128};
    unsigned char *second = data + 64, *third = data + 128;

    EXPECT(NOT_READY, NAME_run(&context, in, out));
    EXPECT(NOT_READY, NAME_step(&context, 0, in, out));
    NAME_free(&context);
    memset(&context, 0xa5, sizeof context);
    EXPECT(NOT_READY, NAME_run(&context, in, out));
    NAME_free(&context);

    EXPECT(NULL_POINTER, NAME_init(0, weights, wb, arena, ab, 1));
    EXPECT(MISALIGNED, NAME_init((struct NAME_context *)(void *)(data + 1), weights, wb, arena, ab,
                                 1));
    EXPECT(WEIGHTS_WRONG_SIZE, NAME_init(&context, weights, wb + 1, arena, ab, 1));
    EXPECT(BAD_THREADS, NAME_init(&context, weights, wb, arena, ab, 0));
    EXPECT(BAD_THREADS, NAME_init(&context, weights, wb, arena, ab, UPPER_MAX_THREADS + 1));
    EXPECT(MISALIGNED, NAME_init(&context, weights, wb, arena + 32, ab, 1));
    if (ab) {
        EXPECT(NULL_POINTER, NAME_init(&context, weights, wb, 0, ab, 1));
        EXPECT(ARENA_TOO_SMALL, NAME_init(&context, weights, wb, arena, ab - 1, 1));
    }
    if (ab && wb) {
        EXPECT(NULL_POINTER, NAME_init(&context, 0, wb, arena, ab, 1));
        EXPECT(OVERLAP, NAME_init(&context, arena, wb, arena, ab, 1));
    }
    EXPECT(NOT_READY, NAME_run(&context, in, out));

    EXPECT(OK, NAME_attach(&context, weights, wb, arena, ab, 1));
    if (UPPER_PREPARATIONS > 0)
        EXPECT(NOT_READY, NAME_run(&context, in, out));
    NAME_free(&context);

    EXPECT(OK, NAME_init(&context, weights, wb, arena, ab, 1));
    if (NAME_threads(&context) != 1)
        return 2;
    EXPECT(OK, NAME_run(&context, in, out));
    EXPECT(NULL_POINTER, NAME_run(0, in, out));
    EXPECT(NULL_POINTER, NAME_run(&context, 0, out));
    EXPECT(NULL_POINTER, NAME_run(&context, in, 0));
    in[1] = 0;
    EXPECT(NULL_POINTER, NAME_run(&context, in, out));
    in[1] = second + 2;
    EXPECT(MISALIGNED, NAME_run(&context, in, out));
    in[1] = in[0]; /* both are only read */
    EXPECT(OK, NAME_run(&context, in, out));
    in[1] = second;
    out[0] = 0;
    EXPECT(NULL_POINTER, NAME_run(&context, in, out));
    out[0] = third + 1;
    EXPECT(MISALIGNED, NAME_run(&context, in, out));
    out[0] = second;
    EXPECT(OVERLAP, NAME_run(&context, in, out));
    out[0] = second + 20; /* the last float of an input */
    EXPECT(OVERLAP, NAME_run(&context, in, out));
    out[0] = second + 24; /* right behind it */
    EXPECT(OK, NAME_run(&context, in, out));
    out[0] = data + 40; /* the first float of an input */
    EXPECT(OK, NAME_run(&context, in, out));
    out[0] = data + 44;
    EXPECT(OVERLAP, NAME_run(&context, in, out));
    out[0] = (void *)&context;
    EXPECT(OVERLAP, NAME_run(&context, in, out));
    out[0] = third;
    EXPECT(BAD_STEP, NAME_step(&context, -1, in, out));
    EXPECT(BAD_STEP, NAME_step(&context, UPPER_STEPS, in, out));
    EXPECT(OK, NAME_step(&context, 0, in, out));

    {
        static unsigned char arena2[UPPER_SHARING_BYTES + 128] __attribute__((aligned(64)));
        static struct NAME_context other;
        const size_t sb = UPPER_SHARING_BYTES;
        EXPECT(NULL_POINTER, NAME_share(&other, 0, arena2, sb, 1));
        EXPECT(NULL_POINTER, NAME_share(0, &context, arena2, sb, 1));
        EXPECT(NOT_READY, NAME_share(&context, &other, arena2, sb, 1));
        EXPECT(OVERLAP, NAME_share(&context, &context, arena2, sb, 1));
        EXPECT(BAD_THREADS, NAME_share(&other, &context, arena2, sb, 0));
        EXPECT(MISALIGNED, NAME_share(&other, &context, arena2 + 32, sb, 1));
        if (sb) {
            EXPECT(NULL_POINTER, NAME_share(&other, &context, 0, sb, 1));
            EXPECT(ARENA_TOO_SMALL, NAME_share(&other, &context, arena2, sb - 1, 1));
        }
        EXPECT(NOT_READY, NAME_run(&other, in, out));
        EXPECT(OK, NAME_share(&other, &context, arena2, sb, 1));
        EXPECT(OK, NAME_run(&other, in, out));
        if (NAME_threads(&other) != 1)
            return 4;
        NAME_free(&other);
        EXPECT(NOT_READY, NAME_share(&context, &other, arena2, sb, 1));
    }
    {
        struct NAME_context copy = context; /* it must stay where it was set up */
        EXPECT(NOT_READY, NAME_run(&copy, in, out));
    }
    NAME_free(&context);
    EXPECT(NOT_READY, NAME_run(&context, in, out));
    EXPECT(NOT_READY, NAME_step(&context, 0, in, out));
    if (NAME_prepare(&context, 0) != wb || NAME_threads(&context) != 0)
        return 3;
    NAME_free(&context);
    NAME_free(0);
    EXPECT(OK, NAME_init(&context, weights, wb, arena, ab, 1));
    EXPECT(OK, NAME_run(&context, in, out));
    NAME_free(&context);
    puts("all right");
    return 0;
}
"""


@pytest.mark.parametrize("compiler", ["gcc", "g++"])
def test_every_wrong_call_has_its_status(tmp_path: Path, compiler: str) -> None:
    need("make", "gcc", compiler)
    flags = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-O1")
    sanitized("gcc", flags, tmp_path)
    one = embed(adder(tmp_path), tmp_path / "adder", 2)
    ready = compiled(tmp_path, compiler, filled(PROGRAM, one), (one,), [library(one, "gcc", flags)],
                     flags)
    assert call(tmp_path, str(ready)).stdout == "all right\n"


ARENA = """\
#include "NAME.h"
#include <stdio.h>

static unsigned char weights[UPPER_WEIGHTS_BYTES] __attribute__((aligned(64)));
static unsigned char arena[UPPER_ARENA_BYTES + UPPER_OUTPUT_0_BYTES + UPPER_INPUT_0_BYTES + 64]
    __attribute__((aligned(64)));
static float x[UPPER_INPUT_0_BYTES / 4], y[UPPER_OUTPUT_0_BYTES / 4];
static struct NAME_context context;

static int told(const void *from, void *to)
{
    const void *in[1];
    void *out[1];
    in[0] = from;
    out[0] = to;
    return (int)NAME_run(&context, in, out);
}

int main(void)
{
    const int start = (int)NAME_attach(&context, weights, sizeof weights, arena, sizeof arena, 1);
    int early = UPPER_NOT_READY;
    if (UPPER_PREPARATIONS > 0)
        early = told(x, y);
    for (int i = 0; i < UPPER_PREPARATIONS; i++) {
        if (NAME_prepare(&context, i + 1) != UPPER_WEIGHTS_BYTES) /* out of turn */
            return 1;
        NAME_prepare(&context, i);
    }
    printf("%d %d %d %d %d %d %d\\n", start, early == UPPER_NOT_READY, told(x, y), told(arena, y),
           told(x, arena + UPPER_ARENA_BYTES - 4), told(x, weights), told(x, arena +
           UPPER_ARENA_BYTES));
    NAME_free(&context);
    return 0;
}
"""


def test_arena_and_weights_are_nobody_elses(tmp_path: Path) -> None:
    need("make", "gcc")
    one = embed(convolution(tmp_path, "wide", 64), tmp_path / "wide", 2)
    ready = compiled(tmp_path, "gcc", filled(ARENA, one), (one,), [library(one, "gcc")])
    text = (one.folder / f"{one.name}.h").read_text()
    arena = "0" if f"{one.name.upper()}_ARENA_BYTES 0\n" in text else "8"
    assert call(tmp_path, str(ready)).stdout == f"0 1 0 {arena} {arena} 8 0\n"
