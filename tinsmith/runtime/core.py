"""Measures what this machine's core does in a cycle, once, and keeps it beside the timings.

``targets/measured.py`` says what of it is believed.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from tinsmith.errors import DataError, ToolchainError
from tinsmith.runtime.peak import fastest, fma_rate, programs, read_rate
from tinsmith.runtime.tunings import default_path, keep_figures, kept_figures
from tinsmith.targets import Target
from tinsmith.targets.measured import Figures, with_figures

Say = Callable[[str], None]
ADDS, CHAIN = 64, 8  # in a round, as in the program
ADD_ROUNDS, CHAIN_ROUNDS, WAKE_TRIALS = 5_000, 100_000, 31
MEMORY_BYTES = 64 << 20  # fits hardly any cache
SOURCE = """\
#define _POSIX_C_SOURCE 200809L
#include "c/simd.h"

#include <pthread.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))
enum { ADDS = 64, CHAIN = 8 };

EXPORT int64_t tin_adds(int64_t rounds, int64_t by);
EXPORT float tin_chain(int64_t rounds, float by, float plus);
EXPORT int tin_wake(int trials, double *seconds);

/* rounds x ADDS additions, each waiting for the one before: a cycle each. */
int64_t tin_adds(int64_t rounds, int64_t by)
{
    int64_t sum = 0;
    TIN_NO_UNROLL
    for (int64_t i = 0; i < rounds; i++) {
        TIN_UNROLL
        for (int k = 0; k < ADDS; k++) {
            sum += by;
            __asm__ volatile("" : "+r"(sum));
        }
    }
    return sum;
}

/* rounds x CHAIN fused multiply-adds, each waiting for the one before. */
float tin_chain(int64_t rounds, float by, float plus)
{
    vf sum = vf_zero();
    const vf a = vf_set1(by), b = vf_set1(plus);
    TIN_NO_UNROLL
    for (int64_t i = 0; i < rounds; i++) {
        TIN_UNROLL
        for (int k = 0; k < CHAIN; k++)
            sum = vf_fma(a, b, sum);
        __asm__ volatile("" ::: "memory");
    }
    return vf_reduce_add(sum);
}

struct sleeper {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    int asked, answered, stop;
    double woken;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *sleep_and_wake(void *argument)
{
    struct sleeper *self = argument;
    pthread_mutex_lock(&self->lock);
    while (!self->stop) {
        while (self->asked == self->answered && !self->stop)
            pthread_cond_wait(&self->wake, &self->lock);
        self->woken = now();
        self->answered = self->asked;
    }
    pthread_mutex_unlock(&self->lock);
    return 0;
}

/* How long a thread that sleeps takes to wake, so many times; 0 where there can be none. */
int tin_wake(int trials, double *seconds)
{
    struct sleeper one = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0, 0.0};
    const struct timespec nap = {0, 1000000};
    pthread_t thread;
    if (pthread_create(&thread, 0, sleep_and_wake, &one)) return 0;
    for (int i = 0; i < trials; i++) {
        nanosleep(&nap, 0);
        pthread_mutex_lock(&one.lock);
        const double start = now();
        one.asked = i + 1;
        pthread_cond_signal(&one.wake);
        pthread_mutex_unlock(&one.lock);
        for (int done = 0; !done;) {
            nanosleep(&nap, 0);
            pthread_mutex_lock(&one.lock);
            done = one.answered == i + 1;
            seconds[i] = one.woken - start;
            pthread_mutex_unlock(&one.lock);
        }
    }
    pthread_mutex_lock(&one.lock);
    one.stop = 1;
    pthread_cond_signal(&one.wake);
    pthread_mutex_unlock(&one.lock);
    pthread_join(thread, 0);
    return 1;
}
"""


def measured(target: Target, compiler: str = "zig", path: Path | None = None,
             say: Say = lambda text: None) -> Target:
    """A target with what was measured of it, where it is this machine ('native').

    What nobody measured yet is measured, and kept; ``say`` hears of it before. Nothing is where
    there is nowhere to keep it, or no compiler.
    """
    path = path or default_path()
    if target.name != "native" or not can_keep(path):
        return target
    key = core_key(target)
    try:
        figures: Figures = kept_figures(path, key)
        if not figures:
            say("measuring this machine's core, once for its instruction set (tinsmith targets "
                "--measure does it again)")
            figures = measure(target, compiler)
            keep_figures(path, key, figures)
    except (ToolchainError, DataError, sqlite3.Error, OSError):  # whoever builds will hear of it
        return target
    return with_figures(target, figures)


def known(target: Target) -> Target:
    """A target with what was measured of it before, where it is this machine."""
    figures = kept_figures(default_path(), core_key(target)) if target.name == "native" else {}
    return with_figures(target, figures) if figures else target


def can_keep(path: Path) -> bool:
    """Whether there is, or could be, a database: a device (/dev/null) is none."""
    return path.is_file() or not path.exists()


def core_key(target: Target) -> str:
    """What the figures of a core depend on: the core, the instructions, how it was measured."""
    method = hashlib.sha256(SOURCE.encode()).hexdigest()[:12]
    core = target.cores[0]
    return f"{core.core} ({core.model.core}), {target.isa} {' '.join(target.features)}, {method}"


def measure(target: Target, compiler: str = "zig") -> Figures:
    """The figures of this machine, by their names in ``targets.measured.FIGURES``; a second or two.

    The best of several trials counts, because others may use the machine; of waking, the median.

    Raises:
        ToolchainError: the compiler is missing or fails.
    """
    library = programs(target, compiler, {"core.c": SOURCE})
    model, threads = target.model, target.core_count
    hertz = clock_hz(library)
    chain = library.tin_chain
    chain.argtypes = (ctypes.c_int64, ctypes.c_float, ctypes.c_float)
    chain.restype = ctypes.c_float
    steps = CHAIN_ROUNDS * CHAIN
    figures = {
        "clock": hertz / 1e9,
        "f32 latency": hertz * fastest(1, lambda i: chain(CHAIN_ROUNDS, 1.0, 1e-6)) / steps,
        "f32 rate": fma_rate(library, 1) / target.lanes / hertz,
    }
    l2_bytes = model.l2.size_bytes
    sizes = {
        "l1d": model.l1d.size_bytes // 2,
        "l2": l2_bytes // 2,
        "l3": min(4 * l2_bytes, model.l3.size_bytes // 2),
    }
    for name, size_bytes in sizes.items():
        if size_bytes:
            figures[name] = read_rate(library, 1, size_bytes) / hertz
    far = max(MEMORY_BYTES, 2 * model.l3.size_bytes)
    figures["memory"] = read_rate(library, 1, far) / 1e9
    together = read_rate(library, threads, far // threads) / 1e9
    if together > figures["memory"]:  # others had no use for the memory meanwhile
        figures["memory of all"] = together
    if (wake_s := wake_seconds(library)) is not None:
        figures["wake"] = wake_s * 1e6
    return figures


def clock_hz(library: ctypes.CDLL) -> float:
    """Cycles a second: of additions that wait for each other."""
    adds = library.tin_adds
    adds.argtypes, adds.restype = (ctypes.c_int64, ctypes.c_int64), ctypes.c_int64
    return ADD_ROUNDS * ADDS / fastest(1, lambda i: adds(ADD_ROUNDS, 3))


def wake_seconds(library: ctypes.CDLL) -> float | None:
    """The median time to wake a thread that sleeps; None where there can be no other thread."""
    seconds = (ctypes.c_double * WAKE_TRIALS)()
    if (os.cpu_count() or 1) < 2 or not library.tin_wake(WAKE_TRIALS, seconds):
        return None
    return float(sorted(seconds)[WAKE_TRIALS // 2])
