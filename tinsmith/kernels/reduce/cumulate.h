/* CumSum, CumProd: running results along the middle axis of [outer, extent, inner], for up to
 * sixteen neighbours at once.
 * Template: T, T_ARITH, T_LOAD, T_STORE as in plain.py, JOIN(a, b) the sum or product, START what
 * it starts from. */
#ifndef TIN_CUMULATE_H
#define TIN_CUMULATE_H
#include "../c/scalar.h"
enum { TIN_CUMULATE_LANES = 16 };
struct cumulate {
    ptrdiff_t outer, extent, inner;
    int exclusive, reverse;
    ptrdiff_t groups; /* of neighbours in inner */
    ptrdiff_t chunks; /* of outer * groups */
};
#endif

TIN_INLINE void KERNEL(const T *x, T *y, const struct cumulate s, ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.outer * s.groups, s.chunks, end);
    for (ptrdiff_t item = tin_chunk(s.outer * s.groups, s.chunks, begin); item < last; item++) {
        const ptrdiff_t lane = item % s.groups * TIN_CUMULATE_LANES;
        const ptrdiff_t lanes =
            s.inner - lane < TIN_CUMULATE_LANES ? s.inner - lane : TIN_CUMULATE_LANES;
        const ptrdiff_t base = item / s.groups * s.extent * s.inner + lane;
        T_ARITH running[TIN_CUMULATE_LANES];
        for (ptrdiff_t j = 0; j < TIN_CUMULATE_LANES; j++) running[j] = START;
        for (ptrdiff_t i = 0; i < s.extent; i++) {
            const ptrdiff_t at = base + (s.reverse ? s.extent - 1 - i : i) * s.inner;
            for (ptrdiff_t j = 0; j < lanes; j++) {
                const T_ARITH before = running[j];
                running[j] = JOIN(before, T_LOAD(x[at + j]));
                y[at + j] = T_STORE(s.exclusive ? before : running[j]);
            }
        }
    }
}
