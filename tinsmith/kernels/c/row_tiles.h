/* row_tiles.h: cuts one row of output into tiles of P pixels and a tail, and tells each tile
 * whether it meets an edge; and which taps of a window lie inside (row_taps_of).
 *
 * TIN_ROW_TILES(P, from, to, ow, iw, stride, pad, reach, TILE) runs TILE(pixels, edge, column)
 * over columns from .. to - 1 of a row of ow,
 * where output column j reads input columns j stride - pad .. j stride - pad + reach of 0 .. iw -
 * 1. from is a multiple of P, to another or ow;
 * where tiles meet edges, from = 0 and to = ow. P, ow ... reach must fold to constants, but for
 * ow and iw where TIN_ANY_EXTENTS is 1.
 *   edge 0: every input column of the tile is inside; column is a variable.
 *   edge 1: some are outside; column is a constant, so each tap of each pixel is kept or dropped
 *   at compile time.
 *   edge 2: padding reaches over more than two tiles on a side; pixels = 1, column is a variable,
 *   taps are tested as the program runs.
 * TILE is expanded seven times: what it inlines weighs on compile time.
 */
#ifndef TIN_ROW_TILES_H
#define TIN_ROW_TILES_H

#include "simd.h"

/* Taps along one axis: those from `begin` to `end` read inside. */
struct row_taps {
    int begin, end;
};

/* The taps of k, dil apart, from place `first` on, that lie inside an extent. */
TIN_INLINE struct row_taps row_taps_of(const int first, const int dil, const int k,
                                       const int extent)
{
    const int left = extent - first; /* taps p with p dil < left are inside */
    const int fit = left <= 0 ? 0 : (left + dil - 1) / dil;
    const struct row_taps taps = {first >= 0 ? 0 : (-first + dil - 1) / dil, fit < k ? fit : k};
    return taps;
}

/* Number of whole tiles from column 0 on that meet the left edge. */
TIN_INLINE int row_tiles_left(const int P, const int ow, const int stride, const int pad)
{
    const int left = pad <= 0 ? 0 : ((pad + stride - 1) / stride + P - 1) / P;
    return left < ow / P ? left : ow / P;
}

/* First whole tile that meets the right edge (not before the last that meets the left one). */
TIN_INLINE int row_tiles_right(const int P, const int ow, const int iw, const int stride,
                               const int pad, const int reach)
{
    const int last = iw - 1 - reach + pad; /* the largest j stride whose columns all fit */
    const int right = last < 0 ? 0 : (last / stride + 1) / P,
              left = row_tiles_left(P, ow, stride, pad);
    return right > ow / P ? ow / P : right < left ? left : right;
}

TIN_INLINE int row_tiles_tail_edge(const int P, const int ow, const int iw, const int stride,
                                   const int pad, const int reach)
{
    return ow / P * P * stride < pad || (ow - 1) * stride > iw - 1 - reach + pad;
}

#if TIN_ANY_EXTENTS
/* Extents are variables: tiles of P where all columns are inside, single pixels elsewhere. */
#define TIN_ROW_TILES(P, from, to, ow, iw, stride, pad, reach, TILE)                    \
    do {                                                                                \
        const int tin_first = (pad) <= 0 ? 0 : ((pad) + (stride) - 1) / (stride);       \
        const int tin_last = (iw) - 1 - (reach) + (pad); /* the last of them: / stride */ \
        for (int tin_j = from; tin_j < (to);) {                                         \
            const int tin_end = tin_j + (P);                                            \
            if (tin_j >= tin_first && tin_end <= (to) &&                                \
                (tin_end - 1) * (stride) <= tin_last) {                                 \
                TILE(P, 0, tin_j);                                                      \
                tin_j = tin_end;                                                        \
            } else {                                                                    \
                TILE(1, 2, tin_j);                                                      \
                tin_j++;                                                                \
            }                                                                           \
        }                                                                               \
    } while (0)
#else
#define TIN_ROW_TILES(P, from, to, ow, iw, stride, pad, reach, TILE)                             \
    do {                                                                                         \
        const int tin_tiles = (ow) / (P), tin_tail = (ow) % (P);                                 \
        const int tin_left = row_tiles_left(P, ow, stride, pad);                                 \
        const int tin_right = row_tiles_right(P, ow, iw, stride, pad, reach);                    \
        if (tin_left > 2 || tin_tiles - tin_right > 2) {                                         \
            TIN_NO_UNROLL                                                                        \
            for (int tin_j = from; tin_j < (to); tin_j++) TILE(1, 2, tin_j);                     \
            break;                                                                               \
        }                                                                                        \
        if (tin_left > 0) TILE(P, 1, 0);                                                         \
        if (tin_left > 1) TILE(P, 1, P);                                                         \
        const int tin_stop = (to) / (P) < tin_right ? (to) / (P) : tin_right;                    \
        TIN_NO_UNROLL                                                                            \
        for (int tin_i = (from) / (P) > tin_left ? (from) / (P) : tin_left; tin_i < tin_stop;    \
             tin_i++)                                                                            \
            TILE(P, 0, tin_i * (P));                                                             \
        if (tin_tiles - tin_right > 1) TILE(P, 1, (tin_tiles - 2) * (P));                        \
        if (tin_tiles - tin_right > 0) TILE(P, 1, (tin_tiles - 1) * (P));                        \
        if (tin_tail && (to) == (ow))                                                            \
            TILE(tin_tail, row_tiles_tail_edge(P, ow, iw, stride, pad, reach), tin_tiles * (P)); \
    } while (0)
#endif

#endif
