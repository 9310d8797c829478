/* ArgMax, ArgMin: the place of the best element on the middle axis of [outer, extent, inner], for
 * up to 32 neighbours at once.
 * Template: T, T_ARITH, T_LOAD as in plain.py, BETTER(v, best) whether v takes the place of the
 * best before it. */
#ifndef TIN_ARG_REDUCE_H
#define TIN_ARG_REDUCE_H
#include "../c/scalar.h"
enum { TIN_ARG_LANES = 32 };
struct arg_reduce {
    ptrdiff_t outer, extent, inner; /* extent fits an int32_t */
    ptrdiff_t groups;               /* of neighbours in inner */
    ptrdiff_t chunks;               /* of outer * groups */
};
#endif

TIN_INLINE void KERNEL(const T *restrict x, int64_t *restrict y, const struct arg_reduce s,
                       ptrdiff_t begin, ptrdiff_t end)
{
    const ptrdiff_t last = tin_chunk(s.outer * s.groups, s.chunks, end);
    for (ptrdiff_t item = tin_chunk(s.outer * s.groups, s.chunks, begin); item < last; item++) {
        const ptrdiff_t lane = item % s.groups * TIN_ARG_LANES;
        const ptrdiff_t lanes = s.inner - lane < TIN_ARG_LANES ? s.inner - lane : TIN_ARG_LANES;
        const T *restrict from = x + item / s.groups * s.extent * s.inner + lane;
        T_ARITH best[TIN_ARG_LANES] = {0};
        int32_t place[TIN_ARG_LANES] = {0};
        for (ptrdiff_t j = 0; j < lanes; j++) best[j] = T_LOAD(from[j]);
        for (ptrdiff_t i = 1; i < s.extent; i++)
            for (ptrdiff_t j = 0; j < lanes; j++) {
                const T_ARITH v = T_LOAD(from[i * s.inner + j]);
                const int better = BETTER(v, best[j]);
                best[j] = better ? v : best[j];
                place[j] = better ? (int32_t)i : place[j];
            }
        for (ptrdiff_t j = 0; j < lanes; j++) y[item / s.groups * s.inner + lane + j] = place[j];
    }
}
