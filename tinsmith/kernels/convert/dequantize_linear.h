/* DequantizeLinear: y = (x - zero) * scale; the difference is exact, the product float.
 *
 * Templates: Q for x, W an integer type for differences of x; S for the scale with its _LOAD; T
 * for y with its _STORE. */
#ifndef TIN_DEQUANTIZE_LINEAR_H
#define TIN_DEQUANTIZE_LINEAR_H
#include "../c/scalar.h"
#include "../c/task.h"
struct dequantize_linear {
    ptrdiff_t size, inner, count;           /* x: [size / inner / count][count][inner] */
    ptrdiff_t block;                        /* indices of the middle axis that share a scale */
    ptrdiff_t outer_step, step, inner_step; /* in the scales, for each axis */
    ptrdiff_t chunks;
    int has_zero;
};
#endif

TIN_INLINE void KERNEL(const Q *restrict x, const S *restrict scale, const Q *restrict zero,
                       T *restrict y, const struct dequantize_linear s, ptrdiff_t begin,
                       ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.size, s.chunks, end);
    for (ptrdiff_t at = tin_chunk(s.size, s.chunks, begin), to; at < last; at = to) {
        const ptrdiff_t row = at / s.inner, start = row * s.inner;
        const ptrdiff_t base = row / s.count * s.outer_step + row % s.count / s.block * s.step;
        to = start + s.inner < last ? start + s.inner : last;
        for (ptrdiff_t i = at; i < to; i++) {
            const ptrdiff_t entry = base + (i - start) * s.inner_step;
            const W difference = (W)x[i] - (s.has_zero ? zero[entry] : 0);
            y[i] = T_STORE((float)difference * S_LOAD(scale[entry]));
        }
    }
}
