/* Resize to the nearest sample, of up to eight axes: each output row gathers from one input row.
 *
 * `place` holds, for each axis that changes, the input position of every output position (-1:
 * beyond the input).
 * Template: T is an unsigned integer as wide as the element. */
#ifndef TIN_RESIZE_NEAREST_H
#define TIN_RESIZE_NEAREST_H
#include "../c/task.h"
struct resize_nearest {
    ptrdiff_t in[8], out[8]; /* extents of x and y */
    ptrdiff_t start[8];      /* where an axis begins in `place`, -1: it does not change */
    ptrdiff_t chunks;
    int crops;    /* whether `place` has any -1 */
    int64_t fill; /* the bits of the element for places beyond the input */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const int32_t *restrict place, T *restrict y,
                       const struct resize_nearest s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t width = s.out[7];
    const ptrdiff_t rows =
        s.out[0] * s.out[1] * s.out[2] * s.out[3] * s.out[4] * s.out[5] * s.out[6];
    const ptrdiff_t last = tin_chunk(rows, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(rows, s.chunks, begin); row < last; row++) {
        ptrdiff_t rest = row, from = 0, stride = s.in[7];
        int outside = 0;
        for (int axis = 6; axis >= 0; axis--) {
            const ptrdiff_t o = rest % s.out[axis];
            const ptrdiff_t i = s.start[axis] < 0 ? o : place[s.start[axis] + o];
            outside |= i < 0;
            from += (i < 0 ? 0 : i) * stride;
            stride *= s.in[axis];
            rest /= s.out[axis];
        }
        const T *restrict line = x + from;
        T *restrict to = y + row * width;
        if (outside) {
            for (ptrdiff_t j = 0; j < width; j++) to[j] = (T)s.fill;
        } else if (s.start[7] < 0) {
            for (ptrdiff_t j = 0; j < width; j++) to[j] = line[j];
        } else {
            const int32_t *restrict columns = place + s.start[7];
            for (ptrdiff_t j = 0; j < width; j++)
                to[j] = s.crops && columns[j] < 0 ? (T)s.fill : line[columns[j]];
        }
    }
}
