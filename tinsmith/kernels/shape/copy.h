/* Copy of size_bytes bytes; the places do not overlap. */
#ifndef TIN_COPY_H
#define TIN_COPY_H
#include "../c/task.h"
struct copy {
    ptrdiff_t size_bytes, chunks;
};

TIN_INLINE void copy(const void *restrict x, void *restrict y, const struct copy s, ptrdiff_t begin,
                     ptrdiff_t end)
{
    const unsigned char *from = x;
    unsigned char *to = y;
    const ptrdiff_t last = tin_chunk(s.size_bytes, s.chunks, end);
    for (ptrdiff_t i = tin_chunk(s.size_bytes, s.chunks, begin); i < last; i++) to[i] = from[i];
}
#endif
