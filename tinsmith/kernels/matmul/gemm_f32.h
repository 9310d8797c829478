/* gemm_f32.h: matrix products of float32.
 *
 * fully_connected_f32: y[m, o] = finish(bias[o] + sum over k of x[m, k] w[o, k], r[m, o]),
 * weights packed beforehand.
 *   x: m x_m + k x_k; y, r: m *_m + o (o contiguous; only real outputs are stored, r may be y
 *   itself).
 *   Weights: [group][k][B][L], zero-padded: outputs in vectors of L = TIN_LANES, tile_b vectors a
 *   group, the last group holding the remaining
 *   B' = vectors % tile_b. bias: [vectors L], zero-padded, never NULL. One row (M = 1) streams
 *   the weights once and is bound by memory:
 *   tile_p = 1, tile_b 4 .. 8. Several rows: tile_p x tile_b sums in registers, as in
 *   conv2d_direct.h.
 *   Chunks: groups x ceil(M / band_rows), the band running fastest. band_rows: M, or a multiple
 *   of tile_p.
 *
 * matmul_f32: y[i, m, n] = finish(scale sum over k of a[i, m, k] b[i, k, n] + bias[n], r) of two
 * activations, batched, any strides (transposition is a
 *   matter of strides); batch index i = i0 batch1 + i1, a + i0 a_batch0 + i1 a_batch1 (0
 *   broadcasts).
 *   bias: [N] or NULL-and-unused where has_bias is 0. y, r: n contiguous, m *_m.
 *   b_n == 1: b is read in place. Otherwise each chunk first copies its K x (tile_b L) panel of b
 *   to `scratch` (K tile_b L floats for each
 *   thread; NULL when b_n == 1).
 *   Chunks: batch0 x batch1 x ceil(N / (tile_b L)) x ceil(M / band_rows), the band running
 *   fastest (band_rows = M where b has to be copied).
 *   band_rows: M or more, or a multiple of tile_p. Tiles as in conv2d_direct.h: AVX-512 14x2,
 *   AVX2 6x2, NEON64 6x4.
 *
 * Measured on one Zen 5 core: 512x512x512 101% of the FMA peak, b transposed 98%, attention
 * 197x64x197 b transposed 90%, fully connected
 * 32x1024x1000 96 .. 100%; one row: 32 GMAC/s from L3 (tile_b 4), the memory's bandwidth beyond
 * it (tile_b 2: 39 GB/s).
 */
#ifndef TIN_GEMM_F32_H
#define TIN_GEMM_F32_H

#include "../c/epilogue.h"

struct fully_connected_f32 {
    int m, k, outputs;
    ptrdiff_t x_m, x_k, y_m, r_m;
    int tile_p, tile_b, band_rows;
    int residual, act;
    float alpha, beta;
};

struct matmul_f32 {
    int batch0, batch1, m, k, n;
    ptrdiff_t a_batch0, a_batch1, a_m, a_k;
    ptrdiff_t b_batch0, b_batch1, b_k, b_n;
    ptrdiff_t y_batch0, y_batch1, y_m;
    ptrdiff_t r_batch0, r_batch1, r_m;
    int has_bias;
    float scale;
    int tile_p, tile_b, band_rows;
    int residual, act;
    float alpha, beta;
};

enum { TIN_GEMM_MAX_P = 32, TIN_GEMM_MAX_B = 16 };

/* acc[p][b] += a[p, k] b[k, B, L]. live: lanes of the last vector that may be read (TIN_LANES:
 * all). */
TIN_INLINE void gemm_sum(vf acc[TIN_GEMM_MAX_P][TIN_GEMM_MAX_B], const float *restrict a,
                         const float *restrict b, const int P, const int B, const int k,
                         const ptrdiff_t a_m, const ptrdiff_t a_k, const ptrdiff_t b_k,
                         const int live)
{
    int i = 0;
#if TIN_FMA_BY_LANE
    if (a_k == 1) {
        TIN_NO_UNROLL
        for (; i + TIN_FMA_BY_LANE <= k; i += TIN_FMA_BY_LANE) {
            vl av[TIN_GEMM_MAX_P];
            TIN_UNROLL
            for (int p = 0; p < P; p++) av[p] = vl_load(a + p * a_m + i);
            TIN_UNROLL
            for (int c = 0; c < TIN_FMA_BY_LANE; c++) {
                TIN_UNROLL
                for (int j = 0; j < B; j++) {
                    const float *at = b + (i + c) * b_k + j * TIN_LANES;
                    const vf bv =
                        j == B - 1 && live < TIN_LANES ? vf_load_n(at, live) : vf_load(at);
                    TIN_UNROLL
                    for (int p = 0; p < P; p++) acc[p][j] = vf_fma_lane(bv, av[p], c, acc[p][j]);
                    TIN_UNROLL
                    for (int p = 0; p < P; p++) vf_settle(&acc[p][j]);
                }
            }
        }
    }
#endif
    TIN_NO_UNROLL
    for (; i < k; i++) {
        vf bv[TIN_GEMM_MAX_B];
        TIN_UNROLL
        for (int j = 0; j < B; j++) {
            const float *at = b + i * b_k + j * TIN_LANES;
            bv[j] = j == B - 1 && live < TIN_LANES ? vf_load_n(at, live) : vf_load(at);
        }
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            const vf av = vf_set1(a[p * a_m + i * a_k]);
            TIN_UNROLL
            for (int j = 0; j < B; j++) acc[p][j] = vf_fma(bv[j], av, acc[p][j]);
        }
    }
}

/* Store B vectors, the last with `live` lanes. */
TIN_INLINE void gemm_store(vf acc[TIN_GEMM_MAX_P][TIN_GEMM_MAX_B], float *y, const float *r,
                           const int P, const int B, const ptrdiff_t y_m, const ptrdiff_t r_m,
                           const int live, const int residual, const int act, const float alpha,
                           const float beta)
{
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        TIN_UNROLL
        for (int j = 0; j < B; j++) {
            const int last = j == B - 1 && live < TIN_LANES;
            const float *at = residual ? r + p * r_m + j * TIN_LANES : r;
            const vf rv = !residual ? vf_zero() : last ? vf_load_n(at, live) : vf_load(at);
            const vf v = vf_finish_tile(acc[p][j], rv, residual, act, alpha, beta);
            if (last)
                vf_store_n(y + p * y_m + j * TIN_LANES, v, live);
            else
                vf_store(y + p * y_m + j * TIN_LANES, v);
        }
    }
}

/* Costly activations, over rows [from, to). */
TIN_INLINE void gemm_finish(float *y, const float *r, const ptrdiff_t y_m, const ptrdiff_t r_m,
                            const int from, const int to, const int columns, const int residual,
                            const int act, const float alpha, const float beta)
{
    if (!act_is_costly(act)) return;
    TIN_NO_UNROLL
    for (int i = from; i < to; i++)
        finish_floats(y + i * y_m, residual ? r + i * r_m : r, columns, residual, act, alpha, beta);
}

TIN_INLINE void fully_connected_tile(const float *restrict x, const float *r,
                                     const float *restrict w, const float *restrict bias, float *y,
                                     const struct fully_connected_f32 s, const int P, const int B,
                                     const int live)
{
    vf acc[TIN_GEMM_MAX_P][TIN_GEMM_MAX_B];
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        TIN_UNROLL
        for (int j = 0; j < B; j++) acc[p][j] = vf_load(bias + j * TIN_LANES);
    }
    gemm_sum(acc, x, w, P, B, s.k, s.x_m, s.x_k, B * TIN_LANES, TIN_LANES);
    gemm_store(acc, y, r, P, B, s.y_m, s.r_m, live, s.residual, s.act, s.alpha, s.beta);
}

/* Rows [from, to) of one group of outputs. */
TIN_INLINE void fully_connected_rows(const float *restrict x, const float *r,
                                     const float *restrict w, const float *restrict bias, float *y,
                                     const struct fully_connected_f32 s, const int B,
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

TIN_INLINE void fully_connected_f32(const float *restrict x, const float *r,
                                    const float *restrict w, const float *restrict bias, float *y,
                                    const struct fully_connected_f32 s, ptrdiff_t begin,
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
        const float *wg = w + vector * s.k * TIN_LANES, *bg = bias + vector * TIN_LANES;
        const float *rg = s.residual ? r + vector * TIN_LANES : r;
        float *yg = y + vector * TIN_LANES;
        if ((B_last == s.tile_b && live_last == TIN_LANES) || group < groups - 1)
            fully_connected_rows(x, rg, wg, bg, yg, s, s.tile_b, TIN_LANES, from, to);
        else
            fully_connected_rows(x, rg, wg, bg, yg, s, B_last, live_last, from, to);
    }
}

TIN_INLINE void matmul_tile(const float *restrict a, const float *restrict b,
                            const float *restrict bias, const float *r, float *y,
                            const struct matmul_f32 s, const int P, const int B, const int live,
                            const ptrdiff_t b_k, const int b_live)
{
    vf acc[TIN_GEMM_MAX_P][TIN_GEMM_MAX_B];
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        TIN_UNROLL
        for (int j = 0; j < B; j++) acc[p][j] = vf_zero();
    }
    gemm_sum(acc, a, b, P, B, s.k, s.a_m, s.a_k, b_k, b_live);
    TIN_UNROLL
    for (int j = 0; j < B; j++) {
        vf bv = vf_zero();
        if (s.has_bias)
            bv = j == B - 1 && live < TIN_LANES ? vf_load_n(bias + j * TIN_LANES, live)
                                                : vf_load(bias + j * TIN_LANES);
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            if (s.scale != 1.0f) acc[p][j] = vf_mul(acc[p][j], vf_set1(s.scale));
            if (s.has_bias) acc[p][j] = vf_add(acc[p][j], bv);
        }
    }
    gemm_store(acc, y, r, P, B, s.y_m, s.r_m, live, s.residual, s.act, s.alpha, s.beta);
}

/* Rows [from, s.k) of one vector of columns, `live` of them real, to scratch; zeros behind. */
TIN_INLINE void matmul_copy_rows(float *restrict scratch, const float *restrict b,
                                 const struct matmul_f32 s, const ptrdiff_t width,
                                 const ptrdiff_t from, const ptrdiff_t live)
{
    TIN_NO_UNROLL
    for (ptrdiff_t i = from; i < s.k; i++) {
        TIN_NO_UNROLL
        for (ptrdiff_t l = 0; l < TIN_LANES; l++)
            scratch[i * width + l] = l < live ? b[i * s.b_k + l * s.b_n] : 0.0f;
    }
}

/* b[0 .. k) x [0 .. columns) to scratch[k][B L]. */
TIN_INLINE void matmul_copy(float *restrict scratch, const float *restrict b,
                            const struct matmul_f32 s, const int B, const int columns)
{
    const ptrdiff_t width = B * TIN_LANES, whole = s.k - s.k % TIN_LANES;
    TIN_NO_UNROLL
    for (ptrdiff_t j = 0; j < width; j += TIN_LANES) {
        const float *from = b + j * s.b_n;
        float *to = scratch + j;
        if (s.b_k == 1 && j + TIN_LANES <= columns) {
            TIN_NO_UNROLL
            for (ptrdiff_t i = 0; i < whole; i += TIN_LANES) {
                vf rows[TIN_LANES];
                TIN_UNROLL
                for (int l = 0; l < TIN_LANES; l++) rows[l] = vf_load(from + l * s.b_n + i);
                vf_transpose(rows);
                TIN_UNROLL
                for (int l = 0; l < TIN_LANES; l++) vf_store(to + (i + l) * width, rows[l]);
            }
            matmul_copy_rows(to, from, s, width, whole, TIN_LANES);
        } else {
            matmul_copy_rows(to, from, s, width, 0, columns - j);
        }
    }
}

/* Rows [from, to) of one panel of B vectors of columns, the last with `live` lanes. */
TIN_INLINE void matmul_panel(const float *restrict a, const float *restrict b,
                             const float *restrict bias, const float *r, float *y,
                             float *restrict scratch, const struct matmul_f32 s, const int B,
                             const int live, const int from, const int to)
{
    const int P = s.tile_p < s.m ? s.tile_p : s.m, tail = s.m % P;
    const int copy = s.b_n != 1;
    const float *panel = b;
    const ptrdiff_t b_k = copy ? B * TIN_LANES : s.b_k;
    const int b_live = copy ? TIN_LANES : live;
    if (copy) {
        matmul_copy(scratch, b, s, B, (B - 1) * TIN_LANES + live);
        panel = scratch;
    }
    int i = from;
    TIN_NO_UNROLL
    for (; i + P <= to; i += P)
        matmul_tile(a + i * s.a_m, panel, bias, s.residual ? r + i * s.r_m : r, y + i * s.y_m, s, P,
                    B, live, b_k, b_live);
    if (tail && i < to)
        matmul_tile(a + i * s.a_m, panel, bias, s.residual ? r + i * s.r_m : r, y + i * s.y_m, s,
                    tail, B, live, b_k, b_live);
    gemm_finish(y, r, s.y_m, s.r_m, from, to, (B - 1) * TIN_LANES + live, s.residual, s.act,
                s.alpha, s.beta);
}

TIN_INLINE void matmul_f32(const float *restrict a, const float *restrict b, const float *r,
                           const float *restrict bias, float *y, float *restrict scratch,
                           const struct matmul_f32 s, ptrdiff_t begin, ptrdiff_t end)
{
    const int vectors = (s.n + TIN_LANES - 1) / TIN_LANES,
              panels = (vectors + s.tile_b - 1) / s.tile_b;
    const int B_last = vectors - (panels - 1) * s.tile_b,
              live_last = s.n - (vectors - 1) * TIN_LANES;
    const int bands = (s.m + s.band_rows - 1) / s.band_rows;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int from = (int)(chunk % bands) * s.band_rows,
                  to = from + s.band_rows < s.m ? from + s.band_rows : s.m;
        const ptrdiff_t panel = chunk / bands % panels, i = chunk / bands / panels;
        const ptrdiff_t i0 = i / s.batch1, i1 = i % s.batch1, column = panel * s.tile_b * TIN_LANES;
        const float *ai = a + i0 * s.a_batch0 + i1 * s.a_batch1;
        const float *bi = b + i0 * s.b_batch0 + i1 * s.b_batch1 + column * s.b_n;
        const float *ri = s.residual ? r + i0 * s.r_batch0 + i1 * s.r_batch1 + column : r;
        const float *bias_i = s.has_bias ? bias + column : bias;
        float *yi = y + i0 * s.y_batch0 + i1 * s.y_batch1 + column;
        if ((B_last == s.tile_b && live_last == TIN_LANES) || panel < panels - 1)
            matmul_panel(ai, bi, bias_i, ri, yi, scratch, s, s.tile_b, TIN_LANES, from, to);
        else
            matmul_panel(ai, bi, bias_i, ri, yi, scratch, s, B_last, live_last, from, to);
    }
}

#endif
