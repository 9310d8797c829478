/* y = x / (bias + alpha / size * sum of squares of the `size` channels around it) ^ beta for x [n,
 * c, inner], any float type.
 * Template: T and its T_ARITH, T_LOAD, T_STORE, T_CALL. Work is cut into pieces of up to
 * TIN_LRN_BLOCK places of a channel. */
#ifndef TIN_LRN_PLAIN_H
#define TIN_LRN_PLAIN_H
#include "../c/scalar.h"
enum { TIN_LRN_BLOCK = 256 };
struct lrn_plain {
    ptrdiff_t n, c, inner, before, after, chunks; /* channels before and after that count */
    double alpha, beta, bias;                     /* alpha: divided by the size */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, T *restrict y, const struct lrn_plain s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t blocks = (s.inner + TIN_LRN_BLOCK - 1) / TIN_LRN_BLOCK;
    const ptrdiff_t total = s.n * s.c * blocks, last = tin_chunk(total, s.chunks, end);
    for (ptrdiff_t piece = tin_chunk(total, s.chunks, begin); piece < last; piece++) {
        const ptrdiff_t row = piece / blocks, c = row % s.c, at = piece % blocks * TIN_LRN_BLOCK;
        const ptrdiff_t count = s.inner - at < TIN_LRN_BLOCK ? s.inner - at : TIN_LRN_BLOCK;
        const ptrdiff_t low = c < s.before ? c : s.before;
        const ptrdiff_t high = s.c - 1 - c < s.after ? s.c - 1 - c : s.after;
        const T *restrict from = x + row * s.inner + at;
        T *restrict to = y + row * s.inner + at;
        T_ARITH sum[TIN_LRN_BLOCK];
        for (ptrdiff_t i = 0; i < count; i++) sum[i] = 0;
        for (ptrdiff_t k = -low; k <= high; k++)
            for (ptrdiff_t i = 0; i < count; i++) {
                const T_ARITH v = T_LOAD(from[k * s.inner + i]);
                sum[i] += v * v;
            }
        for (ptrdiff_t i = 0; i < count; i++) {
            const T_ARITH base = (T_ARITH)s.bias + (T_ARITH)s.alpha * sum[i],
                          root = T_CALL(sqrt)(base);
            const T_ARITH power = s.beta == 0.75  ? 1 / (root * T_CALL(sqrt)(root))
                                  : s.beta == 0.5 ? 1 / root
                                  : s.beta == 1.0
                                      ? 1 / base
                                      : T_CALL(exp)((T_ARITH)-s.beta * T_CALL(log)(base));
            to[i] = T_STORE((T_ARITH)(T_LOAD(from[i]) * power));
        }
    }
}
