"""What this machine can do at most: multiply-accumulates and bytes a second, measured.

A small C program over ``simd.h`` runs independent chains of fused multiply-adds, and reads arrays
that fit into the second-level cache or into no cache. All threads run at the same time; the best
of several trials counts, because others may use the machine too.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from tinsmith.kernels.registry import header
from tinsmith.targets import Target
from tinsmith.toolchain import build

TRIALS = 12
FMA_ROUNDS = 200_000
MEMORY_BYTES = 64 << 20
CACHE_SHARE = 2  # an array of half the cache stays in it
SOURCE = """\
#include "simd.h"

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
class Peak:
    """The best rates of ``threads`` threads together.

    Attributes:
        macs_per_s: float32 multiply-accumulates a second.
        cache_bytes_per_s: reads a second from the second-level caches.
        memory_bytes_per_s: reads a second from memory.
        cache_bytes: the second-level caches of those threads.
    """

    threads: int
    macs_per_s: float
    cache_bytes_per_s: float
    memory_bytes_per_s: float
    cache_bytes: int

    def bound_s(self, macs: int, traffic_bytes: int) -> tuple[float, str]:
        """The least time for some work, and which of the two limits sets it."""
        in_cache = traffic_bytes <= self.cache_bytes
        rate = self.cache_bytes_per_s if in_cache else self.memory_bytes_per_s
        compute, bandwidth = macs / self.macs_per_s, traffic_bytes / rate
        if compute >= bandwidth:
            return compute, "compute"
        return bandwidth, "cache" if in_cache else "memory"


def measure(target: Target, threads: int, compiler: str = "zig") -> Peak:
    """Measures this machine with the instructions of ``target``.

    Raises:
        ToolchainError: the compiler is missing or fails.
    """
    chains = min(16, target.vector_registers - 4)
    sources = {"peak.c": SOURCE % {"chains": chains}, "simd.h": header("simd"),
               "task.h": header("task")}
    library = ctypes.CDLL(str(build(sources, target, kind="shared", compiler=compiler)))
    fma, read = library.tin_fma, library.tin_read
    fma.argtypes = (ctypes.c_int64, ctypes.c_float, ctypes.c_float)
    read.argtypes = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
    fma.restype = read.restype = ctypes.c_float
    work = FMA_ROUNDS * library.tin_lanes() * library.tin_chains()
    macs = fastest(threads, lambda i: fma(FMA_ROUNDS, 1.0, 1e-6))
    small = [np.ones(target.l2_bytes // CACHE_SHARE // 4 or 2048, np.float32)
             for _ in range(threads)]
    large = np.ones(MEMORY_BYTES // 4, np.float32)
    part = large.size // threads
    times = max(1, (4 << 20) // small[0].nbytes)
    cache_s = fastest(threads, lambda i: read(small[i].ctypes.data, small[i].size, times))
    memory_s = fastest(threads, lambda i: read(large[i * part:].ctypes.data, part, 1), trials=6)
    return Peak(
        threads=threads,
        macs_per_s=threads * work / macs,
        cache_bytes_per_s=threads * times * small[0].nbytes / cache_s,
        memory_bytes_per_s=threads * part * 4 / memory_s,
        cache_bytes=threads * target.l2_bytes,
    )


def fastest(threads: int, work: Callable[[int], float], trials: int = TRIALS) -> float:
    """Seconds of the fastest trial in which every thread did ``work(thread)`` once."""
    best = float("inf")
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
        for _ in range(trials):
            start = time.perf_counter()
            list(pool.map(work, range(threads)))
            best = min(best, time.perf_counter() - start)
    return best
