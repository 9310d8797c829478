/* A pool of threads that run the chunks of one step after the other.
 *
 * The chunks of a step are dealt out in order, an equal share to each thread, so that a thread
 * meets the same part of the images in step after step and finds it in its own cache. A thread
 * takes pieces of its share from the front; when it has none left it takes from the back of the
 * others'. So a thread that lost its core costs little: the others do its work, and the caller
 * waits for pieces to be done, not for threads to arrive. Whoever waits spins for a short while,
 * letting others have the core now and then, and sleeps after that: a caller that sleeps frees its
 * core for the thread that lost its own with a piece in hand.
 *
 * A share is one word (sequence, step, first piece, end), changed by compare-and-swap alone. Equal
 * words mean equal shares, so a late thread can only take what is really there, also when the
 * sequence has gone round. Steps and pieces are 16 bits: who makes the tasks sees to that.
 * A network for one thread needs no pool and has no dependency.
 * The clock is POSIX's: whoever includes this defines _POSIX_C_SOURCE before all else. */
#ifndef TIN_POOL_H
#define TIN_POOL_H
#include "task.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>
#if defined(__linux__)
#include <sys/syscall.h>
long syscall(long number, ...);
#endif

enum { TIN_POOL_YIELD = 256 }; /* turns of a wait between two looks at the clock */

/* The pieces that one thread is to do, on a cache line of its own. */
struct tin_share {
    uint64_t word; /* sequence << 48 | step << 32 | first piece << 16 | end */
    unsigned char apart[120];
};

struct tin_worker {
    struct tin_pool *pool;
    pthread_t thread;
    int index;
};

/* The network owns the shares and the workers, one for each thread. */
struct tin_pool {
    uint32_t done;
    unsigned char apart[124];
    struct tin_share *shares;
    struct tin_worker *workers;
    int sleepers, stop, threads, waiting, started;
    uint16_t sequence;
    uint32_t spin_ns, wait_ns;
    const void *network;
    const struct tin_task *tasks;
    pthread_mutex_t lock;
    pthread_cond_t wake, finished;
};

TIN_INLINE void tin_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __asm__ __volatile__("pause");
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ __volatile__("yield");
#endif
}

/* How long somebody waits awake already. */
struct tin_wait {
    uint32_t turns;
    uint64_t start_ns;
};

static inline uint64_t tin_pool_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* One turn of a wait; returns whether it has taken less than `most_ns`. */
static inline int tin_pool_wait(struct tin_wait *wait, uint32_t most_ns)
{
    if (++wait->turns % TIN_POOL_YIELD) {
        tin_pause();
        return 1;
    }
    sched_yield();
    const uint64_t now = tin_pool_now();
    if (wait->turns == TIN_POOL_YIELD) wait->start_ns = now;
    return now - wait->start_ns < most_ns;
}

TIN_INLINE int tin_share_is_empty(uint64_t word)
{
    return (word >> 16 & 0xffff) >= (word & 0xffff);
}

/* Takes pieces of one share, from its front (own) or its back, and runs them; returns how many. */
static inline uint32_t tin_pool_take(struct tin_pool *pool, int share, int thread)
{
    uint32_t count = 0;
    uint64_t *place = &pool->shares[share].word;
    uint64_t word = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    while (!tin_share_is_empty(word)) {
        const int own = share == thread;
        const uint64_t rest = own ? word + 0x10000 : word - 1;
        if (__atomic_compare_exchange_n(place, &word, rest, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE)) {
            const struct tin_task *task = pool->tasks + (word >> 32 & 0xffff);
            const ptrdiff_t piece = (ptrdiff_t)(own ? word >> 16 & 0xffff : (word & 0xffff) - 1);
            task->run(pool->network, thread, tin_chunk(task->chunks, task->pieces, piece),
                      tin_chunk(task->chunks, task->pieces, piece + 1));
            count++;
            word = __atomic_load_n(place, __ATOMIC_ACQUIRE);
        }
    }
    return count;
}

/* Does what is left of the own share, then of the others'; returns how many pieces. */
static inline uint32_t tin_pool_help(struct tin_pool *pool, int thread)
{
    uint32_t count = 0;
    for (int i = 0; i < pool->threads; i++)
        count += tin_pool_take(pool, (thread + i) % pool->threads, thread);
    if (count && thread) {
        __atomic_fetch_add(&pool->done, count, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&pool->waiting, __ATOMIC_SEQ_CST)) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->finished);
            pthread_mutex_unlock(&pool->lock);
        }
    }
    return count;
}

static inline void *tin_pool_work(void *argument)
{
    struct tin_worker *self = argument;
    struct tin_pool *pool = self->pool;
    uint64_t *own = &pool->shares[self->index].word;
    pthread_mutex_lock(&pool->lock); /* until all threads are counted */
    pthread_mutex_unlock(&pool->lock);
    struct tin_wait wait = {0, 0};
    while (!__atomic_load_n(&pool->stop, __ATOMIC_RELAXED)) {
        if (!tin_share_is_empty(__atomic_load_n(own, __ATOMIC_SEQ_CST))) {
            tin_pool_help(pool, self->index);
            wait.turns = 0;
        } else if (!tin_pool_wait(&wait, pool->spin_ns)) {
            pthread_mutex_lock(&pool->lock);
            __atomic_fetch_add(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
            while (tin_share_is_empty(__atomic_load_n(own, __ATOMIC_SEQ_CST)) &&
                   !__atomic_load_n(&pool->stop, __ATOMIC_SEQ_CST))
                pthread_cond_wait(&pool->wake, &pool->lock);
            __atomic_fetch_sub(&pool->sleepers, 1, __ATOMIC_SEQ_CST);
            pthread_mutex_unlock(&pool->lock);
            wait.turns = 0;
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

/* The cores that this process may use, or `most` where the system does not tell. */
static inline int tin_pool_cores(int most)
{
#if defined(__linux__)
    unsigned long mask[1024 / 8 / sizeof(unsigned long)] = {0};
    int cores = 0;
    if (syscall(SYS_sched_getaffinity, 0L, sizeof mask, mask) > 0) {
        for (size_t i = 0; i < sizeof mask / sizeof *mask; i++)
            cores += __builtin_popcountl(mask[i]);
    }
    if (cores) return cores < most ? cores : most;
#endif
    return most;
}

/* Makes the lock and its conditions; all or none of them. */
static inline int tin_pool_open(struct tin_pool *pool)
{
    if (pthread_mutex_init(&pool->lock, 0)) return 0;
    if (!pthread_cond_init(&pool->wake, 0)) {
        if (!pthread_cond_init(&pool->finished, 0)) return 1;
        pthread_cond_destroy(&pool->wake);
    }
    pthread_mutex_destroy(&pool->lock);
    return 0;
}

/* Starts threads - 1 workers, but no more threads than cores; returns how many threads there are,
 * the caller included. There is a share and a worker for each of `threads`. Workers wait awake for
 * the next step as long as `spin_ns`, the caller for the last pieces of one as long as `wait_ns`. */
static inline int tin_pool_start(struct tin_pool *pool, struct tin_share *shares,
                                 struct tin_worker *workers, const void *network,
                                 const struct tin_task *tasks, int threads,
                                 uint32_t spin_ns, uint32_t wait_ns)
{
    for (int i = 0; i < threads; i++) shares[i].word = 0;
    pool->shares = shares;
    pool->workers = workers;
    pool->done = 0;
    pool->sleepers = pool->stop = pool->waiting = 0;
    pool->sequence = 0;
    pool->spin_ns = spin_ns;
    pool->wait_ns = wait_ns;
    pool->network = network;
    pool->tasks = tasks;
    pool->threads = 1;
    pool->started = tin_pool_open(pool);
    if (!pool->started) return 1;
    threads = tin_pool_cores(threads);
    pthread_mutex_lock(&pool->lock);
    while (pool->threads < threads) {
        struct tin_worker *worker = workers + pool->threads;
        worker->pool = pool;
        worker->index = pool->threads;
        if (pthread_create(&worker->thread, 0, tin_pool_work, worker)) break;
        pool->threads++;
    }
    pthread_mutex_unlock(&pool->lock);
    return pool->threads;
}

static inline void tin_pool_stop(struct tin_pool *pool)
{
    if (!pool->started) return;
    __atomic_store_n(&pool->stop, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i < pool->threads; i++) pthread_join(pool->workers[i].thread, 0);
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    pool->started = 0;
}

/* Sleeps until the workers have done `others` pieces. */
static inline void tin_pool_sleep(struct tin_pool *pool, uint32_t others)
{
    pthread_mutex_lock(&pool->lock);
    __atomic_store_n(&pool->waiting, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&pool->done, __ATOMIC_SEQ_CST) < others)
        pthread_cond_wait(&pool->finished, &pool->lock);
    __atomic_store_n(&pool->waiting, 0, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&pool->lock);
}

/* Runs all chunks of one step and returns when they are done. */
static inline void tin_pool_share_out(struct tin_pool *pool, uint32_t step)
{
    const struct tin_task *task = pool->tasks + step;
    if (pool->threads == 1 || task->pieces <= 1) {
        task->run(pool->network, 0, 0, task->chunks);
        return;
    }
    const uint64_t head = (uint64_t)++pool->sequence << 48 | (uint64_t)step << 32;
    __atomic_store_n(&pool->done, 0, __ATOMIC_RELAXED);
    for (int i = pool->threads - 1; i >= 0; i--) {
        const uint64_t first = (uint64_t)tin_chunk(task->pieces, pool->threads, i);
        const uint64_t end = (uint64_t)tin_chunk(task->pieces, pool->threads, i + 1);
        __atomic_store_n(&pool->shares[i].word, head | first << 16 | end, __ATOMIC_SEQ_CST);
    }
    tin_pool_wake(pool);
    const uint32_t others = task->pieces - tin_pool_help(pool, 0);
    struct tin_wait wait = {0, 0};
    while (__atomic_load_n(&pool->done, __ATOMIC_ACQUIRE) < others)
        if (!tin_pool_wait(&wait, pool->wait_ns)) tin_pool_sleep(pool, others);
}
#endif
