/* clang-format off */
/* matmul_f32.h: matrix products of two activations of float32, batched, any strides.
 *
 *   y[i, m, n] = finish(scale sum over k of a[i, m, k] b[i, k, n] + bias[n], r[i, m, n])
 *
 * Transposition is a matter of strides. Batch index i = i0 batch1 + i1 lies at i0 a_batch0 + i1
 * a_batch1 (0 broadcasts). bias: [n], or unused where has_bias is 0. y, r: n contiguous, m *_m.
 * b_n == 1: b is read in place. Otherwise each chunk first copies its k x (tile_b L) panel of b to
 * `scratch` (k tile_b L floats for each thread; unused when b_n == 1).
 *
 * Chunks: batch0 x batch1 x ceil(n / (tile_b L)) x ceil(m / band_rows), the band running fastest
 * (band_rows = m where b has to be copied). band_rows: m or more, or a multiple of tile_p.
 * Tiles as in conv2d_direct.h: AVX-512 14x2, AVX2 6x2, NEON64 6x4.
 *
 * Measured on one Zen 5 core, of the FMA peak: 512x512x512 101%, b transposed 98%, attention
 * 197x64x197 b transposed 90%.
 */
/* clang-format on */
#ifndef TIN_MATMUL_F32_H
#define TIN_MATMUL_F32_H

#include "gemm_sums.h"

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

TIN_INLINE void matmul_tile(const float *restrict a, const float *restrict b,
                            const float *restrict bias, const float *r, float *y,
                            const struct matmul_f32 s, const int P, const int B, const int live,
                            const ptrdiff_t b_k, const int b_live)
{
    gemm_sums acc;
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        TIN_UNROLL
        for (int j = 0; j < B; j++) acc[p][j] = vf_zero();
    }
    gemm_sum(acc, a, b, P, B, s.k, s.a_m, s.a_k, b_k, b_live, TIN_F32, 0);
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
