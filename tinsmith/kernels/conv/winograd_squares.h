/* winograd_squares.h: inputs of Winograd's algorithms in first layers (depth > 1), by way of a strip.
 *
 * strip   [ceil(ic / L)][in][columns][L], float32: the squares of one row of tiles
 */
#ifndef TIN_WINOGRAD_SQUARES_H
#define TIN_WINOGRAD_SQUARES_H

#include "winograd_inputs.h"

/* Columns begin .. end - 1 of `depth` lanes of a strip; from: column 0 of x in this row. What lies
 * outside of x is 0; `some`: whether the row is inside. */
TIN_INLINE void winograd_margin(const float *restrict from, float *restrict lane,
                                const struct conv2d_winograd s, const int some, const int begin,
                                const int end)
{
    TIN_NO_UNROLL
    for (int j = begin; j < end; j++) {
        TIN_UNROLL
        for (int q = 0; q < s.depth; q++) {
            const int w = j * s.depth + q - s.pad_left;
            lane[j * TIN_LANES + q] = some && w >= 0 && w < s.iw ? from[w] : 0.0f;
        }
    }
}

/* One row of a strip: squares of depth x depth of one channel of x, from row `row` and column -
 * pad_left of x on. to: the channel's first lane in the strip's first pixel. */
TIN_INLINE void winograd_squares(const float *restrict x, float *restrict to,
                                 const struct conv2d_winograd s, const int row, const int columns)
{
    const int first = (s.pad_left + s.depth - 1) / s.depth;
    const int fit = (s.iw + s.pad_left) / s.depth, last = fit < columns ? fit : columns;
    TIN_UNROLL
    for (int p = 0; p < s.depth; p++) {
        const int h = row + p, some = h >= 0 && h < s.ih;
        const float *from = x + h * s.x_row;
        float *lane = to + p * s.depth;
        if (!some || first >= last) {
            winograd_margin(from, lane, s, some, 0, columns);
            continue;
        }
        winograd_margin(from, lane, s, 1, 0, first);
        TIN_NO_UNROLL
        for (int j = first; j < last; j++) {
            TIN_UNROLL
            for (int q = 0; q < s.depth; q++)
                lane[j * TIN_LANES + q] = from[j * s.depth + q - s.pad_left];
        }
        winograd_margin(from, lane, s, 1, last, columns);
    }
}

/* V of the whole rows of tiles that are `count` tiles from `first` on. */
TIN_INLINE void winograd_inputs_of_squares(const float *restrict x, float *restrict v,
                                           float *restrict strip, const struct conv2d_winograd s,
                                           const int first, const int count)
{
    const struct winograd_inside all = {0, 0, 0, 0, 0};
    const int area = s.depth * s.depth, images = s.ic / area;
    const int columns = (s.across - 1) * s.out + s.in, blocks = (s.ic + TIN_LANES - 1) / TIN_LANES;
    const ptrdiff_t row = (ptrdiff_t)columns * TIN_LANES;
    winograd_square t;
    if (s.ic % TIN_LANES) {
        float *last = strip + (blocks - 1) * s.in * row;
        TIN_NO_UNROLL
        for (ptrdiff_t i = 0; i < s.in * row; i += TIN_LANES) vf_store(last + i, vf_zero());
    }
    TIN_NO_UNROLL
    for (int done = 0; done < count; done += s.across) {
        const struct winograd_place place = winograd_place_of(first + done, s.oh, s.ow, s.out);
        TIN_NO_UNROLL
        for (int c = 0; c < images; c++) {
            const int lane = c * area;
            float *to = strip + lane / TIN_LANES * s.in * row + lane % TIN_LANES;
            TIN_NO_UNROLL
            for (int i = 0; i < s.in; i++)
                winograd_squares(x + place.n * s.x_n + c * s.x_block, to + i * row, s,
                                 (place.row + i) * s.depth - s.pad_top, columns);
        }
        TIN_NO_UNROLL
        for (int block = 0; block < blocks; block++) {
            const float *from = strip + block * s.in * row;
            float *to = v + ((ptrdiff_t)block * s.panel + done) * TIN_LANES;
            TIN_NO_UNROLL
            for (int tile = 0; tile < s.across; tile++)
                winograd_input(t, from + tile * s.out * TIN_LANES, to + tile * TIN_LANES, row, s,
                               all, 0);
        }
    }
}

#endif
