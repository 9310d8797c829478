/* conv2d_direct_bf16.h: 2-D convolution of bfloat16, directly: any kernel, stride, dilation, zero
 * padding, groups. Sums and what follows them are float32; results are rounded to nearest even.
 *
 *   y[n, o, i, j] = finish(bias[o] + sum over c, p, q of w[o, c, p, q] x[n, c, i stride_h -
 *   pad_top + p dil_h, j stride_w - pad_left + q dil_w], r)
 *
 * As conv2d_direct_f32.h (layouts, groups, chunks, tiles, prefetch), but for two things:
 *
 * Channels come in pairs: one 32-bit broadcast of x and one vector of weights give two products a
 * lane (vf_dot_bf16). Where a segment has an odd number of channels its last pair is half empty: the
 * lane behind it may hold anything, so it is not loaded.
 * x, y, r are NCHWc only: channel c at (c / L) *_block + c % L + h *_row + w *_pixel, L =
 * TIN_LANES; strides in elements. Lanes beyond the last channel: never used from x, undefined in y.
 *
 * Weights, bfloat16, zero-padded: [group][oc group][segment][kh][kw][ceil(c / 2)][B][L][2]; bias,
 * float32: [group][blocks L], never NULL. (pack() in conv2d_direct_bf16.py does both.) Groups that
 * start inside a block have more or fewer pairs; each oc group is padded to the most, `filter`.
 * A costly activation runs over the stored row, so it reads a sum that was rounded once already.
 */
#ifndef TIN_CONV2D_DIRECT_BF16_H
#define TIN_CONV2D_DIRECT_BF16_H

#include "conv2d_direct_f32.h"
#include "../c/halves.h"

struct conv2d_direct_bf16 {
    int n, groups, ic, ih, iw, oc, oh, ow; /* ic, oc: channels of one group */
    int kh, kw, stride_h, stride_w, dil_h, dil_w, pad_top, pad_left;
    ptrdiff_t filter; /* elements of the weights of one vector of output channels */
    ptrdiff_t x_n, x_block, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    ptrdiff_t r_n, r_block, r_row, r_pixel;
    int tile_p, tile_b, bands, by_columns;
    int ahead; /* floats of weights to come that each pair of channels asks for, or 0 */
    int residual, act;
    float alpha, beta;
};

/* Is input column of pixel p, tap q inside the row? */
TIN_INLINE int conv2d_bf16_inside(const struct conv2d_direct_bf16 s, int column, int p, int q)
{
    const int w = (column + p) * s.stride_w - s.pad_left + q * s.dil_w;
    return w >= 0 && w < s.iw;
}

/* acc += x[pixels, one pair of channels] w[pair, B, L]; `one`: the pair's second channel is not
 * there. */
TIN_INLINE void conv2d_bf16_pair(vf acc[TIN_CONV_MAX_P][TIN_CONV_MAX_B],
                                 const uint16_t *restrict xp, const uint16_t *restrict w,
                                 const struct conv2d_direct_bf16 s, const int P, const int B,
                                 const int one, const int edge, const int column, const int q)
{
    vi wv[TIN_CONV_MAX_B];
    TIN_UNROLL
    for (int b = 0; b < B; b++) wv[b] = vi_load(w + b * 2 * TIN_LANES);
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        if (!edge || conv2d_bf16_inside(s, column, p, q)) {
            const uint16_t *at = xp + p * s.x_pixel * s.stride_w;
            const vi xv = one ? vi_pair_low(at) : vi_pair(at);
            TIN_UNROLL
            for (int b = 0; b < B; b++) acc[p][b] = vf_dot_bf16(wv[b], xv, acc[p][b]);
        }
    }
}

/* The same for all channels of a segment, for tap q; meanwhile asks for s.ahead floats a pair from
 * `ask` on. */
TIN_INLINE void conv2d_bf16_tap(vf acc[TIN_CONV_MAX_P][TIN_CONV_MAX_B], const uint16_t *restrict xp,
                                const uint16_t *restrict w, const float *ask,
                                const struct conv2d_direct_bf16 s, const int P, const int B,
                                const int channels, const int edge, const int column, const int q)
{
    const int pairs = channels / 2;
    TIN_NO_UNROLL
    for (int c = 0; c < pairs; c++) {
        conv2d_ask(ask + c * s.ahead, s.ahead);
        conv2d_bf16_pair(acc, xp + 2 * c, w + (ptrdiff_t)c * B * 2 * TIN_LANES, s, P, B, 0, edge,
                         column, q);
    }
    if (channels % 2)
        conv2d_bf16_pair(acc, xp + 2 * pairs, w + (ptrdiff_t)pairs * B * 2 * TIN_LANES, s, P, B, 1,
                         edge, column, q);
}

/* P pixels x B vectors from (row, column) on; see conv2d_direct_tile(). */
TIN_INLINE void conv2d_bf16_tile(const uint16_t *restrict x, const uint16_t *r,
                                 const uint16_t *restrict w, const float *restrict bias,
                                 uint16_t *y, const struct conv2d_direct_bf16 s, const int P,
                                 const int B, const int edge, const int column,
                                 const int first_channel, const int kh_begin, const int kh_end,
                                 struct conv2d_ahead *ahead)
{
    vf acc[TIN_CONV_MAX_P][TIN_CONV_MAX_B];
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        const vf v = vf_load(bias + b * TIN_LANES);
        TIN_UNROLL
        for (int p = 0; p < P; p++) acc[p][b] = v;
    }
    const int aligned = s.groups == 1 || s.ic % TIN_LANES == 0; /* segments are whole blocks */
    const uint16_t *xt = x + (ptrdiff_t)column * s.stride_w * s.x_pixel;
    TIN_NO_UNROLL
    for (int c = 0; c < s.ic;) {
        const int lane = aligned ? 0 : (first_channel + c) % TIN_LANES;
        const int most = TIN_LANES - lane, left = s.ic - c;
        const int channels = s.ic % TIN_LANES == 0 && aligned ? TIN_LANES
                             : most < left                    ? most
                                                              : left;
        const ptrdiff_t tap = (ptrdiff_t)(channels + 1) / 2 * B * 2 * TIN_LANES;
        const float *near = (const float *)(const void *)w;
        const uint16_t *xs = xt + (ptrdiff_t)((first_channel + c) / TIN_LANES) * s.x_block + lane;
        TIN_NO_UNROLL
        for (int p = kh_begin; p < kh_end; p++) {
            const uint16_t *row = xs + (ptrdiff_t)p * s.dil_h * s.x_row;
            const uint16_t *wr = w + (ptrdiff_t)p * s.kw * tap;
            if (edge == 1) {
                TIN_UNROLL
                for (int q = 0; q < s.kw; q++)
                    conv2d_bf16_tap(acc, row + (ptrdiff_t)q * s.dil_w * s.x_pixel, wr + q * tap,
                                    conv2d_next(ahead, near, channels / 2 * s.ahead), s, P, B,
                                    channels, 1, column, q);
            } else {
                TIN_NO_UNROLL
                for (int q = 0; q < s.kw; q++)
                    conv2d_bf16_tap(acc, row + (ptrdiff_t)q * s.dil_w * s.x_pixel, wr + q * tap,
                                    conv2d_next(ahead, near, channels / 2 * s.ahead), s, P, B,
                                    channels, edge, column, q);
            }
        }
        w += s.kh * s.kw * tap;
        c += channels;
    }
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            vf rv = vf_zero();
            if (s.residual) rv = vf_load_bf16(r + (column + p) * s.r_pixel + b * s.r_block);
            vf_store_bf16(y + (column + p) * s.y_pixel + b * s.y_block,
                          vf_finish_tile(acc[p][b], rv, s.residual, s.act, s.alpha, s.beta));
        }
    }
}

/* Columns [from, to) of one row, B vectors. */
TIN_INLINE void conv2d_bf16_row(const uint16_t *restrict x, const uint16_t *r,
                                const uint16_t *restrict w, const float *restrict bias, uint16_t *y,
                                const struct conv2d_direct_bf16 s, const int B, const int from,
                                const int to, const int first_channel, const int kh_begin,
                                const int kh_end, struct conv2d_ahead *ahead)
{
#define TIN_CONV_TILE(pixels, edge, column)                                                 \
    conv2d_bf16_tile(x, r, w, bias, y, s, pixels, B, edge, column, first_channel, kh_begin, \
                     kh_end, ahead)
    TIN_ROW_TILES(s.tile_p, from, to, s.ow, s.iw, s.stride_w, s.pad_left, (s.kw - 1) * s.dil_w,
                  TIN_CONV_TILE);
#undef TIN_CONV_TILE
}

TIN_INLINE void conv2d_direct_bf16(const uint16_t *restrict x, const uint16_t *r,
                                   const uint16_t *restrict w, const float *restrict bias,
                                   uint16_t *y, const struct conv2d_direct_bf16 s, ptrdiff_t begin,
                                   ptrdiff_t end)
{
    const int blocks = (s.oc + TIN_LANES - 1) / TIN_LANES, B_tail = blocks % s.tile_b;
    const int oc_groups = (blocks + s.tile_b - 1) / s.tile_b;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int og = (int)(chunk % oc_groups);
        const int g = s.groups == 1 ? 0 : (int)(chunk / oc_groups % s.groups);
        const int band = (int)(chunk / oc_groups / s.groups % s.bands);
        const int n = s.n == 1 ? 0 : (int)(chunk / oc_groups / s.groups / s.bands);
        const struct conv2d_band cut =
            conv2d_band_of(band, s.bands, s.by_columns, s.oh, s.ow, s.tile_p);
        const int channel = g * s.oc + og * s.tile_b * TIN_LANES;
        const ptrdiff_t vector = g * blocks + og * s.tile_b;
        const uint16_t *wg = w + vector * s.filter;
        const float *bg = bias + vector * TIN_LANES;
        const uint16_t *xn = x + n * s.x_n, *after = wg + s.tile_b * s.filter;
        struct conv2d_ahead ahead = {(const float *)(const void *)after,
                                     (const float *)(const void *)(after + s.tile_b * s.filter)};
        TIN_NO_UNROLL
        for (int i = cut.row; i < cut.rows_end; i++) {
            const int top = i * s.stride_h - s.pad_top;
            const int kh_begin = top >= 0 ? 0 : (-top + s.dil_h - 1) / s.dil_h;
            const int below = s.ih - top; /* taps p with p dil_h < below are inside */
            const int kh_fit = below <= 0 ? 0 : (below + s.dil_h - 1) / s.dil_h;
            const int kh_end = kh_fit < s.kh ? kh_fit : s.kh;
            const uint16_t *xr = xn + (ptrdiff_t)top * s.x_row - (ptrdiff_t)s.pad_left * s.x_pixel;
            const ptrdiff_t block = channel / TIN_LANES;
            uint16_t *yr = y + n * s.y_n + block * s.y_block + (ptrdiff_t)i * s.y_row;
            const uint16_t *rr =
                s.residual ? r + n * s.r_n + block * s.r_block + (ptrdiff_t)i * s.r_row : r;
            const int B = B_tail && og == oc_groups - 1 ? B_tail : s.tile_b;
            if (B_tail && og == oc_groups - 1)
                conv2d_bf16_row(xr, rr, wg, bg, yr, s, B_tail, cut.column, cut.columns_end,
                                g * s.ic, kh_begin, kh_end, &ahead);
            else
                conv2d_bf16_row(xr, rr, wg, bg, yr, s, s.tile_b, cut.column, cut.columns_end,
                                g * s.ic, kh_begin, kh_end, &ahead);
            if (act_is_costly(s.act)) {
                TIN_NO_UNROLL
                for (int b = 0; b < B; b++)
                    finish_row_bf16(yr + b * s.y_block + cut.column * s.y_pixel, s.y_pixel,
                                    s.residual ? rr + b * s.r_block + cut.column * s.r_pixel : r,
                                    s.r_pixel, cut.columns_end - cut.column, s.residual, s.act,
                                    s.alpha, s.beta);
            }
        }
    }
}

#endif
