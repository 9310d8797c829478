/* conv2d_depthwise_f32.h: depthwise 2-D convolution of float32, one filter per channel, NCHWc to
 * NCHWc. 3-D, too: see conv2d_direct_f32.h.
 *
 *   y[n, c, i, j] = finish(bias[c] + sum over p, q of w[c, p, q] x[n, c, i stride_h - pad_top + p
 *   dil_h, j stride_w - pad_left + q dil_w], r)
 *
 * x, y, r: channel c at (c / L) *_block + c % L + h *_row + w *_pixel (*_pixel = L when dense), L
 * = TIN_LANES; strides in floats. Pad lanes hold
 * anything on both sides: lanes never meet.
 * Weights: [block][kd][kh][kw][L], bias: [block][L], both zero-padded to whole vectors; bias is never
 * NULL.
 * Chunks: n x bands x ceil(channels / L), the block running fastest.
 * Tiles: tile_p pixels of one row in registers; the weights of a kernel row stay in registers too.
 *   AVX-512: 14 for rows of 14, 8 for 28 and more, 7 for 7 and for stride 2. 16 registers: 4 .. 7.
 * Measured on Zen 5, share of the FMA peak, 3x3: 112 75% (memory), 56 75%, 28 87%, 14 100%, 7
 * 91%; stride 2: 40% at 112 and 56 (120 GB/s of input),
 * 60 .. 75% below. 5x5: 95 .. 98%.
 */
#ifndef TIN_CONV2D_DEPTHWISE_F32_H
#define TIN_CONV2D_DEPTHWISE_F32_H

#include "../c/epilogue.h"
#include "../c/row_tiles.h"

struct conv2d_depthwise_f32 {
    int n, channels, ih, iw, oh, ow;
    int kh, kw, stride_h, stride_w, dil_h, dil_w, pad_top, pad_left;
    int id, od, kd, stride_d, dil_d, pad_front; /* 1, 1, 1, 1, 1, 0: an image */
    ptrdiff_t x_n, x_block, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    ptrdiff_t r_n, r_block, r_row, r_pixel;
    int tile_p, bands;
    int residual, act;
    float alpha, beta;
};

enum { TIN_DEPTHWISE_MAX_P = 32, TIN_DEPTHWISE_MAX_KW = 16 };

/* One kernel row: every input column is loaded once and goes to all pixels that use it. */
TIN_INLINE void conv2d_depthwise_taps(vf acc[TIN_DEPTHWISE_MAX_P], const float *restrict row,
                                      const float *restrict w, const struct conv2d_depthwise_f32 s,
                                      const int P, const int edge, const int column)
{
    const int columns = (P - 1) * s.stride_w + (s.kw - 1) * s.dil_w + 1;
    if (s.kw <= TIN_DEPTHWISE_MAX_KW && edge != 2) {
        vf wv[TIN_DEPTHWISE_MAX_KW];
        TIN_UNROLL
        for (int q = 0; q < s.kw; q++) wv[q] = vf_load(w + q * TIN_LANES);
        TIN_UNROLL
        for (int t = 0; t < columns; t++) {
            const int inside = column * s.stride_w - s.pad_left + t;
            if (edge && (inside < 0 || inside >= s.iw)) continue;
            const vf xv = vf_load(row + t * s.x_pixel);
            TIN_UNROLL
            for (int q = 0; q < s.kw; q++) {
                const int p = (t - q * s.dil_w) / s.stride_w;
                if (t >= q * s.dil_w && p * s.stride_w + q * s.dil_w == t && p < P)
                    acc[p] = vf_fma(wv[q], xv, acc[p]);
            }
        }
    } else {
        for (int q = 0; q < s.kw; q++) {
            TIN_UNROLL
            for (int p = 0; p < P; p++) {
                const int inside = (column + p) * s.stride_w - s.pad_left + q * s.dil_w;
                if (inside >= 0 && inside < s.iw)
                    acc[p] =
                        vf_fma(vf_load(w + q * TIN_LANES),
                               vf_load(row + (p * s.stride_w + q * s.dil_w) * s.x_pixel), acc[p]);
            }
        }
    }
}

TIN_INLINE void conv2d_depthwise_tile(const float *restrict x, const float *r,
                                      const float *restrict w, const float *restrict bias, float *y,
                                      const struct conv2d_depthwise_f32 s, const int P,
                                      const int edge, const int column,
                                      const struct row_taps depth, const struct row_taps height)
{
    vf acc[TIN_DEPTHWISE_MAX_P];
    const vf first = vf_load(bias);
    TIN_UNROLL
    for (int p = 0; p < P; p++) acc[p] = first;
    const float *xt = x + (ptrdiff_t)column * s.stride_w * s.x_pixel;
    if (s.kd == 1 && s.kh == 3 && height.begin == 0 && height.end == 3) { /* usual: no loop */
        conv2d_depthwise_taps(acc, xt, w, s, P, edge, column);
        conv2d_depthwise_taps(acc, xt + s.dil_h * s.x_row, w + s.kw * TIN_LANES, s, P, edge,
                              column);
        conv2d_depthwise_taps(acc, xt + 2 * s.dil_h * s.x_row, w + 2 * s.kw * TIN_LANES, s, P, edge,
                              column);
    } else {
        TIN_NO_UNROLL
        for (int z = depth.begin; z < depth.end; z++) {
            const float *plane = xt + (ptrdiff_t)z * s.dil_d * s.ih * s.x_row;
            const float *wz = w + z * s.kh * s.kw * TIN_LANES;
            TIN_NO_UNROLL
            for (int p = height.begin; p < height.end; p++)
                conv2d_depthwise_taps(acc, plane + (ptrdiff_t)p * s.dil_h * s.x_row,
                                      wz + p * s.kw * TIN_LANES, s, P, edge, column);
        }
    }
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        const vf rv = s.residual ? vf_load(r + (column + p) * s.r_pixel) : vf_zero();
        vf_store(y + (column + p) * s.y_pixel,
                 vf_finish_tile(acc[p], rv, s.residual, s.act, s.alpha, s.beta));
    }
}

TIN_INLINE void conv2d_depthwise_f32(const float *restrict x, const float *r,
                                     const float *restrict w, const float *restrict bias, float *y,
                                     const struct conv2d_depthwise_f32 s, ptrdiff_t begin,
                                     ptrdiff_t end)
{
    const int blocks = (s.channels + TIN_LANES - 1) / TIN_LANES;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int band = (int)(chunk / blocks % s.bands);
        const int first = (int)tin_chunk(s.od * s.oh, s.bands, band);
        const int last = (int)tin_chunk(s.od * s.oh, s.bands, band + 1);
        const ptrdiff_t block = chunk % blocks, n = s.n == 1 ? 0 : chunk / s.bands / blocks;
        const float *wb = w + block * s.kd * s.kh * s.kw * TIN_LANES, *bb = bias + block * TIN_LANES;
        TIN_NO_UNROLL
        for (int i = first; i < last; i++) {
            const int plane = s.od == 1 ? 0 : i / s.oh;
            const int front = plane * s.stride_d - s.pad_front;
            const int top = (i - plane * s.oh) * s.stride_h - s.pad_top;
            const struct row_taps depth = row_taps_of(front, s.dil_d, s.kd, s.id);
            const struct row_taps height = row_taps_of(top, s.dil_h, s.kh, s.ih);
            const float *xr = x + n * s.x_n + block * s.x_block +
                              ((ptrdiff_t)front * s.ih + top) * s.x_row -
                              (ptrdiff_t)s.pad_left * s.x_pixel;
            const float *rr =
                s.residual ? r + n * s.r_n + block * s.r_block + (ptrdiff_t)i * s.r_row : r;
            float *yr = y + n * s.y_n + block * s.y_block + (ptrdiff_t)i * s.y_row;
#define TIN_DEPTHWISE_TILE(pixels, edge, column) \
    conv2d_depthwise_tile(xr, rr, wb, bb, yr, s, pixels, edge, column, depth, height)
            TIN_ROW_TILES(s.tile_p, 0, s.ow, s.ow, s.iw, s.stride_w, s.pad_left,
                          (s.kw - 1) * s.dil_w, TIN_DEPTHWISE_TILE);
#undef TIN_DEPTHWISE_TILE
            finish_row(yr, s.y_pixel, rr, s.r_pixel, s.ow, s.residual, s.act, s.alpha, s.beta);
        }
    }
}

#endif
