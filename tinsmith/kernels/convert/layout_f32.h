/* clang-format off */
/* layout_f32.h: between plain NCHW and NCHWc, float32.
 *
 *   layout_block_f32   x plain (channel c at c x_channel + h x_row + w) to y NCHWc (channel c at
 *                      (c / L) y_block + c % L + h y_row + w L); pad lanes become 0
 *   layout_plain_f32   the way back; pad lanes are not read into anything
 *
 * The struct names the plain side p_*, the blocked side b_*. Strides in floats.
 * Chunks: n x ceil(channels / L) x ceil(h / band_rows), the band running fastest. Give dense
 * images as one row (h = 1, w = H W) with band_rows 1 where there are blocks enough to share, rows
 * otherwise.
 */
/* clang-format on */
#ifndef TIN_LAYOUT_F32_H
#define TIN_LAYOUT_F32_H

#include "../c/simd.h"

struct layout_f32 {
    int n, channels, h, w;
    ptrdiff_t p_n, p_channel, p_row;
    ptrdiff_t b_n, b_block, b_row;
    int band_rows;
};

TIN_INLINE void layout_block_row(const float *restrict x, float *restrict y,
                                 const struct layout_f32 s, const int live)
{
    int j = 0;
    for (; j + TIN_LANES <= s.w; j += TIN_LANES) {
        vf rows[TIN_LANES];
        TIN_UNROLL
        for (int l = 0; l < TIN_LANES; l++)
            rows[l] = l < live ? vf_load(x + l * s.p_channel + j) : vf_zero();
        vf_transpose(rows);
        TIN_UNROLL
        for (int l = 0; l < TIN_LANES; l++) vf_store(y + (ptrdiff_t)(j + l) * TIN_LANES, rows[l]);
    }
    TIN_NO_UNROLL
    for (; j < s.w; j++) {
        TIN_NO_UNROLL
        for (int l = 0; l < TIN_LANES; l++)
            y[(ptrdiff_t)j * TIN_LANES + l] = l < live ? x[l * s.p_channel + j] : 0.0f;
    }
}

TIN_INLINE void layout_plain_row(const float *restrict x, float *restrict y,
                                 const struct layout_f32 s, const int live)
{
    int j = 0;
    for (; j + TIN_LANES <= s.w; j += TIN_LANES) {
        vf rows[TIN_LANES];
        TIN_UNROLL
        for (int l = 0; l < TIN_LANES; l++) rows[l] = vf_load(x + (ptrdiff_t)(j + l) * TIN_LANES);
        vf_transpose(rows);
        TIN_UNROLL
        for (int l = 0; l < TIN_LANES; l++)
            if (l < live) vf_store(y + l * s.p_channel + j, rows[l]);
    }
    TIN_NO_UNROLL
    for (; j < s.w; j++) {
        TIN_NO_UNROLL
        for (int l = 0; l < live; l++) y[l * s.p_channel + j] = x[(ptrdiff_t)j * TIN_LANES + l];
    }
}

/* Both ways share the walk; to_blocked is a constant. */
TIN_INLINE void layout_walk(const float *restrict x, float *restrict y, const struct layout_f32 s,
                            const int to_blocked, ptrdiff_t begin, ptrdiff_t end)
{
    const int blocks = (s.channels + TIN_LANES - 1) / TIN_LANES, rest = s.channels % TIN_LANES;
    const int bands = (s.h + s.band_rows - 1) / s.band_rows;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int first = (int)(chunk % bands) * s.band_rows,
                  last = first + s.band_rows < s.h ? first + s.band_rows : s.h;
        const ptrdiff_t block = chunk / bands % blocks, n = chunk / bands / blocks;
        TIN_NO_UNROLL
        for (int i = first; i < last; i++) {
            const ptrdiff_t plain = n * s.p_n + block * TIN_LANES * s.p_channel + i * s.p_row;
            const ptrdiff_t blocked = n * s.b_n + block * s.b_block + i * s.b_row;
            const float *from = x + (to_blocked ? plain : blocked);
            float *to = y + (to_blocked ? blocked : plain);
            if (rest && block == blocks - 1) {
                if (to_blocked)
                    layout_block_row(from, to, s, rest);
                else
                    layout_plain_row(from, to, s, rest);
            } else {
                if (to_blocked)
                    layout_block_row(from, to, s, TIN_LANES);
                else
                    layout_plain_row(from, to, s, TIN_LANES);
            }
        }
    }
}

TIN_INLINE void layout_block_f32(const float *restrict x, float *restrict y,
                                 const struct layout_f32 s, ptrdiff_t begin, ptrdiff_t end)
{
    layout_walk(x, y, s, 1, begin, end);
}

TIN_INLINE void layout_plain_f32(const float *restrict x, float *restrict y,
                                 const struct layout_f32 s, ptrdiff_t begin, ptrdiff_t end)
{
    layout_walk(x, y, s, 0, begin, end);
}

#endif
