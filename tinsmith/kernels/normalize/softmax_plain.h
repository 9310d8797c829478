/* Softmax, LogSoftmax, Hardmax of x [outer, size, inner] along its middle axis, any float type.
 * Template: T and its T_ARITH, T_LOAD, T_STORE, T_CALL. Work is cut into pieces of up to
 * TIN_SOFTMAX_BLOCK inner places. */
#ifndef TIN_SOFTMAX_PLAIN_H
#define TIN_SOFTMAX_PLAIN_H
#include "../c/row_sum.h"
#include "../c/scalar.h"
enum { TIN_SOFTMAX, TIN_LOG_SOFTMAX, TIN_HARDMAX, TIN_SOFTMAX_BLOCK = 64 };
struct softmax_plain {
    ptrdiff_t outer, size, inner, chunks;
    int kind;
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, const struct softmax_plain s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t blocks = (s.inner + TIN_SOFTMAX_BLOCK - 1) / TIN_SOFTMAX_BLOCK;
    const ptrdiff_t last = tin_chunk(s.outer * blocks, s.chunks, end);
    for (ptrdiff_t piece = tin_chunk(s.outer * blocks, s.chunks, begin); piece < last; piece++) {
        const ptrdiff_t first = piece % blocks * TIN_SOFTMAX_BLOCK, rest = s.inner - first;
        const ptrdiff_t count = rest < TIN_SOFTMAX_BLOCK ? rest : TIN_SOFTMAX_BLOCK;
        const T *restrict from = x + piece / blocks * s.size * s.inner + first;
        T *restrict to = y + piece / blocks * s.size * s.inner + first;
        T_ARITH top[TIN_SOFTMAX_BLOCK], sum[TIN_SOFTMAX_BLOCK];
        ptrdiff_t where[TIN_SOFTMAX_BLOCK];
        for (ptrdiff_t j = 0; j < count; j++) {
            top[j] = T_LOAD(from[j]);
            sum[j] = 0;
            where[j] = 0;
        }
        for (ptrdiff_t i = 1; i < s.size; i++)
            for (ptrdiff_t j = 0; j < count; j++) {
                const T_ARITH v = T_LOAD(from[i * s.inner + j]);
                const int more = v > top[j] || (v != v && top[j] == top[j]);
                where[j] = more ? i : where[j];
                top[j] = more ? v : top[j];
            }
        if (s.kind == TIN_HARDMAX) {
            for (ptrdiff_t i = 0; i < s.size; i++)
                for (ptrdiff_t j = 0; j < count; j++)
                    to[i * s.inner + j] = T_STORE((T_ARITH)(where[j] == i));
            continue;
        }
        if (s.inner == 1)
            TIN_ROW_SUM(T_ARITH, sum[0], i, s.size, T_CALL(exp)(T_LOAD(from[i]) - top[0]));
        else
            for (ptrdiff_t start = 0; start < s.size; start += TIN_COLUMN_BLOCK) {
                const ptrdiff_t left = s.size - start;
                const ptrdiff_t next = left < TIN_COLUMN_BLOCK ? s.size : start + TIN_COLUMN_BLOCK;
                T_ARITH part[TIN_SOFTMAX_BLOCK] = {0};
                for (ptrdiff_t i = start; i < next; i++)
                    for (ptrdiff_t j = 0; j < count; j++)
                        part[j] += T_CALL(exp)(T_LOAD(from[i * s.inner + j]) - top[j]);
                for (ptrdiff_t j = 0; j < count; j++) sum[j] += part[j];
            }
        for (ptrdiff_t j = 0; j < count; j++)
            sum[j] = s.kind == TIN_SOFTMAX ? 1 / sum[j] : T_CALL(log)(sum[j]);
        for (ptrdiff_t i = 0; i < s.size; i++)
            for (ptrdiff_t j = 0; j < count; j++) {
                const T_ARITH v = T_LOAD(from[i * s.inner + j]) - top[j];
                to[i * s.inner + j] =
                    T_STORE(s.kind == TIN_SOFTMAX ? T_CALL(exp)(v) * sum[j] : v - sum[j]);
            }
    }
}
