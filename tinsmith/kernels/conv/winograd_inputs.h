/* winograd_inputs.h: what the inputs of Winograd's algorithms become, V = Bt d B.
 *
 * V   [in^2][ceil(ic / L)][panel][L], stored as x is; elements are v_step apart
 */
#ifndef TIN_WINOGRAD_INPUTS_H
#define TIN_WINOGRAD_INPUTS_H

#include "winograd_shape.h"

typedef vf winograd_square[TIN_WINOGRAD_MAX_IN][TIN_WINOGRAD_MAX_IN];

/* Where inputs of a tile lie outside of x: `edge` says whether some may; rows top .. bottom - 1 and
 * columns left .. right - 1 are inside, the others are 0. */
struct winograd_inside {
    int edge, top, bottom, left, right;
};

/* t[.][j] = Bt times column j of d. x: pixel (0, 0) of d, which may lie outside. */
TIN_INLINE void winograd_input_column(winograd_square t, const void *restrict x,
                                      const ptrdiff_t x_row, const struct conv2d_winograd s,
                                      const struct winograd_inside inside, const int j)
{
    vf d[TIN_WINOGRAD_MAX_IN], column[TIN_WINOGRAD_MAX_IN];
    const int some = !inside.edge || (j >= inside.left && j < inside.right);
    TIN_UNROLL
    for (int i = 0; i < s.in; i++)
        d[i] = some && (!inside.edge || (i >= inside.top && i < inside.bottom))
                   ? stored_load(x, i * x_row + j * TIN_LANES, s.stored)
                   : vf_zero();
    winograd_bt(column, d, s.in);
    if (conv2d_winograd_is_lean(s)) winograd_scale6(column);
    TIN_UNROLL
    for (int i = 0; i < s.in; i++) t[i][j] = column[i];
}

/* Row i of Bt d B, to v. */
TIN_INLINE void winograd_input_row(winograd_square t, void *restrict v,
                                   const struct conv2d_winograd s, const int i)
{
    vf row[TIN_WINOGRAD_MAX_IN];
    winograd_bt(row, t[i], s.in);
    if (conv2d_winograd_is_lean(s)) winograd_scale6(row);
    TIN_UNROLL
    for (int j = 0; j < s.in; j++) stored_store(v, (i * s.in + j) * s.v_step, row[j], s.stored);
}

/* v = Bt d B of one block of channels of one tile. t: Bt d; where `next` it is that of the tile to the
 * left, whose last columns are the first ones of this tile. */
TIN_INLINE void winograd_input(winograd_square t, const void *restrict x, void *restrict v,
                               const ptrdiff_t x_row, const struct conv2d_winograd s,
                               const struct winograd_inside inside, const int next)
{
    if (conv2d_winograd_is_small(s)) {
        const int kept = next ? s.in - s.out : 0;
        TIN_UNROLL
        for (int j = 0; j < kept; j++) {
            TIN_UNROLL
            for (int i = 0; i < s.in; i++) t[i][j] = t[i][j + s.out];
        }
        TIN_UNROLL
        for (int j = kept; j < s.in; j++) winograd_input_column(t, x, x_row, s, inside, j);
        TIN_UNROLL
        for (int i = 0; i < s.in; i++) winograd_input_row(t, v, s, i);
    } else {
        TIN_NO_UNROLL
        for (int j = 0; j < s.in; j++) winograd_input_column(t, x, x_row, s, inside, j);
        TIN_NO_UNROLL
        for (int i = 0; i < s.in; i++) winograd_input_row(t, v, s, i);
    }
}

/* V of `count` tiles from `first` on, with pad_top and pad_left of padding. */
TIN_INLINE void winograd_inputs(const void *restrict x, void *restrict v,
                                const struct conv2d_winograd s, const int first, const int count,
                                const int pad_top, const int pad_left)
{
    const struct winograd_inside all = {0, 0, 0, 0, 0};
    winograd_square t;
    TIN_NO_UNROLL
    for (int block = 0; block < (s.ic + TIN_LANES - 1) / TIN_LANES; block++) {
        struct winograd_place place = winograd_place_of(first, s.oh, s.ow, s.out);
        TIN_NO_UNROLL
        for (int tile = 0; tile < count; tile++) {
            const int row = place.row * s.stride - pad_top;
            const int column = place.column * s.stride - pad_left;
            const void *xt = stored_at(
                x, place.n * s.x_n + block * s.x_block + row * s.x_row + column * s.x_pixel,
                s.stored);
            void *vt =
                stored_place(v, ((ptrdiff_t)block * s.panel + tile) * TIN_LANES, s.stored);
            const struct winograd_inside inside = {1, -row, s.ih - row, -column, s.iw - column};
            if (row < 0 || column < 0 || row + s.in > s.ih || column + s.in > s.iw)
                winograd_input(t, xt, vt, s.x_row, s, inside, 0);
            else if (conv2d_winograd_is_small(s) && tile > 0 && place.column > 0)
                winograd_input(t, xt, vt, s.x_row, s, all, 1);
            else
                winograd_input(t, xt, vt, s.x_row, s, all, 0);
            place = winograd_next(place, s.oh, s.ow, s.out);
        }
    }
}

#endif
