/* clang-format off */
/* GatherElements: y has the shape of the indices; each element reads x at its own coordinates but
 * for the axis, where it reads at its index; 0 where that is out of range. Walks rows of the last
 * axis.
 * Template: T is an unsigned integer as wide as the element, I the type of the indices.
 */
/* clang-format on */
#ifndef TIN_GATHER_ELEMENTS_H
#define TIN_GATHER_ELEMENTS_H
#include "../c/index.h"
struct gather_elements {
    ptrdiff_t extent[8];                /* of y and the indices */
    ptrdiff_t stride[8];                /* in x; 0 on the axis */
    ptrdiff_t axis_extent, axis_stride; /* of x on the axis */
    ptrdiff_t rows;                     /* extent[0] * ... * extent[6] */
    ptrdiff_t chunks;
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const I *restrict indices, T *restrict y,
                       const struct gather_elements s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.rows, s.chunks, end), run = s.extent[7];
    for (ptrdiff_t row = tin_chunk(s.rows, s.chunks, begin); row < last; row++) {
        ptrdiff_t rest = row, from = 0;
        for (int axis = 6; axis >= 0; axis--) {
            from += rest % s.extent[axis] * s.stride[axis];
            rest /= s.extent[axis];
        }
        for (ptrdiff_t i = 0; i < run; i++) {
            const ptrdiff_t place = tin_index(indices[row * run + i], s.axis_extent);
            y[row * run + i] = place < 0 ? 0 : x[from + i * s.stride[7] + place * s.axis_stride];
        }
    }
}
