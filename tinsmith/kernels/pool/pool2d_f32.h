/* clang-format off */
/* pool2d_f32.h: maximum and average over a window, computed in float32, NCHWc to NCHWc.
 *
 *   maximum   y = max over taps (p, q) inside the input (-inf where there is none)
 *   average   y = sum over taps inside the input / count
 *             count = taps inside the input, or with count_include_pad taps inside the padded
 *             input (rows -pad_top .. ih + pad_bottom - 1): what ONNX says, ceil_mode included
 *   then activation(y). oh and ow say how many outputs there are; floor, ceil and auto_pad are
 *   the caller's business.
 *
 * x, y: channel c at (c / L) *_block + c % L + h *_row + w *_pixel, L = TIN_LANES, strides in
 * elements; both lie in memory as `stored` (stored.h) says. Pad lanes hold anything on both sides.
 * Chunks: n x bands x ceil(channels / L), the block running fastest. Tiles: tile_p pixels of a row
 * (4 .. 8).
 */
/* clang-format on */
#ifndef TIN_POOL2D_F32_H
#define TIN_POOL2D_F32_H

#include "../c/stored.h"
#include "../c/row_tiles.h"

enum { TIN_POOL_MAX, TIN_POOL_AVERAGE };

struct pool2d_f32 {
    int kind, count_include_pad;
    int n, channels, ih, iw, oh, ow;
    int kh, kw, stride_h, stride_w, dil_h, dil_w, pad_top, pad_left, pad_bottom, pad_right;
    ptrdiff_t x_n, x_block, x_row, x_pixel;
    ptrdiff_t y_n, y_block, y_row, y_pixel;
    int tile_p, bands;
    int stored;
    int act;
    float alpha, beta;
};

enum { TIN_POOL_MAX_P = 32 };

/* Taps q in 0 .. k - 1 with low <= at + q dil < high. */
TIN_INLINE int pool2d_count(const int at, const int k, const int dil, const int low, const int high)
{
    const int begin = at >= low ? 0 : (low - at + dil - 1) / dil;
    const int fit = high <= at ? 0 : (high - at + dil - 1) / dil;
    const int end = fit < k ? fit : k;
    return end > begin ? end - begin : 0;
}

TIN_INLINE void pool2d_tile(const void *restrict x, void *restrict y, const struct pool2d_f32 s,
                            const int P, const int edge, const int column, const int kh_begin,
                            const int kh_end, const int row_count)
{
    vf acc[TIN_POOL_MAX_P];
    TIN_UNROLL
    for (int p = 0; p < P; p++)
        acc[p] = s.kind == TIN_POOL_MAX ? vf_set1(-__builtin_inff()) : vf_zero();
    const ptrdiff_t xt = (ptrdiff_t)column * s.stride_w * s.x_pixel;
    TIN_NO_UNROLL
    for (int i = kh_begin; i < kh_end; i++) {
        const ptrdiff_t row = xt + (ptrdiff_t)i * s.dil_h * s.x_row;
#define TIN_POOL_TAP(q)                                                                     \
    TIN_UNROLL                                                                              \
    for (int p = 0; p < P; p++) {                                                           \
        const int w = (column + p) * s.stride_w - s.pad_left + (q) * s.dil_w;               \
        if (!edge || (w >= 0 && w < s.iw)) {                                                \
            const vf v =                                                                    \
                stored_load(x, row + (p * s.stride_w + (q) * s.dil_w) * s.x_pixel, s.stored); \
            acc[p] = s.kind == TIN_POOL_MAX ? vf_max(acc[p], v) : vf_add(acc[p], v);        \
        }                                                                                   \
    }
        if (s.kw <= 16 && edge != 2) {
            TIN_UNROLL
            for (int q = 0; q < s.kw; q++) {
                TIN_POOL_TAP(q)
            }
        } else {
            TIN_NO_UNROLL
            for (int q = 0; q < s.kw; q++) {
                TIN_POOL_TAP(q)
            }
        }
#undef TIN_POOL_TAP
    }
    TIN_UNROLL
    for (int p = 0; p < P; p++) {
        vf v = acc[p];
        if (s.kind == TIN_POOL_AVERAGE) {
            const int at = (column + p) * s.stride_w - s.pad_left;
            const int low = s.count_include_pad ? -s.pad_left : 0,
                      high = s.count_include_pad ? s.iw + s.pad_right : s.iw;
            const int count =
                row_count * (edge ? pool2d_count(at, s.kw, s.dil_w, low, high) : s.kw);
            v = vf_div(v, vf_set1((float)(count > 0 ? count : 1)));
        }
        stored_store(y, (column + p) * s.y_pixel, vf_activate_cheap(v, s.act, s.alpha, s.beta),
                   s.stored);
    }
}

TIN_INLINE void pool2d_f32(const void *restrict x, void *restrict y, const struct pool2d_f32 s,
                           ptrdiff_t begin, ptrdiff_t end)
{
    const int blocks = (s.channels + TIN_LANES - 1) / TIN_LANES;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int band = (int)(chunk / blocks % s.bands);
        const int first = (int)tin_chunk(s.oh, s.bands, band);
        const int last = (int)tin_chunk(s.oh, s.bands, band + 1);
        const ptrdiff_t block = chunk % blocks, n = s.n == 1 ? 0 : chunk / s.bands / blocks;
        TIN_NO_UNROLL
        for (int i = first; i < last; i++) {
            const int top = i * s.stride_h - s.pad_top, below = s.ih - top;
            const int kh_begin = top >= 0 ? 0 : (-top + s.dil_h - 1) / s.dil_h;
            const int kh_fit = below <= 0 ? 0 : (below + s.dil_h - 1) / s.dil_h;
            const int kh_end = kh_fit < s.kh ? kh_fit : s.kh;
            const int low = s.count_include_pad ? -s.pad_top : 0,
                      high = s.count_include_pad ? s.ih + s.pad_bottom : s.ih;
            const int row_count = pool2d_count(top, s.kh, s.dil_h, low, high);
            const void *xr = stored_at(x,
                                     n * s.x_n + block * s.x_block + (ptrdiff_t)top * s.x_row -
                                         (ptrdiff_t)s.pad_left * s.x_pixel,
                                     s.stored);
            void *yr =
                stored_place(y, n * s.y_n + block * s.y_block + (ptrdiff_t)i * s.y_row, s.stored);
#define TIN_POOL_TILE(pixels, edge, column) \
    pool2d_tile(xr, yr, s, pixels, edge, column, kh_begin, kh_end, row_count)
            TIN_ROW_TILES(s.tile_p, 0, s.ow, s.ow, s.iw, s.stride_w, s.pad_left,
                          (s.kw - 1) * s.dil_w, TIN_POOL_TILE);
#undef TIN_POOL_TILE
            finish_row(yr, s.y_pixel, yr, s.y_pixel, s.ow, TIN_RES_NONE, s.act, s.alpha, s.beta,
                       s.stored);
        }
    }
}

#endif
