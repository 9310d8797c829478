/* QuantizeLinear: y = clamp(round(x / scale) + zero), ties to even. NaN gives the smallest value.
 *
 * Templates: T for x and S for the scale with their _LOAD; Q for y; AS_PRECISION(v) rounds the
 * quotient. */
#ifndef TIN_QUANTIZE_LINEAR_H
#define TIN_QUANTIZE_LINEAR_H
#include "../c/scalar.h"
#include "../c/task.h"
struct quantize_linear {
    ptrdiff_t size, inner, count;           /* x: [size / inner / count][count][inner] */
    ptrdiff_t block;                        /* indices of the middle axis that share a scale */
    ptrdiff_t outer_step, step, inner_step; /* in the scales, for each axis */
    ptrdiff_t chunks;
    int has_zero, low, high; /* limits of y */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const S *restrict scale, const Q *restrict zero,
                       Q *restrict y, const struct quantize_linear s, ptrdiff_t begin,
                       ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.size, s.chunks, end);
    for (ptrdiff_t at = tin_chunk(s.size, s.chunks, begin), to; at < last; at = to) {
        const ptrdiff_t row = at / s.inner, start = row * s.inner;
        const ptrdiff_t base = row / s.count * s.outer_step + row % s.count / s.block * s.step;
        to = start + s.inner < last ? start + s.inner : last;
        for (ptrdiff_t i = at; i < to; i++) {
            const ptrdiff_t entry = base + (i - start) * s.inner_step;
            const int offset = s.has_zero ? zero[entry] : 0;
            const float low = (float)(s.low - offset), high = (float)(s.high - offset);
            float v = AS_PRECISION(T_LOAD(x[i]) / S_LOAD(scale[entry]));
            v = v > low ? v : low;
            v = v < high ? v : high;
            y[i] = (Q)((int)tin_round_f32(v) + offset);
        }
    }
}
