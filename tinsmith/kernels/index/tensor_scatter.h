/* TensorScatter: a copy of a cache, in which the places of one axis from a start for each batch
 * take an update.
 * Template: T is an unsigned integer as wide as the element, START declares the pointer to the
 * starts (with a comma) or nothing,
 * FROM(batch) is a start. */
#ifndef TIN_TENSOR_SCATTER_H
#define TIN_TENSOR_SCATTER_H
#include "../c/task.h"
struct tensor_scatter {
    ptrdiff_t batches, outer;  /* outer: product of the axes between the batch and the axis */
    ptrdiff_t extent, updates; /* places on the axis of the cache and of the update */
    ptrdiff_t inner;
    int circular;
};
#endif

TIN_INLINE void KERNEL(const T *x, const T *restrict update, START T *y,
                       const struct tensor_scatter s, ptrdiff_t begin, ptrdiff_t end)
{
    if (begin >= end) return;
    if (x != y)
        for (ptrdiff_t i = 0; i < s.batches * s.outer * s.extent * s.inner; i++) y[i] = x[i];
    for (ptrdiff_t row = 0; row < s.batches * s.outer * s.updates; row++) {
        const int64_t origin = FROM(row / (s.outer * s.updates)), step = row % s.updates;
        int64_t place = -1;
        if (s.circular)
            place = (origin % s.extent + s.extent + step) % s.extent;
        else if (origin < s.extent)
            place = origin + step;
        if (place < 0 || place >= s.extent) continue;
        T *to = y + (row / s.updates * s.extent + (ptrdiff_t)place) * s.inner;
        const T *restrict from = update + row * s.inner;
        for (ptrdiff_t i = 0; i < s.inner; i++) to[i] = from[i];
    }
}
