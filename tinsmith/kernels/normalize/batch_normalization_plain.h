/* y = (x - mean) / sqrt(variance + epsilon) * scale + bias along axis 1 of x [n, c, inner], any
 * float types.
 *
 * Template: T (x and y), S (scale and bias), M (mean and variance), each with _ARITH, _LOAD and T
 * also with T_STORE. */
#ifndef TIN_BATCH_NORMALIZATION_PLAIN_H
#define TIN_BATCH_NORMALIZATION_PLAIN_H
#include "../c/scalar.h"
struct batch_normalization_plain {
    ptrdiff_t n, c, inner, chunks;
    double epsilon;
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const S *restrict scale, const S *restrict bias,
                       const M *restrict mean, const M *restrict variance, T *restrict y,
                       const struct batch_normalization_plain s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.n * s.c, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(s.n * s.c, s.chunks, begin); row < last; row++) {
        const ptrdiff_t c = row % s.c;
        const double deviation = tin_sqrt_f64((double)M_LOAD(variance[c]) + s.epsilon);
        const double ratio = (double)S_LOAD(scale[c]) / deviation;
        const T_ARITH factor = (T_ARITH)ratio;
        const T_ARITH offset = (T_ARITH)((double)S_LOAD(bias[c]) - (double)M_LOAD(mean[c]) * ratio);
        for (ptrdiff_t i = row * s.inner; i < (row + 1) * s.inner; i++)
            y[i] = T_STORE((T_ARITH)(T_LOAD(x[i]) * factor + offset));
    }
}
