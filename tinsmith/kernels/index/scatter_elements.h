/* clang-format off */
/* ScatterElements: a copy of x, in which each update goes to its own coordinates but for the
 * axis, where it goes to its index; an index out of range is ignored. In order, so that updates
 * of one place follow one another.
 * Template: T, T_LOAD, T_STORE as in plain.py, I the type of the indices, JOIN(a, b) the new
 * value where a is and b comes.
 */
/* clang-format on */
#ifndef TIN_SCATTER_ELEMENTS_H
#define TIN_SCATTER_ELEMENTS_H
#include "../c/index.h"
#include "../c/scalar.h"
struct scatter_elements {
    ptrdiff_t size;                     /* elements of x */
    ptrdiff_t extent[8];                /* of the indices and updates */
    ptrdiff_t stride[8];                /* in x; 0 on the axis */
    ptrdiff_t axis_extent, axis_stride; /* of x on the axis */
    ptrdiff_t rows;                     /* extent[0] * ... * extent[6] */
};
#endif

TIN_INLINE void KERNEL(const T *x, const I *restrict indices, const T *restrict updates, T *y,
                       const struct scatter_elements s, ptrdiff_t begin, ptrdiff_t end)
{
    if (begin >= end) return;
    if (x != y)
        for (ptrdiff_t i = 0; i < s.size; i++) y[i] = x[i];
    for (ptrdiff_t row = 0; row < s.rows; row++) {
        ptrdiff_t rest = row, to = 0;
        for (int axis = 6; axis >= 0; axis--) {
            to += rest % s.extent[axis] * s.stride[axis];
            rest /= s.extent[axis];
        }
        for (ptrdiff_t i = 0; i < s.extent[7]; i++) {
            const ptrdiff_t place = tin_index(indices[row * s.extent[7] + i], s.axis_extent);
            if (place < 0) continue;
            T *at = y + to + i * s.stride[7] + place * s.axis_stride;
            *at = T_STORE(JOIN(T_LOAD(*at), T_LOAD(updates[row * s.extent[7] + i])));
        }
    }
}
