/* clang-format off */
/* fully_connected.h: matrix products of float32 by constant weights, which are stored as float32,
 * bfloat16 or float16.
 *
 *   y[m, o] = finish(bias[o] + sum over k of x[m, k] w[k, o], r[m, o])
 *
 * x: m x_m + k x_k; y, r: m *_m + o (o contiguous; only real outputs are stored, r may be y
 * itself).
 * Weights, as `stored` (stored.h) says, zero-padded: [group][k][B][L]. Outputs in vectors of
 * L = TIN_LANES, B = tile_b vectors a group, the last group holding the remaining ones.
 * bias: [vectors L], float32, zero-padded, never NULL.
 *
 * One row (m = 1) reads each weight once and is bound by memory: tile_p = 1, tile_b 4 .. 8. Several
 * rows: tile_p x tile_b sums in registers, as in conv2d_direct.h.
 * Chunks: groups x ceil(m / band_rows), the band running fastest. band_rows: m, or a multiple of
 * tile_p.
 *
 * Measured on one Zen 5 core: 32x1024x1000 96 .. 100% of the FMA peak; one row: 32 GMAC/s from L3
 * (tile_b 4), the memory's bandwidth beyond it (tile_b 2: 39 GB/s).
 */
/* clang-format on */
#ifndef TIN_FULLY_CONNECTED_H
#define TIN_FULLY_CONNECTED_H

#include "gemm_sums.h"

struct fully_connected {
    int stored;
    int m, k, outputs;
    ptrdiff_t x_m, x_k, y_m, r_m;
    int tile_p, tile_b, band_rows;
    int ahead; /* bytes of weights that are asked for before they are read, or 0 */
    int residual, act;
    float alpha, beta;
};

TIN_INLINE void fully_connected_tile(const float *restrict x, const float *r,
                                     const void *restrict w, const float *restrict bias, float *y,
                                     const struct fully_connected s, const int P, const int B,
                                     const int live)
{
    gemm_sums acc;
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        TIN_UNROLL
        for (int j = 0; j < B; j++) acc[p][j] = vf_load(bias + j * TIN_LANES);
    }
    gemm_sum(acc, x, w, P, B, s.k, s.x_m, s.x_k, B * TIN_LANES, TIN_LANES, s.stored, s.ahead);
    gemm_store(acc, y, r, P, B, s.y_m, s.r_m, live, s.residual, s.act, s.alpha, s.beta);
}

/* Rows [from, to) of one group of outputs. */
TIN_INLINE void fully_connected_rows(const float *restrict x, const float *r,
                                     const void *restrict w, const float *restrict bias, float *y,
                                     const struct fully_connected s, const int B,
                                     const int live, const int from, const int to)
{
    const int P = s.tile_p < s.m ? s.tile_p : s.m, tail = s.m % P;
    int i = from;
    TIN_NO_UNROLL
    for (; i + P <= to; i += P)
        fully_connected_tile(x + i * s.x_m, s.residual ? r + i * s.r_m : r, w, bias, y + i * s.y_m,
                             s, P, B, live);
    if (tail && i < to)
        fully_connected_tile(x + i * s.x_m, s.residual ? r + i * s.r_m : r, w, bias, y + i * s.y_m,
                             s, tail, B, live);
    gemm_finish(y, r, s.y_m, s.r_m, from, to, (B - 1) * TIN_LANES + live, s.residual, s.act,
                s.alpha, s.beta);
}

TIN_INLINE void fully_connected(const float *restrict x, const float *r,
                                    const void *restrict w, const float *restrict bias, float *y,
                                    const struct fully_connected s, ptrdiff_t begin,
                                    ptrdiff_t end)
{
    const int vectors = (s.outputs + TIN_LANES - 1) / TIN_LANES,
              groups = (vectors + s.tile_b - 1) / s.tile_b;
    const int B_last = vectors - (groups - 1) * s.tile_b;        /* vectors of the last group */
    const int live_last = s.outputs - (vectors - 1) * TIN_LANES; /* real lanes of the last vector */
    const int bands = (s.m + s.band_rows - 1) / s.band_rows;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int from = (int)(chunk % bands) * s.band_rows,
                  to = from + s.band_rows < s.m ? from + s.band_rows : s.m;
        const ptrdiff_t group = chunk / bands, vector = group * s.tile_b;
        const void *wg = stored_at(w, vector * s.k * TIN_LANES, s.stored);
        const float *bg = bias + vector * TIN_LANES;
        const float *rg = s.residual ? r + vector * TIN_LANES : r;
        float *yg = y + vector * TIN_LANES;
        if ((B_last == s.tile_b && live_last == TIN_LANES) || group < groups - 1)
            fully_connected_rows(x, rg, wg, bg, yg, s, s.tile_b, TIN_LANES, from, to);
        else
            fully_connected_rows(x, rg, wg, bg, yg, s, B_last, live_last, from, to);
    }
}

#endif
