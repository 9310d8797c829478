/* clang-format off */
/* ReduceLogSumExp: log(sum(e^(x - m))) + m, m the maximum; two walks over the elements of each
 * output.
 * Template: T, T_ARITH, T_LOAD, T_STORE as in plain.py; A float or double, A_F(name) a function
 * of scalar.h for it, CAST from A to what T_STORE takes.
 */
/* clang-format on */
#ifndef TIN_REDUCE_LOG_SUM_EXP_H
#define TIN_REDUCE_LOG_SUM_EXP_H
#include "../c/scalar.h"
struct reduce_log_sum_exp { /* as struct reduce of reduce.h, of which it needs the axes only */
    ptrdiff_t kept[4], kept_stride[4];
    ptrdiff_t gone[4], gone_stride[4];
    ptrdiff_t count, outputs, chunks;
};

/* Where item i of four axes lies. */
TIN_INLINE ptrdiff_t tin_log_sum_exp_at(ptrdiff_t i, const ptrdiff_t *extent,
                                        const ptrdiff_t *stride)
{
    ptrdiff_t at = 0;
    for (int axis = 3; axis >= 0; axis--) {
        at += i % extent[axis] * stride[axis];
        i /= extent[axis];
    }
    return at;
}
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, const struct reduce_log_sum_exp s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.outputs, s.chunks, end);
    for (ptrdiff_t item = tin_chunk(s.outputs, s.chunks, begin); item < last; item++) {
        const T *restrict from = x + tin_log_sum_exp_at(item, s.kept, s.kept_stride);
        A top = -__builtin_inff(), total = 0, part = 0;
        for (ptrdiff_t i = 0; i < s.count; i++)
            top = A_F(max)(top, (A)T_LOAD(from[tin_log_sum_exp_at(i, s.gone, s.gone_stride)]));
        if (!(top - top == 0)) top = 0; /* infinite or NaN: nothing to take out */
        for (ptrdiff_t i = 0; i < s.count; i++) {
            part += A_F(exp)((A)T_LOAD(from[tin_log_sum_exp_at(i, s.gone, s.gone_stride)]) - top);
            if (i % 256 == 255) {
                total += part;
                part = 0;
            }
        }
        y[item] = T_STORE(CAST(A_F(log)(total + part) + top));
    }
}
