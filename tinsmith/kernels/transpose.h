/* Transpose: y[i0, ..., i7] = x[i0 * stride0 + ... + i7 * stride7], y row-major.
 * Template: T is an unsigned integer as wide as the element. */
#ifndef TIN_TRANSPOSE_H
#define TIN_TRANSPOSE_H
#include "task.h"
struct transpose {
    ptrdiff_t extent[8]; /* of y */
    ptrdiff_t stride[8]; /* in x, for each axis of y */
    ptrdiff_t size;      /* elements */
    ptrdiff_t chunks;
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, const struct transpose s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t first = tin_chunk(s.size, s.chunks, begin);
    const ptrdiff_t last = tin_chunk(s.size, s.chunks, end);
    for (ptrdiff_t i = first; i < last; i++) {
        ptrdiff_t rest = i, from = 0;
        for (int axis = 7; axis >= 0; axis--) {
            from += rest % s.extent[axis] * s.stride[axis];
            rest /= s.extent[axis];
        }
        y[i] = x[from];
    }
}
