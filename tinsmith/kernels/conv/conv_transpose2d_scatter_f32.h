/* clang-format off */
/* conv_transpose2d_scatter_f32.h: transposed 2-D convolution of float32, scattered: for each tap a
 * product of all input pixels with its weights, as in a 1x1 convolution, then added to the outputs
 * that it reaches. One group.
 *
 *   z[p, q, h, v, o] = sum over c of w[c, o, p, q] x[n, c, h, v]
 *   y[n, o, i, j] = finish(bias[o] + sum of z[p, q, h, v, o])
 *                   over taps (p, q) with i + pad_top - p dil_h = h stride_h,
 *                                         j + pad_left - q dil_w = v stride_w
 *
 * conv_transpose2d_f32.h reads the weights for each row of output; here they meet all pixels at
 * once. For images whose z, for some output channels, stays in the second cache.
 *
 * Layouts. L = TIN_LANES. x, y: NCHWc, channel c at (c / L) block + c % L + h row + w pixel; x has
 * row = iw L, pixel = L.
 * Weights, zero-padded to whole vectors: [oc group][kh][kw][ic][B][L]. oc group: B = tile_b
 * vectors of channels, the last one holding the remaining B' = blocks % tile_b (packed with B' in
 * place of B).
 * bias: [blocks L], zero-padded; never NULL.
 * Scratch, for each thread: z [kh][kw][ih iw][tile_b][L].
 * Chunks: n x oc groups, the oc group running fastest.
 * Tiles: tile_p pixels x tile_b vectors, as for a 1x1 in conv2d_direct.h.
 */
/* clang-format on */
#ifndef TIN_CONV_TRANSPOSE2D_SCATTER_F32_H
#define TIN_CONV_TRANSPOSE2D_SCATTER_F32_H

#include "sums.h"

struct conv_transpose2d_scatter_f32 {
    int n, ic, ih, iw, oc, oh, ow;
    int kh, kw, stride_h, stride_w, dil_h, dil_w, pad_top, pad_left;
    ptrdiff_t x_n, x_block, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    int tile_p, tile_b;
    int ahead; /* floats of the next tap's weights that each input channel asks for, or 0 */
    int residual, act;
    float alpha, beta;
};

/* z of P pixels and one tap. x: the first of them, channel 0. */
TIN_INLINE void conv_transpose2d_product(const float *restrict x, const float *restrict w,
                                         float *restrict z,
                                         const struct conv_transpose2d_scatter_f32 s, const int P,
                                         const int B, struct conv_ahead *ahead)
{
    const struct conv_operands t = {
        .stored = TIN_F32, .inner = 1, .step = TIN_LANES, .lane = 1, .ahead = s.ahead};
    conv_sums acc;
    conv_start_zero(acc, P, B);
    conv_runs(acc, x, s.x_block, w, t, P, B, s.ic, s.ic % TIN_LANES == 0, 1, ahead);
    conv_store(z, acc, P, B);
}

/* Input positions first .. end - 1 along an axis reach an output of `size` by a tap that lies at
 * `offset` from the start of their stride. */
struct conv_transpose2d_range {
    int first, end;
};

TIN_INLINE struct conv_transpose2d_range conv_transpose2d_reach(const int offset, const int stride,
                                                                const int inputs, const int size)
{
    struct conv_transpose2d_range reach = {0, 0};
    if (offset < 0) reach.first = (-offset + stride - 1) / stride;
    if (size > offset) reach.end = (size - 1 - offset) / stride + 1;
    if (reach.end > inputs) reach.end = inputs;
    return reach;
}

/* y of B vectors of channels from z. */
TIN_INLINE void conv_transpose2d_fold(const float *restrict z, const float *restrict bias,
                                      float *restrict y,
                                      const struct conv_transpose2d_scatter_f32 s, const int B)
{
    TIN_NO_UNROLL
    for (int i = 0; i < s.oh; i++) {
        TIN_NO_UNROLL
        for (int b = 0; b < B; b++) {
            const vf start = vf_load(bias + b * TIN_LANES);
            float *to = y + b * s.y_block + i * s.y_row;
            TIN_NO_UNROLL
            for (int j = 0; j < s.ow; j++) vf_store(to + j * s.y_pixel, start);
        }
    }
    TIN_NO_UNROLL
    for (int tap = 0; tap < s.kh * s.kw; tap++) {
        const int down = tap / s.kw * s.dil_h - s.pad_top;
        const int right = tap % s.kw * s.dil_w - s.pad_left;
        const struct conv_transpose2d_range rows =
            conv_transpose2d_reach(down, s.stride_h, s.ih, s.oh);
        const struct conv_transpose2d_range columns =
            conv_transpose2d_reach(right, s.stride_w, s.iw, s.ow);
        TIN_NO_UNROLL
        for (int h = rows.first; h < rows.end; h++) {
            TIN_NO_UNROLL
            for (int v = columns.first; v < columns.end; v++) {
                const float *from = z + (((ptrdiff_t)tap * s.ih + h) * s.iw + v) * B * TIN_LANES;
                float *to =
                    y + (h * s.stride_h + down) * s.y_row + (v * s.stride_w + right) * s.y_pixel;
                TIN_UNROLL
                for (int b = 0; b < B; b++)
                    vf_store(to + b * s.y_block,
                             vf_add(vf_load(to + b * s.y_block), vf_load(from + b * TIN_LANES)));
            }
        }
    }
    if (s.act == TIN_ACT_NONE) return;
    TIN_NO_UNROLL
    for (int i = 0; i < s.oh; i++) {
        TIN_NO_UNROLL
        for (int b = 0; b < B; b++) {
            float *to = y + b * s.y_block + i * s.y_row;
            TIN_NO_UNROLL
            for (int j = 0; j < s.ow; j++) {
                float *at = to + j * s.y_pixel;
                vf_store(at, vf_finish_tile(vf_load(at), vf_zero(), TIN_RES_NONE, s.act, s.alpha,
                                            s.beta));
            }
            finish_row(to, s.y_pixel, to, 0, s.ow, TIN_RES_NONE, s.act, s.alpha, s.beta, TIN_F32);
        }
    }
}

/* One chunk: B vectors of channels of one image. */
TIN_INLINE void conv_transpose2d_group(const float *restrict x, const float *restrict w,
                                       const float *restrict bias, float *restrict y,
                                       float *restrict z,
                                       const struct conv_transpose2d_scatter_f32 s, const int B)
{
    const int pixels = s.ih * s.iw, tail = pixels % s.tile_p, whole = pixels - tail;
    const ptrdiff_t tap = (ptrdiff_t)s.ic * B * TIN_LANES;
    TIN_NO_UNROLL
    for (int t = 0; t < s.kh * s.kw; t++) {
        const float *wt = w + t * tap;
        float *zt = z + (ptrdiff_t)t * pixels * B * TIN_LANES;
        struct conv_ahead ahead = {wt + tap, wt + 2 * tap};
        TIN_NO_UNROLL
        for (int p = 0; p < whole; p += s.tile_p)
            conv_transpose2d_product(x + p * s.x_pixel, wt, zt + p * B * TIN_LANES, s, s.tile_p, B,
                                     &ahead);
        if (tail)
            conv_transpose2d_product(x + whole * s.x_pixel, wt, zt + whole * B * TIN_LANES, s, tail,
                                     B, &ahead);
    }
    conv_transpose2d_fold(z, bias, y, s, B);
}

TIN_INLINE void conv_transpose2d_scatter_f32(const float *restrict x, const float *restrict w,
                                             const float *restrict bias, float *restrict y,
                                             void *restrict scratch,
                                             const struct conv_transpose2d_scatter_f32 s,
                                             ptrdiff_t begin, ptrdiff_t end)
{
    const int blocks = (s.oc + TIN_LANES - 1) / TIN_LANES, B_tail = blocks % s.tile_b;
    const int oc_groups = (blocks + s.tile_b - 1) / s.tile_b;
    const ptrdiff_t filters = (ptrdiff_t)s.kh * s.kw * s.ic * TIN_LANES;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int og = (int)(chunk % oc_groups), n = (int)(chunk / oc_groups);
        const int vector = og * s.tile_b;
        const float *xn = x + n * s.x_n, *wg = w + vector * filters;
        const float *bg = bias + (ptrdiff_t)vector * TIN_LANES;
        float *yg = y + n * s.y_n + vector * s.y_block;
        if (B_tail && og == oc_groups - 1)
            conv_transpose2d_group(xn, wg, bg, yg, scratch, s, B_tail);
        else
            conv_transpose2d_group(xn, wg, bg, yg, scratch, s, s.tile_b);
    }
}

#endif
