/* How near two processors are: how long a word takes from one to the other and back, how fast one
 * reads what the other wrote, and how much more two compute than one. Virtual machines move their
 * processors about and tell nobody; see docs/kernels.md, "Measuring here".
 *
 *   gcc -O2 -march=native -pthread benchmarks/cores.c -o build/cores && build/cores [FIRST SECOND]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 8, TRIPS = 20000, BYTES = 512 * 1024, LINE = 64, SUMS = 24, STEPS = 20000 };

typedef float vector __attribute__((vector_size(64)));

static _Alignas(128) atomic_int word;
static _Alignas(4096) unsigned char shared[BYTES];
static pthread_barrier_t meet;
static int processors[2] = {0, 1};
static volatile long sink;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stay(int processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    if (sched_setaffinity(0, sizeof set, &set)) {
        fprintf(stderr, "cores: processor '%d': expected one of this machine, got none\n",
                processor);
        exit(1);
    }
}

static double seconds_to_read(void)
{
    const double start = now();
    long sum = 0;
    for (int i = 0; i < BYTES; i += LINE) sum += shared[i];
    sink = sum;
    return now() - start;
}

static double seconds_to_compute(void)
{
    const double start = now();
    vector sums[SUMS] = {{0}};
    for (int step = 0; step < STEPS; step++) {
#pragma GCC unroll 24
        for (int i = 0; i < SUMS; i++) sums[i] = sums[i] * 0.999f + 1.0f;
    }
    float total = 0;
    for (int i = 0; i < SUMS; i++) total += sums[i][0];
    sink = (long)total;
    return now() - start;
}

static void *other(void *unused)
{
    stay(processors[1]);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&meet);
        for (int i = 0; i < TRIPS; i++) {
            while (atomic_load_explicit(&word, memory_order_acquire) != 2 * i + 1) {
            }
            atomic_store_explicit(&word, 2 * i + 2, memory_order_release);
        }
        memset(shared, round, BYTES);
        pthread_barrier_wait(&meet);
        pthread_barrier_wait(&meet);
        seconds_to_compute();
    }
    return unused;
}

int main(int count, char **given)
{
    for (int i = 0; i < 2 && count == 3; i++) processors[i] = atoi(given[i + 1]);
    pthread_t thread;
    pthread_barrier_init(&meet, 0, 2);
    if (pthread_create(&thread, 0, other, 0)) return 1;
    stay(processors[0]);
    for (int round = 0; round < ROUNDS; round++) {
        atomic_store(&word, 0);
        pthread_barrier_wait(&meet);
        const double start = now();
        for (int i = 0; i < TRIPS; i++) {
            atomic_store_explicit(&word, 2 * i + 1, memory_order_release);
            while (atomic_load_explicit(&word, memory_order_acquire) != 2 * i + 2) {
            }
        }
        const double trip = (now() - start) / TRIPS;
        pthread_barrier_wait(&meet);
        const double far = BYTES / seconds_to_read(), near = BYTES / seconds_to_read();
        const double alone = seconds_to_compute();
        pthread_barrier_wait(&meet);
        const double both = seconds_to_compute();
        printf(
            "there and back %3.0f ns; reads %3.0f GB/s of what the other wrote, %3.0f GB/s of its "
            "own; two compute %.2f times as much as one\n",
            trip * 1e9, far * 1e-9, near * 1e-9, 2 * alone / both);
    }
    return pthread_join(thread, 0);
}
