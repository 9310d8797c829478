/* What every kernel needs: fixed-width types, inlining, the bounds of a chunk, and what a task is. */
#ifndef TIN_TASK_H
#define TIN_TASK_H
#include <stddef.h>
#include <stdint.h>

#define TIN_INLINE static inline __attribute__((always_inline, unused))
#define TIN_JOINED(a, b) a##b
#define TIN_JOIN(a, b) TIN_JOINED(a, b) /* of what two macros stand for */

typedef void (*tin_step)(const void *network, int thread, ptrdiff_t begin, ptrdiff_t end);

/* A step of a network; `pieces`: in how many parts threads share its chunks, 1: the caller does it
 * alone. */
struct tin_task {
    tin_step run;
    uint32_t chunks, pieces;
};

/* The first of `size` items of chunk `chunk` of `chunks`; chunk == chunks gives size. Larger chunks
 * lie evenly among smaller ones, so that any run of chunks is about its share: where chunks are
 * dealt to threads, they get equal shares of the items. chunks < 2^31. */
TIN_INLINE ptrdiff_t tin_chunk(ptrdiff_t size, ptrdiff_t chunks, ptrdiff_t chunk)
{
    return chunk * (size / chunks) + (ptrdiff_t)((int64_t)chunk * (size % chunks) / chunks);
}
#endif
