/* A pool of threads that run the chunks of one step after the other.
 *
 * Chunks are claimed by compare-and-swap on one word (sequence, step, next chunk), so that a thread
 * which lost its core costs nothing: the caller waits for the chunks to be done, not for all
 * threads
 * to arrive. Idle workers spin for a short while, then sleep on a condition variable.
 * TIN_THREADS is the largest number of threads; with 1 there is no pool and no dependency. */
#ifndef TIN_POOL_H
#define TIN_POOL_H
#include "task.h"

typedef void (*tin_step)(const void *model, int thread, ptrdiff_t begin, ptrdiff_t end);

struct tin_task {
    tin_step run;
    uint32_t chunks;
};

#if TIN_THREADS > 1
#include <pthread.h>
#include <sched.h>

enum { TIN_POOL_SPINS = 4000, TIN_POOL_YIELD = 2000 };

struct tin_pool {
    uint64_t ticket; /* sequence << 40 | step << 24 | next chunk */
    unsigned char apart[56];
    uint32_t done;
    int sleepers, stop, threads;
    const void *model;
    const struct tin_task *tasks;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct tin_worker {
        struct tin_pool *pool;
        pthread_t thread;
        int index;
    } workers[TIN_THREADS];
};

TIN_INLINE void tin_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __asm__ __volatile__("pause");
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ __volatile__("yield");
#endif
}

/* Claims and runs one chunk; 0 when none is left. */
static inline int tin_pool_help(struct tin_pool *pool, int thread)
{
    uint64_t ticket = __atomic_load_n(&pool->ticket, __ATOMIC_SEQ_CST);
    for (;;) {
        const struct tin_task *task = pool->tasks + (ticket >> 24 & 0xffff);
        const uint32_t chunk = (uint32_t)(ticket & 0xffffff);
        if (chunk >= task->chunks) return 0;
        if (__atomic_compare_exchange_n(&pool->ticket, &ticket, ticket + 1, 0, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            task->run(pool->model, thread, chunk, chunk + 1);
            __atomic_fetch_add(&pool->done, 1, __ATOMIC_RELEASE);
            return 1;
        }
    }
}

static inline int tin_pool_idle(struct tin_pool *pool)
{
    const uint64_t ticket = __atomic_load_n(&pool->ticket, __ATOMIC_SEQ_CST);
    return (ticket & 0xffffff) >= pool->tasks[ticket >> 24 & 0xffff].chunks;
}

static inline void *tin_pool_work(void *argument)
{
    struct tin_worker *self = argument;
    struct tin_pool *pool = self->pool;
    for (int spins = 0; !__atomic_load_n(&pool->stop, __ATOMIC_ACQUIRE);) {
        if (tin_pool_help(pool, self->index)) {
            spins = 0;
        } else if (spins++ < TIN_POOL_SPINS) {
            tin_pause();
        } else {
            pthread_mutex_lock(&pool->lock);
            __atomic_fetch_add(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
            while (tin_pool_idle(pool) && !__atomic_load_n(&pool->stop, __ATOMIC_SEQ_CST))
                pthread_cond_wait(&pool->wake, &pool->lock);
            __atomic_fetch_sub(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
            pthread_mutex_unlock(&pool->lock);
            spins = 0;
        }
    }
    return 0;
}

static inline void tin_pool_wake(struct tin_pool *pool)
{
    if (__atomic_load_n(&pool->sleepers, __ATOMIC_SEQ_CST) > 0) {
        pthread_mutex_lock(&pool->lock);
        pthread_cond_broadcast(&pool->wake);
        pthread_mutex_unlock(&pool->lock);
    }
}

/* Starts threads - 1 workers; returns how many threads there are, the caller included. The last
 * task of `tasks` must have no chunks: it is what an idle pool works on. */
static inline int tin_pool_start(struct tin_pool *pool, const void *model,
                                 const struct tin_task *tasks, uint32_t last, int threads)
{
    pool->ticket = (uint64_t)last << 24;
    pool->done = 0;
    pool->sleepers = pool->stop = 0;
    pool->model = model;
    pool->tasks = tasks;
    pool->threads = 1;
    if (pthread_mutex_init(&pool->lock, 0) || pthread_cond_init(&pool->wake, 0)) return 1;
    while (pool->threads < threads) {
        struct tin_worker *worker = pool->workers + pool->threads;
        worker->pool = pool;
        worker->index = pool->threads;
        if (pthread_create(&worker->thread, 0, tin_pool_work, worker)) break;
        pool->threads++;
    }
    return pool->threads;
}

static inline void tin_pool_stop(struct tin_pool *pool)
{
    __atomic_store_n(&pool->stop, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i < pool->threads; i++) pthread_join(pool->workers[i].thread, 0);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
}

/* Runs all chunks of one step and returns when they are done. */
static inline void tin_pool_run(struct tin_pool *pool, uint32_t step)
{
    const struct tin_task *task = pool->tasks + step;
    if (pool->threads == 1 || task->chunks == 1) {
        task->run(pool->model, 0, 0, task->chunks);
        return;
    }
    const uint64_t sequence = (pool->ticket >> 40) + 1;
    __atomic_store_n(&pool->done, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&pool->ticket, sequence << 40 | (uint64_t)step << 24, __ATOMIC_SEQ_CST);
    tin_pool_wake(pool);
    while (tin_pool_help(pool, 0));
    for (int spins = 0; __atomic_load_n(&pool->done, __ATOMIC_ACQUIRE) < task->chunks; spins++) {
        if (spins < TIN_POOL_YIELD)
            tin_pause();
        else
            sched_yield();
    }
}
#endif
#endif
