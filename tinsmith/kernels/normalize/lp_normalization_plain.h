/* LpNormalization of x [outer, size, inner] along its middle axis, p = 1 or 2, any float type.
 * Template: T and its T_ARITH, T_LOAD, T_STORE, T_CALL. Work is cut into pieces of up to
 * TIN_LP_BLOCK inner places. */
#ifndef TIN_LP_NORMALIZATION_PLAIN_H
#define TIN_LP_NORMALIZATION_PLAIN_H
#include "../c/row_sum.h"
#include "../c/scalar.h"
enum { TIN_LP_BLOCK = 64 };
struct lp_normalization_plain {
    ptrdiff_t outer, size, inner, chunks;
    int p;
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, const struct lp_normalization_plain s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t blocks = (s.inner + TIN_LP_BLOCK - 1) / TIN_LP_BLOCK;
    const ptrdiff_t last = tin_chunk(s.outer * blocks, s.chunks, end);
    for (ptrdiff_t piece = tin_chunk(s.outer * blocks, s.chunks, begin); piece < last; piece++) {
        const ptrdiff_t first = piece % blocks * TIN_LP_BLOCK, rest = s.inner - first;
        const ptrdiff_t count = rest < TIN_LP_BLOCK ? rest : TIN_LP_BLOCK;
        const T *restrict from = x + piece / blocks * s.size * s.inner + first;
        T *restrict to = y + piece / blocks * s.size * s.inner + first;
        T_ARITH sum[TIN_LP_BLOCK] = {0};
        if (s.inner == 1)
            TIN_ROW_SUM(T_ARITH, sum[0], i, s.size,
                        s.p == 1 ? T_CALL(abs)(T_LOAD(from[i]))
                                 : T_LOAD(from[i]) * T_LOAD(from[i]));
        else
            for (ptrdiff_t start = 0; start < s.size; start += TIN_COLUMN_BLOCK) {
                const ptrdiff_t left = s.size - start;
                const ptrdiff_t next = left < TIN_COLUMN_BLOCK ? s.size : start + TIN_COLUMN_BLOCK;
                T_ARITH part[TIN_LP_BLOCK] = {0};
                for (ptrdiff_t i = start; i < next; i++)
                    for (ptrdiff_t j = 0; j < count; j++) {
                        const T_ARITH v = T_LOAD(from[i * s.inner + j]);
                        part[j] += s.p == 1 ? T_CALL(abs)(v) : v * v;
                    }
                for (ptrdiff_t j = 0; j < count; j++) sum[j] += part[j];
            }
        for (ptrdiff_t j = 0; j < count; j++) {
            const T_ARITH norm = s.p == 1 ? sum[j] : T_CALL(sqrt)(sum[j]);
            sum[j] = norm == 0 ? 0 : 1 / norm;
        }
        for (ptrdiff_t i = 0; i < s.size; i++)
            for (ptrdiff_t j = 0; j < count; j++)
                to[i * s.inner + j] = T_STORE(T_LOAD(from[i * s.inner + j]) * sum[j]);
    }
}
