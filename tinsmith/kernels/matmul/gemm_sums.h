/* gemm_sums.h: the register tiles of matrix products: P rows x B vectors of columns, sums of float32.
 */
#ifndef TIN_GEMM_SUMS_H
#define TIN_GEMM_SUMS_H

#include "../c/stored.h"

enum { TIN_GEMM_MAX_P = 32, TIN_GEMM_MAX_B = 16 };

typedef vf gemm_sums[TIN_GEMM_MAX_P][TIN_GEMM_MAX_B];

/* Vector j of B of b from element i on, of which the last has `live` lanes that may be read. */
TIN_INLINE vf gemm_load(const void *b, const ptrdiff_t i, const int j, const int B, const int live,
                        const int stored)
{
    if (j == B - 1 && live < TIN_LANES) return vf_load_n((const float *)b + i + j * TIN_LANES, live);
    return stored_load(b, i + j * TIN_LANES, stored);
}

/* Asks for `bytes` that lie `ahead` bytes behind element i of b. */
TIN_INLINE void gemm_ask(const void *b, const ptrdiff_t i, const int stored, const int ahead,
                         const int bytes)
{
    if (ahead == 0) return;
    TIN_UNROLL
    for (int line = 0; line < bytes; line += 64)
        __builtin_prefetch((const char *)stored_at(b, i, stored) + ahead + line, 0, 2);
}

/* acc[p][b] += a[p, k] b[k, B, L]. b lies in memory as `stored` says; live: lanes of its last vector
 * that may be read (TIN_LANES: all; fewer of float32 only); ahead: bytes that it is asked for before
 * it is read, or 0. */
TIN_INLINE void gemm_sum(gemm_sums acc, const float *restrict a, const void *restrict b, const int P,
                         const int B, const int k, const ptrdiff_t a_m, const ptrdiff_t a_k,
                         const ptrdiff_t b_k, const int live, const int stored, const int ahead)
{
    const int bytes = B * TIN_LANES * stored_bytes(stored);
    int i = 0;
#if TIN_FMA_BY_LANE
    if (a_k == 1) {
        TIN_NO_UNROLL
        for (; i + TIN_FMA_BY_LANE <= k; i += TIN_FMA_BY_LANE) {
            vl av[TIN_GEMM_MAX_P];
            gemm_ask(b, i * b_k, stored, ahead, TIN_FMA_BY_LANE * bytes);
            TIN_UNROLL
            for (int p = 0; p < P; p++) av[p] = vl_load(a + p * a_m + i);
            TIN_UNROLL
            for (int c = 0; c < TIN_FMA_BY_LANE; c++) {
                TIN_UNROLL
                for (int j = 0; j < B; j++) {
                    const vf bv = gemm_load(b, (i + c) * b_k, j, B, live, stored);
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
        gemm_ask(b, i * b_k, stored, ahead, bytes);
        TIN_UNROLL
        for (int j = 0; j < B; j++) bv[j] = gemm_load(b, i * b_k, j, B, live, stored);
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            const vf av = vf_set1(a[p * a_m + i * a_k]);
            TIN_UNROLL
            for (int j = 0; j < B; j++) acc[p][j] = vf_fma(bv[j], av, acc[p][j]);
        }
    }
}

/* Store B vectors, the last with `live` lanes. */
TIN_INLINE void gemm_store(gemm_sums acc, float *y, const float *r,
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

#endif
