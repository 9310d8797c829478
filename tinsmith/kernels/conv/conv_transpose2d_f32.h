/* clang-format off */
/* conv_transpose2d_f32.h: transposed 2-D convolution of float32, gathered: each output pixel sums
 * the inputs that reach it, so chunks never write the same place.
 *
 *   y[n, o, i, j] = finish(bias[o] + sum of w[c, o, p, q] x[n, c, h, v], r)
 *                   over c and taps (p, q) with i + pad_top - p dil_h = h stride_h,
 *                                               j + pad_left - q dil_w = v stride_w
 *
 * Output columns are taken by phase (j mod stride_w): within a phase the taps are fixed and
 * neighbouring outputs read neighbouring inputs, as in a convolution of stride 1. Strides 1 and 2
 * have tiles of their own at the edges; beyond that, choose a tile_p that divides ow / stride_w.
 *
 * Layouts, groups, weights and bias as in conv2d_direct.h: weights [group][oc
 * group][segment][kh][kw][c] [B][L] taken from the ONNX tensor w[c, o, p, q] without flipping; x
 * NCHWc or plain, y NCHWc (groups > 1 needs oc % L == 0: join groups as there).
 * Chunks: n x bands x groups x oc groups, the oc group running fastest.
 * Tiles: tile_p outputs of one phase (so tile_p stride_w columns) x tile_b vectors of channels, as
 * in conv2d_direct.h for a row of ow / stride_w.
 *
 * Measured on Zen 5, 14x2, of the FMA peak: 4x4 stride 2 128->64@28 105%, 2x2 stride 2 256->128@14
 * 101%, 3x3 stride 2 128@28 99%.
 */
/* clang-format on */
#ifndef TIN_CONV_TRANSPOSE2D_F32_H
#define TIN_CONV_TRANSPOSE2D_F32_H

#include "../c/row_tiles.h"
#include "sums.h"

struct conv_transpose2d_f32 {
    int n, groups, ic, ih, iw, oc, oh, ow; /* ic, oc: channels of one group */
    int kh, kw, stride_h, stride_w, dil_h, dil_w, pad_top, pad_left;
    int ic_block;
    ptrdiff_t x_n, x_block, x_lane, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    ptrdiff_t r_n, r_block, r_row, r_pixel;
    int tile_p, tile_b, bands;
    int residual, act;
    float alpha, beta;
};

/* Taps q with conv_transpose2d_serves() reach the outputs of a phase; they read input columns t +
 * shift for output phase + t stride_w. */
TIN_INLINE int conv_transpose2d_serves(const struct conv_transpose2d_f32 s, const int phase,
                                       const int q)
{
    return (phase + s.pad_left - q * s.dil_w) % s.stride_w == 0;
}
TIN_INLINE int conv_transpose2d_shift(const struct conv_transpose2d_f32 s, const int phase,
                                      const int q)
{
    return (phase + s.pad_left - q * s.dil_w) / s.stride_w;
}

/* Outputs phase + stride_w (column + 0 .. P - 1) of row i. x: channel 0 of image n; other pointers as
 * in conv2d_direct_tile. */
TIN_INLINE void conv_transpose2d_tile(const float *restrict x, const float *r,
                                      const float *restrict w, const float *restrict bias, float *y,
                                      const struct conv_transpose2d_f32 s, const int P, const int B,
                                      const int edge, const int phase, const int column,
                                      const int i,
                                      const int first_channel)
{
    const struct conv_operands t = {.stored = TIN_F32,
                                    .inner = 1,
                                    .step = s.x_pixel,
                                    .lane = s.x_lane,
                                    .stride = 1,
                                    .iw = s.iw};
    const int aligned = s.groups == 1 || s.ic % s.ic_block == 0;
    conv_sums acc;
    conv_start(acc, bias, P, B);
    TIN_NO_UNROLL
    for (int c = 0; c < s.ic;) {
        const struct conv_segment segment =
            conv_segment_of(first_channel, c, s.ic, s.ic_block, aligned);
        const ptrdiff_t tap = (ptrdiff_t)segment.count * B * TIN_LANES;
        const float *xs = x + (ptrdiff_t)segment.block * s.x_block + segment.lane * s.x_lane +
                          (ptrdiff_t)column * s.x_pixel;
        TIN_NO_UNROLL
        for (int p = 0; p < s.kh; p++) {
            const int above = i + s.pad_top - p * s.dil_h;
            if (above < 0 || above % s.stride_h != 0 || above / s.stride_h >= s.ih) continue;
            const float *row = xs + (ptrdiff_t)(above / s.stride_h) * s.x_row;
            const float *wr = w + (ptrdiff_t)p * s.kw * tap;
#define TIN_TRANSPOSE_TAP(q)                                                                    \
    if (conv_transpose2d_serves(s, phase, q)) {                                                 \
        const int shift = conv_transpose2d_shift(s, phase, q);                                  \
        conv_run(acc, row + shift * s.x_pixel, wr + (q) * tap, w, t, P, B, segment.count, edge, \
                 column + shift);                                                               \
    }
            if (edge == 1) {
                TIN_UNROLL
                for (int q = 0; q < s.kw; q++) {
                    TIN_TRANSPOSE_TAP(q)
                }
            } else {
                TIN_NO_UNROLL
                for (int q = 0; q < s.kw; q++) {
                    TIN_TRANSPOSE_TAP(q)
                }
            }
#undef TIN_TRANSPOSE_TAP
        }
        w += s.kh * s.kw * tap;
        c += segment.count;
    }
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            const ptrdiff_t at = phase + (ptrdiff_t)(column + p) * s.stride_w;
            const vf rv = s.residual ? vf_load(r + b * s.r_block + at * s.r_pixel) : vf_zero();
            vf_store(y + b * s.y_block + at * s.y_pixel,
                     vf_finish_tile(acc[p][b], rv, s.residual, s.act, s.alpha, s.beta));
        }
    }
}

/* One phase of row i. fixed: the phase is a constant, so that tiles at the edges drop taps at
 * compile time. Otherwise the pixels at the
 * edges go one at a time, and so does the rest of the row that no tile fills. */
TIN_INLINE void conv_transpose2d_phase(const float *restrict x, const float *r,
                                       const float *restrict w, const float *restrict bias,
                                       float *y, const struct conv_transpose2d_f32 s, const int B,
                                       const int fixed, const int phase, const int i,
                                       const int first_channel)
{
    const int count = (s.ow - phase + s.stride_w - 1) / s.stride_w;
    if (count <= 0) return;
    /* taps that serve read columns t + low .. t + high; q rises as the shift falls */
    int low = 0, high = 0, any = 0;
    TIN_UNROLL
    for (int q = 0; q < s.kw; q++) {
        if (conv_transpose2d_serves(s, phase, q)) {
            low = conv_transpose2d_shift(s, phase, q);
            high = any ? high : low;
            any = 1;
        }
    }
#define TIN_TRANSPOSE_TILE(pixels, edge, column) \
    conv_transpose2d_tile(x, r, w, bias, y, s, pixels, B, edge, phase, column, i, first_channel)
    if (fixed) {
        const int P = s.tile_p < count ? s.tile_p : count;
        TIN_ROW_TILES(P, 0, count, count, s.iw, 1, -low, high - low, TIN_TRANSPOSE_TILE);
    } else {
        const int first = -low < 0 ? 0 : -low < count ? -low : count;
        const int last =
            s.iw - high < count ? s.iw - high : count; /* columns first .. last - 1 are inside */
        int t = 0;
        TIN_NO_UNROLL
        while (t < count) {
            if (t >= first && t + s.tile_p <= last) {
                TIN_TRANSPOSE_TILE(s.tile_p, 0, t);
                t += s.tile_p;
            } else {
                TIN_TRANSPOSE_TILE(1, 2, t);
                t++;
            }
        }
    }
#undef TIN_TRANSPOSE_TILE
}

TIN_INLINE void conv_transpose2d_row(const float *restrict x, const float *r,
                                     const float *restrict w, const float *restrict bias, float *y,
                                     const struct conv_transpose2d_f32 s, const int B, const int i,
                                     const int first_channel)
{
    if (s.stride_w <= 2) {
        conv_transpose2d_phase(x, r, w, bias, y, s, B, 1, 0, i, first_channel);
        if (s.stride_w == 2) conv_transpose2d_phase(x, r, w, bias, y, s, B, 1, 1, i, first_channel);
    } else {
        TIN_NO_UNROLL
        for (int phase = 0; phase < s.stride_w; phase++)
            conv_transpose2d_phase(x, r, w, bias, y, s, B, 0, phase, i, first_channel);
    }
    TIN_NO_UNROLL
    for (int b = 0; b < B; b++)
        finish_row(y + b * s.y_block, s.y_pixel, s.residual ? r + b * s.r_block : r, s.r_pixel,
                   s.ow, s.residual, s.act, s.alpha, s.beta, TIN_F32);
}

TIN_INLINE void conv_transpose2d_f32(const float *restrict x, const float *r,
                                     const float *restrict w, const float *restrict bias, float *y,
                                     const struct conv_transpose2d_f32 s, ptrdiff_t begin,
                                     ptrdiff_t end)
{
    const int blocks = (s.oc + TIN_LANES - 1) / TIN_LANES, B_tail = blocks % s.tile_b;
    const int oc_groups = (blocks + s.tile_b - 1) / s.tile_b;
    const ptrdiff_t taps = (ptrdiff_t)s.ic * s.kh * s.kw * TIN_LANES;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int band = (int)(chunk / oc_groups / s.groups % s.bands);
        const int first = (int)tin_chunk(s.oh, s.bands, band);
        const int last = (int)tin_chunk(s.oh, s.bands, band + 1);
        const int og = (int)(chunk % oc_groups);
        const int g = s.groups == 1 ? 0 : (int)(chunk / oc_groups % s.groups);
        const int n = s.n == 1 ? 0 : (int)(chunk / s.bands / oc_groups / s.groups);
        const int vector = g * blocks + og * s.tile_b,
                  block = g * (s.oc / TIN_LANES) + og * s.tile_b;
        const float *wg = w + vector * taps, *bg = bias + (ptrdiff_t)vector * TIN_LANES;
        TIN_NO_UNROLL
        for (int i = first; i < last; i++) {
            float *yr = y + n * s.y_n + block * s.y_block + (ptrdiff_t)i * s.y_row;
            const float *rr =
                s.residual ? r + n * s.r_n + block * s.r_block + (ptrdiff_t)i * s.r_row : r;
            if (B_tail && og == oc_groups - 1)
                conv_transpose2d_row(x + n * s.x_n, rr, wg, bg, yr, s, B_tail, i, g * s.ic);
            else
                conv_transpose2d_row(x + n * s.x_n, rr, wg, bg, yr, s, s.tile_b, i, g * s.ic);
        }
    }
}

#endif
