/* clang-format off */
/* conv2d_depthwise.h: depthwise convolution of images and volumes, one filter per channel, NCHWc to
 * NCHWc; of values stored as float32 or bfloat16, with filters and arithmetic of float32.
 *
 *   y[n, c, i, j] = finish(bias[c] + sum over p, q of
 *                   w[c, p, q] x[n, c, i stride_h - pad_top + p dil_h,
 *                                      j stride_w - pad_left + q dil_w],
 *                   r[n, c, i, j])
 *
 * Volumes as in conv2d_direct.h.
 *
 * x, y, r: channel c at (c / L) *_block + c % L + h *_row + w *_pixel (*_pixel = L when dense),
 * L = TIN_LANES; strides in elements, which lie in memory as `stored` (stored.h) says. r may be y
 * itself. Pad lanes hold anything on both sides: lanes never meet.
 * Weights: [block][kd][kh][kw][L], bias: [block][L], float32, zero-padded; bias is never NULL.
 * Chunks: n x bands x ceil(channels / L), the block running fastest.
 * Tiles: tile_p pixels of one row in registers; the weights of a kernel row stay in registers too.
 *   AVX-512: 14 for rows of 14, 8 for 28 and more, 7 for 7 and for stride 2. 16 registers: 4 .. 7.
 *
 * Measured on Zen 5, share of the FMA peak (float32), by rows of output:
 *   3x3            112 75% (memory) · 56 75% · 28 87% · 14 100% · 7 91%
 *   3x3, stride 2  112 and 56 40% (120 GB/s of input) · smaller 60 .. 75%
 *   5x5            95 .. 98%
 */
/* clang-format on */
#ifndef TIN_CONV2D_DEPTHWISE_H
#define TIN_CONV2D_DEPTHWISE_H

#include "../c/row_tiles.h"
#include "../c/stored.h"

struct conv2d_depthwise {
    int stored;
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
TIN_INLINE void conv2d_depthwise_taps(vf acc[TIN_DEPTHWISE_MAX_P], const void *restrict row,
                                      const float *restrict w, const struct conv2d_depthwise s,
                                      const int P, const int edge, const int column)
{
    const int columns = (P - 1) * s.stride_w + (s.kw - 1) * s.dil_w + 1;
    const int first = column * s.stride_w - s.pad_left;
    if (s.kw <= TIN_DEPTHWISE_MAX_KW && edge != 2) {
        vf wv[TIN_DEPTHWISE_MAX_KW];
        TIN_UNROLL
        for (int q = 0; q < s.kw; q++) wv[q] = vf_load(w + q * TIN_LANES);
        TIN_UNROLL
        for (int t = 0; t < columns; t++) {
            if (edge && (first + t < 0 || first + t >= s.iw)) continue;
            const vf xv = stored_load(row, t * s.x_pixel, s.stored);
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
            const int t = p * s.stride_w + q * s.dil_w;
            if (first + t >= 0 && first + t < s.iw)
                acc[p] = vf_fma(wv, stored_load(row, t * s.x_pixel, s.stored), acc[p]);
        }
    }
}

TIN_INLINE void conv2d_depthwise_tile(const void *restrict x, const void *r,
                                      const float *restrict w, const float *restrict bias, void *y,
                                      const struct conv2d_depthwise s, const int P, const int edge,
                                      const int column, const struct row_taps depth,
                                      const struct row_taps height)
{
    vf acc[TIN_DEPTHWISE_MAX_P];
    const vf first = vf_load(bias);
    TIN_UNROLL
    for (int p = 0; p < P; p++) acc[p] = first;
    const ptrdiff_t xt = (ptrdiff_t)column * s.stride_w * s.x_pixel, xp = s.dil_h * s.x_row;
    const ptrdiff_t wp = (ptrdiff_t)s.kw * TIN_LANES;
    if (s.kd == 1 && s.kh == 3 && height.begin == 0 && height.end == 3) { /* usual: no loop */
        TIN_UNROLL
        for (int p = 0; p < 3; p++)
            conv2d_depthwise_taps(acc, stored_at(x, xt + p * xp, s.stored), w + p * wp, s, P, edge,
                                  column);
    } else {
        TIN_NO_UNROLL
        for (int z = depth.begin; z < depth.end; z++) {
            const ptrdiff_t xz = xt + (ptrdiff_t)z * s.dil_d * s.ih * s.x_row;
            const float *wz = w + z * s.kh * wp;
            TIN_NO_UNROLL
            for (int p = height.begin; p < height.end; p++)
                conv2d_depthwise_taps(acc, stored_at(x, xz + p * xp, s.stored), wz + p * wp, s, P,
                                      edge, column);
        }
    }
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        const vf rv =
            s.residual ? stored_load(r, (column + p) * s.r_pixel, s.stored) : vf_zero();
        stored_store(y, (column + p) * s.y_pixel,
                     vf_finish_tile(acc[p], rv, s.residual, s.act, s.alpha, s.beta), s.stored);
    }
}

TIN_INLINE void conv2d_depthwise(const void *restrict x, const void *r, const float *restrict w,
                                 const float *restrict bias, void *y,
                                 const struct conv2d_depthwise s, ptrdiff_t begin, ptrdiff_t end)
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
            const ptrdiff_t from = n * s.x_n + block * s.x_block +
                                   ((ptrdiff_t)front * s.ih + top) * s.x_row -
                                   (ptrdiff_t)s.pad_left * s.x_pixel;
            const ptrdiff_t to = n * s.y_n + block * s.y_block + (ptrdiff_t)i * s.y_row;
            const ptrdiff_t more = n * s.r_n + block * s.r_block + (ptrdiff_t)i * s.r_row;
            const void *xr = stored_at(x, from, s.stored);
            const void *rr = s.residual ? stored_at(r, more, s.stored) : r;
            void *yr = stored_place(y, to, s.stored);
#define TIN_DEPTHWISE_TILE(pixels, edge, column) \
    conv2d_depthwise_tile(xr, rr, wb, bb, yr, s, pixels, edge, column, depth, height)
            TIN_ROW_TILES(s.tile_p, 0, s.ow, s.ow, s.iw, s.stride_w, s.pad_left,
                          (s.kw - 1) * s.dil_w, TIN_DEPTHWISE_TILE);
#undef TIN_DEPTHWISE_TILE
            finish_row(yr, s.y_pixel, rr, s.r_pixel, s.ow, s.residual, s.act, s.alpha, s.beta,
                       s.stored);
        }
    }
}

#endif
