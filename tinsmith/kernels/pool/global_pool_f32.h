/* clang-format off */
/* global_pool_f32.h: mean or maximum of each channel over all pixels, computed in float32, from
 * NCHWc.
 *
 * x and y lie in memory as `stored_x` and `stored_y` (stored.h) say; strides in elements.
 * x: channel c at (c / L) x_block + c % L + h x_row + w x_pixel, L = TIN_LANES.
 * y: channel c at n y_n + c: with y_plain = 0 whole vectors are stored (NCHWc with H = W = 1, pad
 * lanes undefined), with y_plain = 1 only real channels (a plain [N, C] row, as a fully connected
 * layer reads it). Then activation.
 * Chunks: n x ceil(channels / L), the block running fastest.
 */
/* clang-format on */
#ifndef TIN_GLOBAL_POOL_F32_H
#define TIN_GLOBAL_POOL_F32_H

#include "../c/stored.h"

enum { TIN_GLOBAL_MAX, TIN_GLOBAL_AVERAGE };
enum { TIN_GLOBAL_BLOCK = 1024 }; /* pixels until sums are joined, which keeps long ones exact */

struct global_pool_f32 {
    int kind;
    int n, channels, ih, iw;
    ptrdiff_t x_n, x_block, x_row, x_pixel;
    ptrdiff_t y_n;
    int y_plain, stored_x, stored_y;
    int act;
    float alpha, beta;
};

TIN_INLINE vf global_pool_join(vf a, vf b, const int kind)
{
    return kind == TIN_GLOBAL_MAX ? vf_max(a, b) : vf_add(a, b);
}

/* Sum or maximum of `count` neighbours of a row that starts at element `at`. */
TIN_INLINE vf global_pool_pixels(const void *restrict x, const ptrdiff_t at, const int count,
                                 const struct global_pool_f32 s)
{
    const vf start = s.kind == TIN_GLOBAL_MAX ? vf_set1(-__builtin_inff()) : vf_zero();
    vf a = start, b = start, c = start, d = start;
    int j = 0;
    for (; j + 4 <= count; j += 4) {
        a = global_pool_join(a, stored_load(x, at + j * s.x_pixel, s.stored_x), s.kind);
        b = global_pool_join(b, stored_load(x, at + (j + 1) * s.x_pixel, s.stored_x), s.kind);
        c = global_pool_join(c, stored_load(x, at + (j + 2) * s.x_pixel, s.stored_x), s.kind);
        d = global_pool_join(d, stored_load(x, at + (j + 3) * s.x_pixel, s.stored_x), s.kind);
    }
    for (; j < count; j++)
        a = global_pool_join(a, stored_load(x, at + j * s.x_pixel, s.stored_x), s.kind);
    return global_pool_join(global_pool_join(a, b, s.kind), global_pool_join(c, d, s.kind),
                            s.kind);
}

TIN_INLINE void global_pool_f32(const void *restrict x, void *restrict y,
                                const struct global_pool_f32 s, ptrdiff_t begin, ptrdiff_t end)
{
    const int blocks = (s.channels + TIN_LANES - 1) / TIN_LANES;
    const vf start = s.kind == TIN_GLOBAL_MAX ? vf_set1(-__builtin_inff()) : vf_zero();
    const int one_row = s.x_row == s.iw * s.x_pixel;
    const int rows = one_row ? 1 : s.ih, columns = one_row ? s.ih * s.iw : s.iw;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const ptrdiff_t block = chunk % blocks, n = s.n == 1 ? 0 : chunk / blocks;
        const ptrdiff_t xb = n * s.x_n + block * s.x_block;
        const ptrdiff_t yb = n * s.y_n + block * TIN_LANES;
        vf v = start;
        for (int i = 0; i < rows; i++)
            for (int first = 0; first < columns; first += TIN_GLOBAL_BLOCK) {
                const int left = columns - first;
                v = global_pool_join(
                    v, global_pool_pixels(x, xb + i * s.x_row + first * s.x_pixel,
                                          left < TIN_GLOBAL_BLOCK ? left : TIN_GLOBAL_BLOCK, s),
                    s.kind);
            }
        if (s.kind == TIN_GLOBAL_AVERAGE) v = vf_div(v, vf_set1((float)(s.ih * s.iw)));
        v = vf_activate(v, s.act, s.alpha, s.beta);
        const int left = s.channels - (int)block * TIN_LANES;
        if (s.y_plain && left < TIN_LANES)
            stored_store_n(y, yb, v, left, s.stored_y);
        else
            stored_store(y, yb, v, s.stored_y);
    }
}

#endif
