/* Gather: y[o][k][i] = x[o][indices[k]][i]; 0 where the index is out of range.
 * Template: T is an unsigned integer as wide as the element, I the type of the indices. */
#ifndef TIN_GATHER_H
#define TIN_GATHER_H
#include "../c/index.h"
struct gather {
    ptrdiff_t outer, extent, inner; /* of x: before, on and after the axis */
    ptrdiff_t count;                /* of indices */
    ptrdiff_t chunks;               /* of outer * count rows */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const I *restrict indices, T *restrict y,
                       const struct gather s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.outer * s.count, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(s.outer * s.count, s.chunks, begin); row < last; row++) {
        const ptrdiff_t place = tin_index(indices[row % s.count], s.extent);
        const T *restrict from = x + (row / s.count * s.extent + (place < 0 ? 0 : place)) * s.inner;
        T *restrict to = y + row * s.inner;
        if (place < 0)
            for (ptrdiff_t i = 0; i < s.inner; i++) to[i] = 0;
        else
            for (ptrdiff_t i = 0; i < s.inner; i++) to[i] = from[i];
    }
}
