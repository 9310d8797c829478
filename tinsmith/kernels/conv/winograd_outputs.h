/* winograd_outputs.h: what the sums M of Winograd's algorithms become: y = At M A, finished.
 *
 * M   [in^2][panel][B][L], float32: the sums for one oc group; elements are m_step apart
 */
#ifndef TIN_WINOGRAD_OUTPUTS_H
#define TIN_WINOGRAD_OUTPUTS_H

#include "winograd_shape.h"

typedef vf winograd_half[TIN_WINOGRAD_MAX_OUT][TIN_WINOGRAD_MAX_IN];

/* t[.][j] = At times column j of M. */
TIN_INLINE void winograd_output_column(winograd_half t, const float *restrict m,
                                       const struct conv2d_winograd s, const int j)
{
    vf d[TIN_WINOGRAD_MAX_IN], column[TIN_WINOGRAD_MAX_OUT];
    TIN_UNROLL
    for (int i = 0; i < s.in; i++) d[i] = vf_load(m + (i * s.in + j) * s.m_step);
    winograd_at(column, d, s.in);
    TIN_UNROLL
    for (int i = 0; i < s.out; i++) t[i][j] = column[i];
}

/* The first `columns` pixels of row i of a tile. r, y: the tile. */
TIN_INLINE void winograd_output_row(winograd_half t, const void *r, void *y,
                                    const struct conv2d_winograd s, const int i, const int columns)
{
    vf row[TIN_WINOGRAD_MAX_OUT];
    void *to = stored_place(y, i * s.y_row, s.stored);
    const void *from = s.residual ? stored_at(r, i * s.r_row, s.stored) : r;
    winograd_at(row, t[i], s.in);
    TIN_UNROLL
    for (int j = 0; j < s.out; j++) {
        if (j < columns) {
            const vf rv = s.residual ? stored_load(from, j * s.r_pixel, s.stored) : vf_zero();
            stored_store(to, j * s.y_pixel,
                         vf_finish_tile(row[j], rv, s.residual, s.act, s.alpha, s.beta), s.stored);
        }
    }
    finish_row(to, s.y_pixel, from, s.r_pixel, columns, s.residual, s.act, s.alpha, s.beta,
               s.stored);
}

/* The first `rows` rows and `columns` columns of a tile, from its elements of M. */
TIN_INLINE void winograd_output(const float *restrict m, const void *r, void *y,
                                const struct conv2d_winograd s, const int rows, const int columns)
{
    winograd_half t;
    if (conv2d_winograd_is_small(s)) {
        TIN_UNROLL
        for (int j = 0; j < s.in; j++) winograd_output_column(t, m, s, j);
        TIN_UNROLL
        for (int i = 0; i < s.out; i++)
            if (i < rows) winograd_output_row(t, r, y, s, i, columns);
    } else {
        TIN_NO_UNROLL
        for (int j = 0; j < s.in; j++) winograd_output_column(t, m, s, j);
        TIN_NO_UNROLL
        for (int i = 0; i < rows; i++) winograd_output_row(t, r, y, s, i, columns);
    }
}

/* Asks for the lines of y that a tile will write, B blocks of channels: where y comes from far
 * away, as after first layers, they arrive during the tile before. */
TIN_INLINE void winograd_ask(const void *y, const struct conv2d_winograd s,
                             const struct winograd_place place, const int B)
{
    TIN_UNROLL
    for (int b = 0; b < B; b++) {
        const ptrdiff_t to =
            place.n * s.y_n + b * s.y_block + place.row * s.y_row + place.column * s.y_pixel;
        TIN_UNROLL
        for (int i = 0; i < s.out; i++) {
            TIN_UNROLL
            for (int j = 0; j < s.out; j++)
                __builtin_prefetch(stored_at(y, to + i * s.y_row + j * s.y_pixel, s.stored), 1, 3);
        }
    }
}

/* The pixels of `count` tiles from `first` on, B blocks of channels. r, y: at the first of them. */
TIN_INLINE void winograd_outputs(const float *restrict m, const void *r, void *y,
                                 const struct conv2d_winograd s, const int B, const int first,
                                 const int count)
{
    struct winograd_place place = winograd_place_of(first, s.oh, s.ow, s.out);
    TIN_NO_UNROLL
    for (int tile = 0; tile < count; tile++) {
        const int rows = s.oh - place.row < s.out ? s.oh - place.row : s.out;
        const int columns = s.ow - place.column < s.out ? s.ow - place.column : s.out;
        if (!conv2d_winograd_is_small(s))
            winograd_ask(y, s, winograd_next(place, s.oh, s.ow, s.out), B);
        TIN_NO_UNROLL
        for (int b = 0; b < B; b++) {
            const ptrdiff_t to =
                place.n * s.y_n + b * s.y_block + place.row * s.y_row + place.column * s.y_pixel;
            const ptrdiff_t from =
                place.n * s.r_n + b * s.r_block + place.row * s.r_row + place.column * s.r_pixel;
            const float *mt = m + ((ptrdiff_t)tile * B + b) * TIN_LANES;
            void *yt = stored_place(y, to, s.stored);
            const void *rt = s.residual ? stored_at(r, from, s.stored) : r;
            if (conv2d_winograd_is_small(s) && rows == s.out && columns == s.out)
                winograd_output(mt, rt, yt, s, s.out, s.out);
            else
                winograd_output(mt, rt, yt, s, rows, columns);
        }
        place = winograd_next(place, s.oh, s.ow, s.out);
    }
}

#endif
