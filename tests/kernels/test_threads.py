"""The pool of threads where the system refuses: no lock is used that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emit.embedding import call, need
from tinsmith.kernels.registry import FOLDER

C = FOLDER / "c"

PROGRAM = """\
#define _POSIX_C_SOURCE 199309L
#include "threads.h"
#include <stdio.h>
#include <string.h>

static const char *broken;
static int calls, live, misused;

static int refuse(const char *what)
{
    calls++;
    return !strcmp(broken, what);
}

static int made(const char *what)
{
    if (refuse(what))
        return 12;
    live++;
    return 0;
}

static void used(void)
{
    if (!live)
        misused++;
}

#define pthread_mutex_init(m, a) ((void)(m), made("mutex"))
#define pthread_cond_init(c, a) ((void)(c), made(calls == 1 ? "wake" : "finished"))
#define pthread_mutex_destroy(m) ((void)(m), used(), live--)
#define pthread_cond_destroy(c) ((void)(c), used(), live--)
#define pthread_mutex_lock(m) ((void)(m), used(), 0)
#define pthread_mutex_unlock(m) ((void)(m), used(), 0)
#define pthread_cond_broadcast(c) ((void)(c), used(), 0)
#define pthread_create(t, a, f, x) ((void)(t), (void)(f), (void)(x), 11)

FUNCTIONS

static int ran;

static void step(const void *network, int thread, ptrdiff_t begin, ptrdiff_t end)
{
    (void)network;
    (void)thread;
    ran += (int)(end - begin);
}

int main(int count, char **words)
{
    static const struct tin_task tasks[] = {{step, 10, 10}};
    static struct tin_pool pool;
    static struct tin_share shares[4];
    static struct tin_worker workers[4];
    broken = count > 1 ? words[1] : "";
    memset(&pool, 0xa5, sizeof pool);
    const int threads = tin_pool_start(&pool, shares, workers, 0, tasks, 4, 200000, 50000);
    tin_pool_share_out(&pool, 0);
    tin_pool_stop(&pool);
    tin_pool_stop(&pool);
    printf("%d threads, %d run, %d left, %d misused\\n", threads, ran, live, misused);
    return 0;
}
"""


@pytest.mark.cc
@pytest.mark.one_target
@pytest.mark.parametrize("broken", ["mutex", "wake", "finished", ""])
def test_what_could_not_be_made_is_not_used(tmp_path: Path, broken: str) -> None:
    """Without threads (``pthread_create`` fails, too) the caller does all the work itself."""
    need("gcc")
    pool = (C / "threads.h").read_text()
    head, _, functions = pool.partition("TIN_INLINE void tin_pause")
    text = PROGRAM.replace('#include "threads.h"\n', head).replace(
        "FUNCTIONS", f"TIN_INLINE void tin_pause{functions}")
    (tmp_path / "threads.c").write_text(text)
    call(tmp_path, "gcc", "-std=c99", "-O1", f"-I{C}", "threads.c", "-o", "program", "-lpthread")
    done = call(tmp_path, "./program", broken)
    assert done.stdout == "1 threads, 10 run, 0 left, 0 misused\n"
