/* conv2d_depthwise_bf16.h: depthwise 2-D convolution of values stored as bfloat16, one filter per
 * channel, NCHWc to NCHWc; filters and arithmetic are float32.
 *
 *   y[n, c, i, j] = finish(bias[c] + sum over p, q of w[c, p, q] x[n, c, i stride_h - pad_top + p
 *   dil_h, j stride_w - pad_left + q dil_w], r)
 *
 * x, y, r: channel c at (c / L) *_block + c % L + h *_row + w *_pixel, L = TIN_LANES; strides in
 * elements. Pad lanes hold anything on both sides: lanes never meet. r may be y itself.
 * Weights: [block][kh][kw][L], bias: [block][L], float32, zero-padded to whole vectors; bias is
 * never NULL.
 * Chunks: n x bands x ceil(channels / L), the block running fastest.
 * Tiles: tile_p pixels of one row; every column of x is widened once and goes to all pixels that
 * use it. A costly activation runs over the stored row.
 */
#ifndef TIN_CONV2D_DEPTHWISE_BF16_H
#define TIN_CONV2D_DEPTHWISE_BF16_H

#include "../c/halves.h"
#include "../c/row_tiles.h"

struct conv2d_depthwise_bf16 {
    int n, channels, ih, iw, oh, ow;
    int kh, kw, stride_h, stride_w, dil_h, dil_w, pad_top, pad_left;
    ptrdiff_t x_n, x_block, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    ptrdiff_t r_n, r_block, r_row, r_pixel;
    int tile_p, bands;
    int residual, act;
    float alpha, beta;
};

enum { TIN_DEPTHWISE_BF16_MAX_P = 32, TIN_DEPTHWISE_BF16_MAX_KW = 16 };

/* One kernel row. */
TIN_INLINE void depthwise_bf16_taps(vf acc[TIN_DEPTHWISE_BF16_MAX_P], const uint16_t *restrict row,
                                    const float *restrict w, const struct conv2d_depthwise_bf16 s,
                                    const int P, const int edge, const int column)
{
    const int columns = (P - 1) * s.stride_w + (s.kw - 1) * s.dil_w + 1;
    if (s.kw <= TIN_DEPTHWISE_BF16_MAX_KW && edge != 2) {
        vf wv[TIN_DEPTHWISE_BF16_MAX_KW];
        TIN_UNROLL
        for (int q = 0; q < s.kw; q++) wv[q] = vf_load(w + q * TIN_LANES);
        TIN_UNROLL
        for (int t = 0; t < columns; t++) {
            const int inside = column * s.stride_w - s.pad_left + t;
            if (edge && (inside < 0 || inside >= s.iw)) continue;
            const vf xv = vf_load_bf16(row + t * s.x_pixel);
            TIN_UNROLL
            for (int q = 0; q < s.kw; q++) {
                const int p = (t - q * s.dil_w) / s.stride_w;
                if (t >= q * s.dil_w && p * s.stride_w + q * s.dil_w == t && p < P)
                    acc[p] = vf_fma(wv[q], xv, acc[p]);
            }
        }
        return;
    }
    TIN_NO_UNROLL
    for (int q = 0; q < s.kw; q++) {
        const vf wv = vf_load(w + q * TIN_LANES);
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            const int inside = (column + p) * s.stride_w - s.pad_left + q * s.dil_w;
            if (inside >= 0 && inside < s.iw)
                acc[p] = vf_fma(wv, vf_load_bf16(row + (p * s.stride_w + q * s.dil_w) * s.x_pixel),
                                acc[p]);
        }
    }
}

TIN_INLINE void depthwise_bf16_tile(const uint16_t *restrict x, const uint16_t *r,
                                    const float *restrict w, const float *restrict bias,
                                    uint16_t *y, const struct conv2d_depthwise_bf16 s, const int P,
                                    const int edge, const int column, const int kh_begin,
                                    const int kh_end)
{
    vf acc[TIN_DEPTHWISE_BF16_MAX_P];
    const vf first = vf_load(bias);
    TIN_UNROLL
    for (int p = 0; p < P; p++) acc[p] = first;
    const uint16_t *xt = x + (ptrdiff_t)column * s.stride_w * s.x_pixel;
    TIN_NO_UNROLL
    for (int p = kh_begin; p < kh_end; p++)
        depthwise_bf16_taps(acc, xt + (ptrdiff_t)p * s.dil_h * s.x_row, w + p * s.kw * TIN_LANES, s,
                            P, edge, column);
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        vf rv = vf_zero();
        if (s.residual) rv = vf_load_bf16(r + (column + p) * s.r_pixel);
        vf_store_bf16(y + (column + p) * s.y_pixel,
                      vf_finish_tile(acc[p], rv, s.residual, s.act, s.alpha, s.beta));
    }
}

TIN_INLINE void conv2d_depthwise_bf16(const uint16_t *restrict x, const uint16_t *r,
                                      const float *restrict w, const float *restrict bias,
                                      uint16_t *y, const struct conv2d_depthwise_bf16 s,
                                      ptrdiff_t begin, ptrdiff_t end)
{
    const int blocks = (s.channels + TIN_LANES - 1) / TIN_LANES;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int band = (int)(chunk / blocks % s.bands);
        const int first = (int)tin_chunk(s.oh, s.bands, band);
        const int last = (int)tin_chunk(s.oh, s.bands, band + 1);
        const ptrdiff_t block = chunk % blocks, n = s.n == 1 ? 0 : chunk / s.bands / blocks;
        const float *wb = w + block * s.kh * s.kw * TIN_LANES, *bb = bias + block * TIN_LANES;
        TIN_NO_UNROLL
        for (int i = first; i < last; i++) {
            const int top = i * s.stride_h - s.pad_top, below = s.ih - top;
            const int kh_begin = top >= 0 ? 0 : (-top + s.dil_h - 1) / s.dil_h;
            const int kh_fit = below <= 0 ? 0 : (below + s.dil_h - 1) / s.dil_h;
            const int kh_end = kh_fit < s.kh ? kh_fit : s.kh;
            const uint16_t *xr = x + n * s.x_n + block * s.x_block + (ptrdiff_t)top * s.x_row -
                                 (ptrdiff_t)s.pad_left * s.x_pixel;
            const uint16_t *rr =
                s.residual ? r + n * s.r_n + block * s.r_block + (ptrdiff_t)i * s.r_row : r;
            uint16_t *yr = y + n * s.y_n + block * s.y_block + (ptrdiff_t)i * s.y_row;
#define TIN_DEPTHWISE_TILE(pixels, edge, column) \
    depthwise_bf16_tile(xr, rr, wb, bb, yr, s, pixels, edge, column, kh_begin, kh_end)
            TIN_ROW_TILES(s.tile_p, 0, s.ow, s.ow, s.iw, s.stride_w, s.pad_left,
                          (s.kw - 1) * s.dil_w, TIN_DEPTHWISE_TILE);
#undef TIN_DEPTHWISE_TILE
            finish_row_bf16(yr, s.y_pixel, rr, s.r_pixel, s.ow, s.residual, s.act, s.alpha, s.beta);
        }
    }
}

#endif
