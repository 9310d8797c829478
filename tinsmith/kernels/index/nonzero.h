/* NonZero: y[axis][i] is a coordinate of the i-th place where x is true, row by row; behind the
 * last of them INT64_MIN. count: how many there are, also of those past the rows of y.
 * Template: PLACES and COUNT are 1 where that result is asked for. */
#ifndef TIN_NONZERO_H
#define TIN_NONZERO_H
#include "../c/task.h"
struct nonzero {
    ptrdiff_t size, rows;
    int rank;
    ptrdiff_t shape[8]; /* the axes at the end */
};
#endif

TIN_INLINE void KERNEL(const uint8_t *restrict x,
#if PLACES
                       int64_t *restrict y,
#endif
#if COUNT
                       int64_t *restrict count,
#endif
                       const struct nonzero s, ptrdiff_t begin, ptrdiff_t end)
{
    ptrdiff_t found = 0;
    if (begin >= end) return;
    for (ptrdiff_t i = 0; i < s.size; i++) {
        if (!x[i]) continue;
#if PLACES
        ptrdiff_t rest = i;
        for (int axis = s.rank - 1; axis >= 0 && found < s.rows; axis--) {
            y[axis * s.rows + found] = rest % s.shape[8 - s.rank + axis];
            rest /= s.shape[8 - s.rank + axis];
        }
#endif
        found++;
    }
#if COUNT
    *count = found;
#endif
#if PLACES
    for (ptrdiff_t i = found; i < s.rows; i++)
        for (int axis = 0; axis < s.rank; axis++) y[axis * s.rows + i] = INT64_MIN;
#endif
}
