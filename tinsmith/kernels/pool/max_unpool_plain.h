/* MaxUnpool: y = 0, then y[place of indices[i]] = x[i]; indices count the elements of a tensor of
 * extents `source`.
 * Template: T is an unsigned integer as wide as the element. */
#ifndef TIN_MAX_UNPOOL_PLAIN_H
#define TIN_MAX_UNPOOL_PLAIN_H
#include "../c/task.h"
struct max_unpool_plain {
    ptrdiff_t size, y_size;         /* elements of x and y */
    ptrdiff_t source[8], extent[8]; /* extent: of y */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const int64_t *restrict indices, T *restrict y,
                       const struct max_unpool_plain s, ptrdiff_t begin, ptrdiff_t end)
{
    if (begin >= end) return;
    for (ptrdiff_t i = 0; i < s.y_size; i++) y[i] = 0;
    for (ptrdiff_t i = 0; i < s.size; i++) {
        int64_t rest = indices[i];
        ptrdiff_t to = 0, stride = 1;
        int inside = rest >= 0;
        for (int axis = 7; axis >= 0 && inside; axis--) {
            const ptrdiff_t at = (ptrdiff_t)(rest % s.source[axis]);
            rest /= s.source[axis];
            inside = at < s.extent[axis];
            to += at * stride;
            stride *= s.extent[axis];
        }
        if (inside && rest == 0) y[to] = x[i];
    }
}
