/* clang-format off */
/* Rows with mean 0 and variance 1 (or only with mean square 1), then scale and bias: Instance-,
 * Group-, Layer-, RMSNorm.
 *
 * A row is `parts` parts of `inner` elements. Scale and bias are as long as a row (per_element),
 * or have one number for each part of each of `groups` rows, which repeat.
 * Template: T and its T_ARITH, T_LOAD, T_STORE, T_CALL; MEAN, INVERSE: 1 where the mean, and 1 /
 * the deviation, are results.
 */
/* clang-format on */
#ifndef TIN_NORMALIZE_PLAIN_H
#define TIN_NORMALIZE_PLAIN_H
#include "../c/row_sum.h"
#include "../c/scalar.h"
struct normalize_plain {
    ptrdiff_t rows, groups, parts, inner, chunks;
    int per_element, has_bias, root_mean_square;
    double epsilon;
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, const T *restrict scale, const T *restrict bias,
                       T *restrict y,
#if MEAN
                       T_ARITH *restrict means,
#endif
#if INVERSE
                       T_ARITH *restrict inverses,
#endif
                       const struct normalize_plain s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t size = s.parts * s.inner, last = tin_chunk(s.rows, s.chunks, end);
    for (ptrdiff_t row = tin_chunk(s.rows, s.chunks, begin); row < last; row++) {
        const T *restrict from = x + row * size;
        T *restrict to = y + row * size;
        T_ARITH mean = 0, square = 0;
        if (!s.root_mean_square) {
            TIN_ROW_SUM(T_ARITH, mean, i, size, T_LOAD(from[i]));
            mean /= (T_ARITH)size;
        }
        TIN_ROW_SUM(T_ARITH, square, i, size, (T_LOAD(from[i]) - mean) * (T_LOAD(from[i]) - mean));
        const T_ARITH inverse = 1 / T_CALL(sqrt)(square / (T_ARITH)size + (T_ARITH)s.epsilon);
#if MEAN
        means[row] = mean;
#endif
#if INVERSE
        inverses[row] = inverse;
#endif
        if (s.per_element) {
            for (ptrdiff_t i = 0; i < size; i++) {
                const T_ARITH v = (T_LOAD(from[i]) - mean) * inverse * T_LOAD(scale[i]);
                to[i] = T_STORE((T_ARITH)(s.has_bias ? v + T_LOAD(bias[i]) : v));
            }
            continue;
        }
        for (ptrdiff_t part = 0; part < s.parts; part++) {
            const ptrdiff_t channel = row % s.groups * s.parts + part;
            const T_ARITH factor = inverse * T_LOAD(scale[channel]);
            const T_ARITH offset = s.has_bias ? T_LOAD(bias[channel]) : 0;
            for (ptrdiff_t i = part * s.inner; i < (part + 1) * s.inner; i++)
                to[i] = T_STORE((T_ARITH)((T_LOAD(from[i]) - mean) * factor + offset));
        }
    }
}
