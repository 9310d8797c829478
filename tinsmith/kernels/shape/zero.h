/* size_bytes bytes of zero. */
#ifndef TIN_ZERO_H
#define TIN_ZERO_H
#include "../c/task.h"
struct zero {
    ptrdiff_t size_bytes;
};

TIN_INLINE void zero(void *restrict y, const struct zero s, ptrdiff_t begin, ptrdiff_t end)
{
    unsigned char *to = y;
    (void)begin, (void)end;
    for (ptrdiff_t i = 0; i < s.size_bytes; i++) to[i] = 0;
}
#endif
