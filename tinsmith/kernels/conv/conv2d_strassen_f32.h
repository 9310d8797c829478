/* conv2d_strassen_f32.h: 1x1 convolution of float32, stride 1, no padding, one group, by one level
 * of Strassen's algorithm (1969): seven products of half the size where there are eight.
 *
 *   y[n, o, i] = finish(bias[o] + sum over c of w[o, c] x[n, c, i], r)      i: a pixel
 *
 * Pixels, input and output channels are cut in halves 1 and 2; X is [pixels, input], W [input,
 * output], Y [pixels, output]:
 *   k   left         weights      goes to
 *   0   X11 + X22    W11 + W22     Y11   Y22
 *   1   X21 + X22    W11           Y21  -Y22
 *   2   X11          W12 - W22     Y12   Y22
 *   3   X22          W21 - W11     Y11   Y21
 *   4   X11 + X12    W22          -Y11   Y12
 *   5   X21 - X11    W11 + W12     Y22
 *   6   X12 - X22    W21 + W22     Y11
 *
 * Layouts. L = TIN_LANES. x, y, r: NCHWc, channel c of pixel i at (c / L) x_block + i L + c % L; r
 * may be y itself. pixels is even, ic and oc are multiples of 2 L.
 * Weights: [oc group][7][ic / 2][B][L]; oc group: B = tile_b vectors of each half of the output
 * channels, the last one holding the remaining B'. bias: [oc]; never NULL.
 *
 * A panel is `panel` pixels of each half of one image. Scratch for each thread:
 *   S   [5][ic / 2 / L][panel][L]: the left sides that are sums: k 0, 1, 4, 5, 6
 *   C   [4][tile_p][tile_b][L]: a tile of each quarter of Y
 * Chunks: images x parts x panels, the panel running fastest; a part is `groups` oc groups. They
 * share nothing that is written. Count: n ceil(ceil(oc / 2 / L / tile_b) / groups) ceil(pixels / 2
 * / panel). panel is a multiple of tile_p.
 */
#ifndef TIN_CONV2D_STRASSEN_F32_H
#define TIN_CONV2D_STRASSEN_F32_H

#include "sums.h"

struct conv2d_strassen_f32 {
    int n, ic, oc, pixels;
    ptrdiff_t x_n, x_block, y_n, y_block, r_n, r_block;
    int tile_p, tile_b, panel, groups;
    int ahead; /* floats of weights to come that each channel of a product asks for */
    int residual, act;
    float alpha, beta;
};

enum { TIN_STRASSEN_PRODUCTS = 7, TIN_STRASSEN_SUMS = 5, TIN_STRASSEN_QUARTERS = 4 };

/* s[pixel] = a[pixel] + sign b[pixel] over `count` pixels of every block of channels. */
TIN_INLINE void conv2d_strassen_sum(const float *restrict a, const float *restrict b,
                                    float *restrict s, const struct conv2d_strassen_f32 k,
                                    const int count, const float sign)
{
    const vf by = vf_set1(sign);
    TIN_NO_UNROLL
    for (int block = 0; block < k.ic / 2 / TIN_LANES; block++) {
        const float *ab = a + block * k.x_block, *bb = b + block * k.x_block;
        float *sb = s + (ptrdiff_t)block * k.panel * TIN_LANES;
        TIN_NO_UNROLL
        for (int i = 0; i < count; i++)
            vf_store(sb + i * TIN_LANES,
                     vf_fma(by, vf_load(bb + i * TIN_LANES), vf_load(ab + i * TIN_LANES)));
    }
}

/* One product of P pixels and 2 B vectors, added to the quarters of C: times `to`. */
TIN_INLINE void conv2d_strassen_product(const float *restrict x, const ptrdiff_t x_block,
                                        const float *restrict w, float *restrict c,
                                        const struct conv2d_strassen_f32 s, const int P,
                                        const int B, const float to[TIN_STRASSEN_QUARTERS],
                                        struct conv_ahead *ahead)
{
    const struct conv_operands t = {
        .stored = TIN_F32, .inner = 1, .step = TIN_LANES, .lane = 1, .ahead = s.ahead};
    conv_sums acc;
    conv_start_zero(acc, P, B);
    conv_runs(acc, x, x_block, w, t, P, B, s.ic / 2, 1, 0, ahead);
    TIN_NO_UNROLL
    for (int q = 0; q < TIN_STRASSEN_QUARTERS; q++) {
        if (to[q] == 0.0f) continue;
        float *cq = c + q * P * B * TIN_LANES;
        const vf times = vf_set1(to[q]);
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            TIN_UNROLL
            for (int b = 0; b < B; b++) {
                float *at = cq + (p * B + b) * TIN_LANES;
                vf_store(at, vf_fma(times, acc[p][b], vf_load(at)));
            }
        }
    }
}

/* P pixels of each half from pixel `i` of the halves on, B vectors of each half of the channels. x,
 * y, r: pixel i of the first half of the channels (of the oc group); sums: S at this tile. */
TIN_INLINE void conv2d_strassen_tile(const float *restrict x, const float *restrict sums,
                                     const float *r, const float *restrict w,
                                     const float *restrict bias, float *y, float *restrict c,
                                     const struct conv2d_strassen_f32 s, const int P, const int B,
                                     struct conv_ahead *ahead)
{
    static const float to[TIN_STRASSEN_PRODUCTS][TIN_STRASSEN_QUARTERS] = {
        {1, 0, 0, 1},  {0, 0, 1, -1}, {0, 1, 0, 1}, {1, 0, 1, 0},
        {-1, 1, 0, 0}, {0, 0, 0, 1},  {1, 0, 0, 0}}; /* Y11 Y12 Y21 Y22 */
    const int blocks = s.ic / 2 / TIN_LANES, out_blocks = s.oc / 2 / TIN_LANES;
    const ptrdiff_t half = (ptrdiff_t)s.pixels / 2 * TIN_LANES,
                    sum = (ptrdiff_t)s.panel * TIN_LANES;
    const float *const left[TIN_STRASSEN_PRODUCTS] = {sums,
                                                      sums + blocks * sum,
                                                      x,
                                                      x + blocks * s.x_block + half,
                                                      sums + 2 * blocks * sum,
                                                      sums + 3 * blocks * sum,
                                                      sums + 4 * blocks * sum};
    TIN_NO_UNROLL
    for (int q = 0; q < TIN_STRASSEN_QUARTERS; q++) {
        TIN_UNROLL
        for (int b = 0; b < B; b++) {
            const vf start = vf_load(bias + (q % 2 * out_blocks + b) * TIN_LANES);
            TIN_UNROLL
            for (int p = 0; p < P; p++) vf_store(c + ((q * P + p) * B + b) * TIN_LANES, start);
        }
    }
    TIN_NO_UNROLL
    for (int k = 0; k < TIN_STRASSEN_PRODUCTS; k++)
        conv2d_strassen_product(left[k], k == 2 || k == 3 ? s.x_block : sum,
                                w + (ptrdiff_t)k * s.ic / 2 * B * TIN_LANES, c, s, P, B, to[k],
                                ahead);
    TIN_NO_UNROLL
    for (int q = 0; q < TIN_STRASSEN_QUARTERS; q++) {
        const ptrdiff_t pixel = q / 2 * half;
        TIN_NO_UNROLL
        for (int b = 0; b < B; b++) {
            const int block = q % 2 * out_blocks + b;
            float *yb = y + block * s.y_block + pixel;
            const float *rb = s.residual ? r + block * s.r_block + pixel : r;
            TIN_UNROLL
            for (int p = 0; p < P; p++) {
                const vf rv = s.residual ? vf_load(rb + p * TIN_LANES) : vf_zero();
                const vf v = vf_load(c + ((q * P + p) * B + b) * TIN_LANES);
                vf_store(yb + p * TIN_LANES,
                         vf_finish_tile(v, rv, s.residual, s.act, s.alpha, s.beta));
            }
            finish_row(yb, TIN_LANES, rb, TIN_LANES, P, s.residual, s.act, s.alpha, s.beta,
                       TIN_F32);
        }
    }
}

/* All pixels of a panel, one oc group. */
TIN_INLINE void conv2d_strassen_group(const float *restrict x, const float *restrict sums,
                                      const float *r, const float *restrict w,
                                      const float *restrict bias, float *y, float *restrict c,
                                      const struct conv2d_strassen_f32 s, const int B,
                                      const int count)
{
    const int P_tail = s.pixels / 2 % s.tile_p, whole = count - count % s.tile_p;
    const ptrdiff_t weights = (ptrdiff_t)TIN_STRASSEN_PRODUCTS * s.ic / 2 * B * TIN_LANES;
    struct conv_ahead ahead = {w + weights, w + 2 * weights};
    TIN_NO_UNROLL
    for (int i = 0; i < whole; i += s.tile_p) {
        const ptrdiff_t at = (ptrdiff_t)i * TIN_LANES;
        conv2d_strassen_tile(x + at, sums + at, s.residual ? r + at : r, w, bias, y + at, c, s,
                             s.tile_p, B, &ahead);
    }
    if (P_tail && whole < count) {
        const ptrdiff_t at = (ptrdiff_t)whole * TIN_LANES;
        conv2d_strassen_tile(x + at, sums + at, s.residual ? r + at : r, w, bias, y + at, c, s,
                             P_tail, B, &ahead);
    }
}

TIN_INLINE void conv2d_strassen_f32(const float *restrict x, const float *r,
                                    const float *restrict w, const float *restrict bias, float *y,
                                    void *restrict scratch, const struct conv2d_strassen_f32 s,
                                    ptrdiff_t begin, ptrdiff_t end)
{
    const int half = s.pixels / 2, blocks = s.ic / 2 / TIN_LANES, out = s.oc / 2 / TIN_LANES;
    const int B_tail = out % s.tile_b, oc_groups = (out + s.tile_b - 1) / s.tile_b;
    const int panels = (half + s.panel - 1) / s.panel;
    const int parts = (oc_groups + s.groups - 1) / s.groups;
    /* weights of one vector of each half of the output channels */
    const ptrdiff_t filters = (ptrdiff_t)TIN_STRASSEN_PRODUCTS * s.ic / 2 * TIN_LANES;
    const ptrdiff_t sum = (ptrdiff_t)blocks * s.panel * TIN_LANES;
    const ptrdiff_t right = blocks * s.x_block, below = (ptrdiff_t)half * TIN_LANES;
    float *sums = scratch, *c = sums + TIN_STRASSEN_SUMS * sum;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int first = (int)(chunk % panels) * s.panel, part = (int)(chunk / panels % parts);
        const int n = s.n == 1 ? 0 : (int)(chunk / panels / parts);
        const int count = half - first < s.panel ? half - first : s.panel;
        const int last = (part + 1) * s.groups < oc_groups ? (part + 1) * s.groups : oc_groups;
        const ptrdiff_t at = (ptrdiff_t)first * TIN_LANES;
        const float *xn = x + n * s.x_n + at;
        conv2d_strassen_sum(xn, xn + right + below, sums, s, count, 1.0f);
        conv2d_strassen_sum(xn + below, xn + right + below, sums + sum, s, count, 1.0f);
        conv2d_strassen_sum(xn, xn + right, sums + 2 * sum, s, count, 1.0f);
        conv2d_strassen_sum(xn + below, xn, sums + 3 * sum, s, count, -1.0f);
        conv2d_strassen_sum(xn + right, xn + right + below, sums + 4 * sum, s, count, -1.0f);
        TIN_NO_UNROLL
        for (int og = part * s.groups; og < last; og++) {
            const int vector = og * s.tile_b;
            const float *wg = w + vector * filters, *bg = bias + (ptrdiff_t)vector * TIN_LANES;
            const float *rg = s.residual ? r + n * s.r_n + vector * s.r_block + at : r;
            float *yg = y + n * s.y_n + vector * s.y_block + at;
            if (B_tail && og == oc_groups - 1)
                conv2d_strassen_group(xn, sums, rg, wg, bg, yg, c, s, B_tail, count);
            else
                conv2d_strassen_group(xn, sums, rg, wg, bg, yg, c, s, s.tile_b, count);
        }
    }
}

#endif
