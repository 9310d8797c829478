/* Strided copy: y[i0, ..., i7] = x[offset + i0 * stride0 + ... + i7 * stride7], y row-major.
 * Template: T is an unsigned integer as wide as the element. */
#ifndef TIN_COPY_STRIDED_H
#define TIN_COPY_STRIDED_H
#include "../c/task.h"
struct copy_strided {
    ptrdiff_t extent[8]; /* of y */
    ptrdiff_t stride[8]; /* in x, for each axis of y; 0 repeats, negative goes backwards */
    ptrdiff_t offset;    /* of the first element in x */
    ptrdiff_t rows;      /* extent[0] * ... * extent[6] */
    ptrdiff_t chunks;
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, const struct copy_strided s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t first = tin_chunk(s.rows, s.chunks, begin);
    const ptrdiff_t last = tin_chunk(s.rows, s.chunks, end);
    const ptrdiff_t run = s.extent[7], step = s.stride[7];
    ptrdiff_t at[7], from = s.offset;
    for (ptrdiff_t rest = first, axis = 6; axis >= 0; axis--) {
        const ptrdiff_t extent = s.extent[axis] > 0 ? s.extent[axis] : 1;
        at[axis] = rest % extent;
        from += at[axis] * s.stride[axis];
        rest /= extent;
    }
    for (ptrdiff_t row = first; row < last; row++) {
        T *restrict to = y + row * run;
        if (step == 1)
            for (ptrdiff_t i = 0; i < run; i++) to[i] = x[from + i];
        else
            for (ptrdiff_t i = 0; i < run; i++) to[i] = x[from + i * step];
        for (int axis = 6; axis >= 0; axis--) {
            from += s.stride[axis];
            if (++at[axis] < s.extent[axis]) break;
            from -= s.stride[axis] * s.extent[axis];
            at[axis] = 0;
        }
    }
}
