/* fully_connected_half.h: one row times a matrix whose weights are halves; arithmetic in float32.
 *
 *   y[o] = finish(bias[o] + sum over k of x[k] w[k, o])
 *
 * x, y: float32, contiguous. Weights, float16 or bfloat16 as `stored` says (stored.h), zero-padded:
 * [group][k][B][L], L = TIN_LANES; B = tile_b vectors of outputs, the last group holding the
 * remaining ones. bias: [vectors L] float32, zero-padded, never NULL.
 * Each weight is read once: memory decides how long it takes.
 * Chunks: groups.
 */
#ifndef TIN_FULLY_CONNECTED_HALF_H
#define TIN_FULLY_CONNECTED_HALF_H

#include "../c/stored.h"

struct fully_connected_half {
    int k, outputs, tile_b, stored;
    int act;
    float alpha, beta;
};

enum { TIN_HALF_MAX_B = 8, TIN_HALF_AHEAD = 4096 };

/* One group of B vectors, the last with `live` lanes. */
TIN_INLINE void fully_connected_half_group(const float *restrict x, const uint16_t *restrict w,
                                           const float *restrict bias, float *restrict y,
                                           const struct fully_connected_half s, const int B,
                                           const int live)
{
    vf acc[TIN_HALF_MAX_B];
    TIN_UNROLL
    for (int b = 0; b < B; b++) acc[b] = vf_load(bias + b * TIN_LANES);
    TIN_NO_UNROLL
    for (ptrdiff_t k = 0; k < s.k; k++) {
        const vf xv = vf_set1(x[k]);
        const char *ahead = (const char *)(w + k * B * TIN_LANES) + TIN_HALF_AHEAD;
        TIN_UNROLL
        for (int line = 0; line < B * 2 * TIN_LANES; line += 64)
            __builtin_prefetch(ahead + line, 0, 2);
        TIN_UNROLL
        for (int b = 0; b < B; b++)
            acc[b] = vf_fma(stored_load(w, (k * B + b) * TIN_LANES, s.stored), xv, acc[b]);
    }
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        const vf v = vf_activate(acc[b], s.act, s.alpha, s.beta);
        if (b == B - 1 && live < TIN_LANES)
            vf_store_n(y + b * TIN_LANES, v, live);
        else
            vf_store(y + b * TIN_LANES, v);
    }
}

TIN_INLINE void fully_connected_half(const float *restrict x, const uint16_t *restrict w,
                                     const float *restrict bias, float *restrict y,
                                     const struct fully_connected_half s, ptrdiff_t begin,
                                     ptrdiff_t end)
{
    const int vectors = (s.outputs + TIN_LANES - 1) / TIN_LANES;
    const int groups = (vectors + s.tile_b - 1) / s.tile_b;
    const int B_last = vectors - (groups - 1) * s.tile_b;
    const int live_last = s.outputs - (vectors - 1) * TIN_LANES;
    TIN_NO_UNROLL
    for (ptrdiff_t group = begin; group < end; group++) {
        const ptrdiff_t first = group * s.tile_b * TIN_LANES;
        const uint16_t *wg = w + first * s.k;
        if (group < groups - 1)
            fully_connected_half_group(x, wg, bias + first, y + first, s, s.tile_b, TIN_LANES);
        else
            fully_connected_half_group(x, wg, bias + first, y + first, s, B_last, live_last);
    }
}

#endif
