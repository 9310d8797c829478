/* Col2Im over up to three axes: each pixel sums the patches that cover it.
 *
 * Template: T and its T_ARITH, T_LOAD, T_STORE (integers as unsigned ones, which wrap). */
#ifndef TIN_COL2IM_H
#define TIN_COL2IM_H
#include "../c/scalar.h"
#include "../c/task.h"
struct col2im {
    ptrdiff_t planes; /* images times channels */
    ptrdiff_t image[3], block[3], patches[3], stride[3], pad[3], dilation[3];
    ptrdiff_t chunks; /* of all rows of pixels */
};

/* The patch whose tap `tap` reads pixel `at` of an axis, or -1. */
TIN_INLINE ptrdiff_t tin_col2im_patch(const struct col2im s, int axis, ptrdiff_t at, ptrdiff_t tap)
{
    const ptrdiff_t first = at + s.pad[axis] - tap * s.dilation[axis],
                    patch = first / s.stride[axis];
    return first >= 0 && patch * s.stride[axis] == first && patch < s.patches[axis] ? patch : -1;
}
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, const struct col2im s, ptrdiff_t begin,
                       ptrdiff_t end)
{
    const ptrdiff_t rows = s.planes * s.image[0] * s.image[1],
                    patches = s.patches[0] * s.patches[1] * s.patches[2];
    const ptrdiff_t taps = s.block[0] * s.block[1] * s.block[2];
    const ptrdiff_t last = tin_chunk(rows, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(rows, s.chunks, begin); row < last; row++) {
        const ptrdiff_t plane = row / s.image[1] / s.image[0];
        for (ptrdiff_t column = 0; column < s.image[2]; column++) {
            T_ARITH sum = 0;
            for (ptrdiff_t tap = 0; tap < taps; tap++) {
                const ptrdiff_t p0 = tin_col2im_patch(s, 0, row / s.image[1] % s.image[0],
                                                      tap / s.block[2] / s.block[1]);
                const ptrdiff_t p1 =
                    tin_col2im_patch(s, 1, row % s.image[1], tap / s.block[2] % s.block[1]);
                const ptrdiff_t p2 = tin_col2im_patch(s, 2, column, tap % s.block[2]);
                if (p0 >= 0 && p1 >= 0 && p2 >= 0)
                    sum += T_LOAD(x[(plane * taps + tap) * patches +
                                    (p0 * s.patches[1] + p1) * s.patches[2] + p2]);
            }
            y[row * s.image[2] + column] = T_STORE(sum);
        }
    }
}
