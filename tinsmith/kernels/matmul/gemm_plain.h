/* clang-format off */
/* gemm_plain.h: matrix products, any element type, any strides.
 *
 *   y[b][i][j] = act(alpha * sum over k of a[b][i][k] * w[b][k][j] + beta * c[i][j])
 *
 * Template: T (of a, y) and its T_ARITH, T_LOAD, T_STORE; W of b, ADDEND of c likewise; T_ARITH is
 * unsigned for integers, which wrap.
 * Work is cut into pieces of one row and `block` columns. Scratch: `block` sums in T_ARITH.
 */
/* clang-format on */
#ifndef TIN_GEMM_PLAIN_H
#define TIN_GEMM_PLAIN_H
#include "../c/activation_plain.h"
#include "../c/row_sum.h"
#include "../c/scalar.h"
struct gemm_plain {
    ptrdiff_t batch, m, n, k, block, chunks;
    ptrdiff_t extent[6], a_batch[6],
        b_batch[6]; /* of the batch axes, and the strides of a and b along them */
    ptrdiff_t a_row, a_step, b_step, b_column; /* strides: a[i][k], b[k][j] */
    ptrdiff_t c_row, c_column;
    int has_c, scaled; /* scaled: alpha or c_scale is not 1 */
    double a_scale, c_scale;
    int residual, act;
    double alpha, beta;
};
#endif

TIN_INLINE void KERNEL(const T *restrict a, const W *restrict b, const ADDEND *restrict c,
                       T *restrict y, void *restrict scratch, const struct gemm_plain s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    T_ARITH *restrict sum = scratch;
    const ptrdiff_t blocks = (s.n + s.block - 1) / s.block, total = s.batch * s.m * blocks;
    const ptrdiff_t last = tin_chunk(total, s.chunks, end);
    for (ptrdiff_t piece = tin_chunk(total, s.chunks, begin); piece < last; piece++) {
        const ptrdiff_t i = piece / blocks % s.m, first = piece % blocks * s.block;
        const ptrdiff_t count = s.n - first < s.block ? s.n - first : s.block;
        const T *restrict left = a + i * s.a_row;
        const W *restrict right = b + first * s.b_column;
        for (ptrdiff_t rest = piece / blocks / s.m, axis = 5; axis >= 0; rest /= s.extent[axis--]) {
            left += rest % s.extent[axis] * s.a_batch[axis];
            right += rest % s.extent[axis] * s.b_batch[axis];
        }
        if (s.b_column == 1) {
            for (ptrdiff_t j = 0; j < count; j++) sum[j] = 0;
            ptrdiff_t k = 0;
            for (; k + 4 <= s.k; k += 4) {
                const W *restrict p = right + k * s.b_step;
                const T *restrict q = left + k * s.a_step;
                const T_ARITH f0 = (T_ARITH)T_LOAD(q[0]), f1 = (T_ARITH)T_LOAD(q[s.a_step]);
                const T_ARITH f2 = (T_ARITH)T_LOAD(q[2 * s.a_step]),
                              f3 = (T_ARITH)T_LOAD(q[3 * s.a_step]);
                for (ptrdiff_t j = 0; j < count; j++)
                    sum[j] += f0 * (T_ARITH)W_LOAD(p[j]) + f1 * (T_ARITH)W_LOAD(p[s.b_step + j]) +
                              f2 * (T_ARITH)W_LOAD(p[2 * s.b_step + j]) +
                              f3 * (T_ARITH)W_LOAD(p[3 * s.b_step + j]);
            }
            for (; k < s.k; k++) {
                const T_ARITH factor = (T_ARITH)T_LOAD(left[k * s.a_step]);
                for (ptrdiff_t j = 0; j < count; j++)
                    sum[j] += factor * (T_ARITH)W_LOAD(right[k * s.b_step + j]);
            }
        } else {
            for (ptrdiff_t j = 0; j < count; j++) {
                const W *restrict column = right + j * s.b_column;
                TIN_ROW_SUM(T_ARITH, sum[j], k, s.k,
                            (T_ARITH)T_LOAD(left[k * s.a_step]) *
                                (T_ARITH)W_LOAD(column[k * s.b_step]));
            }
        }
        T *restrict row = y + (piece / blocks * s.n + first);
        for (ptrdiff_t j = 0; j < count; j++) {
            T_ARITH v = s.scaled ? sum[j] * (T_ARITH)s.a_scale : sum[j];
            if (s.has_c) {
                const T_ARITH term =
                    (T_ARITH)ADDEND_LOAD(c[i * s.c_row + (first + j) * s.c_column]);
                v += s.scaled ? term * (T_ARITH)s.c_scale : term;
            }
            v = TIN_ACTIVATE(T_ARITH, v, s);
            row[j] = (T)T_STORE(v);
        }
    }
}
