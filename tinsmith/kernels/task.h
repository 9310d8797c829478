/* What every kernel needs: fixed-width types, inlining, and the bounds of a chunk. */
#ifndef TIN_TASK_H
#define TIN_TASK_H
#include <stddef.h>
#include <stdint.h>

#define TIN_INLINE static inline __attribute__((always_inline, unused))

/* The first of `size` items of chunk `chunk` of `chunks`; chunk == chunks gives size. */
TIN_INLINE ptrdiff_t tin_chunk(ptrdiff_t size, ptrdiff_t chunks, ptrdiff_t chunk)
{
    return chunk * (size / chunks) + (chunk < size % chunks ? chunk : size % chunks);
}
#endif
