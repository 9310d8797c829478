"""What this machine can do at most: multiply-accumulates and bytes a second, measured.

A small C program over ``simd.h`` runs independent chains of fused multiply-adds, and reads arrays
that fit into the second-level cache, into a shared one, or into none. All threads run at the same
time; the best of several trials counts, because others may use the machine too.
"""

from __future__ import annotations

import ctypes
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import numpy as np

from tinsmith.kernels.registry import with_included
from tinsmith.targets import Target
from tinsmith.toolchain import build

TRIALS = 40
FMA_ROUNDS = 200_000
READ_BYTES = 16 << 20  # in one trial, at least
MEMORY_BYTES = 64 << 20  # fits no cache
SOURCE = """\
#include "c/simd.h"

#define EXPORT __attribute__((visibility("default")))
enum { CHAINS = %(chains)d };

EXPORT int tin_lanes(void);
EXPORT int tin_chains(void);
EXPORT float tin_fma(int64_t rounds, float by, float plus);
EXPORT float tin_read(const float *from, int64_t floats, int64_t times);

int tin_lanes(void)
{
    return TIN_LANES;
}

int tin_chains(void)
{
    return CHAINS;
}

/* rounds x CHAINS fused multiply-adds, each chain waiting for itself alone. */
float tin_fma(int64_t rounds, float by, float plus)
{
    vf sum[CHAINS];
    const vf a = vf_set1(by), b = vf_set1(plus);
    TIN_UNROLL
    for (int c = 0; c < CHAINS; c++)
        sum[c] = vf_set1((float)c);
    TIN_NO_UNROLL
    for (int64_t i = 0; i < rounds; i++) {
        TIN_UNROLL
        for (int c = 0; c < CHAINS; c++)
            sum[c] = vf_fma(a, b, sum[c]);
        __asm__ volatile("" ::: "memory");
    }
    vf all = vf_zero();
    TIN_UNROLL
    for (int c = 0; c < CHAINS; c++)
        all = vf_add(all, sum[c]);
    return vf_reduce_add(all);
}

/* Reads `floats` numbers `times` times. */
float tin_read(const float *from, int64_t floats, int64_t times)
{
    vf sum[8];
    TIN_UNROLL
    for (int c = 0; c < 8; c++)
        sum[c] = vf_zero();
    for (int64_t t = 0; t < times; t++) {
        TIN_NO_UNROLL
        for (int64_t i = 0; i + 8 * TIN_LANES <= floats; i += 8 * TIN_LANES) {
            TIN_UNROLL
            for (int c = 0; c < 8; c++)
                sum[c] = vf_add(sum[c], vf_load(from + i + c * TIN_LANES));
        }
        __asm__ volatile("" ::: "memory");
    }
    TIN_UNROLL
    for (int c = 1; c < 8; c++)
        sum[0] = vf_add(sum[0], sum[c]);
    return vf_reduce_add(sum[0]);
}
"""


@dataclass(frozen=True, slots=True)
class Level:
    """A level of memory: how much fits, and how many bytes a second come from it."""

    name: str
    capacity_bytes: float
    bytes_per_s: float


@dataclass(frozen=True, slots=True)
class Peak:
    """The best rates of ``threads`` threads together: multiply-accumulates, and reads by level."""

    threads: int
    macs_per_s: float
    levels: tuple[Level, ...]

    def bound_s(self, macs: int, traffic_bytes: int) -> tuple[float, str]:
        """The least time for some work, and what sets it: 'compute' or a level of memory."""
        level = next(each for each in self.levels if traffic_bytes <= each.capacity_bytes)
        compute, reading = macs / self.macs_per_s, traffic_bytes / level.bytes_per_s
        return (compute, "compute") if compute >= reading else (reading, level.name)


def measure(target: Target, threads: int, compiler: str = "zig") -> Peak:
    """Measures this machine with the instructions of ``target``.

    Raises:
        ToolchainError: the compiler is missing or fails.
    """
    library = programs(target, compiler)
    own = target.model.l2.size_bytes or 32 << 10
    levels = (
        Level("L2", threads * own, read_rate(library, threads, own // 2)),
        Level("L3", threads * own * 16, read_rate(library, threads, own * 4)),
        Level("memory", math.inf, read_rate(library, threads, MEMORY_BYTES // threads)),
    )
    return Peak(threads, fma_rate(library, threads), levels)


def programs(target: Target, compiler: str, more: Mapping[str, str] | None = None) -> ctypes.CDLL:
    """The C program, and ``more`` sources beside it.

    Raises:
        ToolchainError: the compiler is missing or fails.
    """
    chains = min(16, target.vector_registers - 4)
    sources = {"peak.c": SOURCE % {"chains": chains}, **(more or {}),
               **with_included(["c/simd.h"])}
    return ctypes.CDLL(str(build(sources, target, kind="shared", compiler=compiler)))


def fma_rate(library: ctypes.CDLL, threads: int) -> float:
    """Multiply-accumulates a second of all threads, in chains that wait for themselves alone."""
    fma = library.tin_fma
    fma.argtypes, fma.restype = (ctypes.c_int64, ctypes.c_float, ctypes.c_float), ctypes.c_float
    work = FMA_ROUNDS * library.tin_lanes() * library.tin_chains()
    return float(threads * work / fastest(threads, lambda i: fma(FMA_ROUNDS, 1.0, 1e-6)))


def read_rate(library: ctypes.CDLL, threads: int, size_bytes: int) -> float:
    """Bytes a second when every thread reads its own array of that size again and again."""
    read = library.tin_read
    read.argtypes = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
    read.restype = ctypes.c_float
    arrays = [np.ones(size_bytes // 4, np.float32) for _ in range(threads)]
    times = max(1, READ_BYTES // size_bytes)
    trials = max(6, min(TRIALS, (256 << 20) // (times * size_bytes)))
    seconds = fastest(
        threads, lambda i: read(arrays[i].ctypes.data, arrays[i].size, times), trials)
    return threads * times * arrays[0].nbytes / seconds


def fastest(threads: int, work: Callable[[int], float], trials: int = TRIALS) -> float:
    """Seconds of the fastest trial in which every thread did ``work(thread)`` once."""
    together = Barrier(threads)

    def timed(i: int) -> tuple[float, float]:
        together.wait()
        start = time.perf_counter()
        work(i)
        return start, time.perf_counter()

    best = math.inf
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(trials):
            times = list(pool.map(timed, range(threads)))
            best = min(best, max(end for _, end in times) - min(start for start, _ in times))
    return best
