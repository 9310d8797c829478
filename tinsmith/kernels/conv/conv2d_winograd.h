/* clang-format off */
/* conv2d_winograd.h: convolution of images by Winograd's algorithms, with the transforms of
 * winograd.h; dilation 1, one group; of float32, or of bfloat16 with sums and transforms of
 * float32.
 *
 *   y[n, o, i, j] = finish(bias[o] + sum over c, p, q of
 *                   w[o, c, p, q] x[n, c, i stride - pad_top + p, j stride - pad_left + q],
 *                   r[n, o, i, j])
 *
 * The output is cut into tiles of out x out; each reads in x in of x. With d those, g the filter
 * and * element by element,
 *   tile = At (sum over c of (G g Gt) * (Bt d B)) A
 * and the sums over c are, for each of the in^2 elements, a matrix product.
 *
 *   winograd_inputs.h, winograd_squares.h   V = Bt d B of a panel of tiles
 *   here                                    M = sum over c of U V, for one oc group after the other
 *   winograd_outputs.h                      y = At M A
 *   winograd_shape.h                        all constants; depth, phases and lean groups
 *
 * Layouts. L = TIN_LANES. Every pointer is the address of channel 0 of image 0 (of a slice, where
 * it is one); strides in elements, which lie in memory as `stored` (stored.h) says.
 *   x, y, r   NCHWc: channel c at (c / L) *_block + c % L + h *_row + w *_pixel (*_pixel = L);
 *             r may be y itself
 *   x of depth > 1   NCHW: channel c at c x_block + h x_row + w
 * Lanes beyond the last channel: read in x but kept to their lane of V, which the sums never read;
 * undefined in y.
 *
 * Weights, zero-padded to whole vectors. oc group: B = tile_b vectors of channels, the last one
 * holding the remaining B' = blocks % tile_b (packed with B' in place of B).
 *   u      ready groups, transformed: [oc group][in^2][ceil(ic / inner)][B][L][inner]
 *   w      lean ones, as they are:    [oc group][ic][9][B][L]
 *   bias   [blocks L], float32; never NULL
 * (winograd_filters.h makes u when the network is loaded, or winograd_filters.py.)
 *
 * Scratch, for each thread, one after the other; between elements are 4 L bytes more than they
 * take, which keeps them off the same cache sets:
 *   V       [in^2][ceil(ic / L)][panel][L]                   all channels of a panel
 *   M       [in^2][panel][tile_b][L]                         float32: its sums for one oc group
 *   strip   [ceil(ic / L)][in][columns][L]                   of one row of tiles (depth > 1)
 *   u       [in][slab][tile_b][L], L floats between elements   a row of lean filters
 *
 * Chunks: parts x panels, the panel running fastest; a part is `groups` oc groups. The tiles of
 * the whole batch are cut evenly into `panels`, in units of tile_p; of depth > 1, into panels of
 * whole rows. Each chunk transforms its panel of x, then for each of its oc groups fills M and
 * transforms it out. Chunks share nothing that is written.
 *
 * Register tiles: tile_p tiles x tile_b vectors; what is left of a panel (where panel is no
 * multiple of tile_p all panels are full) or of all tiles has a register tile of its own.
 */
/* clang-format on */
#ifndef TIN_CONV2D_WINOGRAD_H
#define TIN_CONV2D_WINOGRAD_H

#include "sums.h"
#include "winograd_outputs.h"
#include "winograd_squares.h"

enum {
    TIN_WINOGRAD_AHEAD = 2048, /* floats of a ready group's weights that are asked for, at least */
    TIN_LEAN_IN = 6,           /* of F(4, 3), the one with lean groups */
    TIN_LEAN_TAPS = 3
};

/* Row i of u = G g Gt of `channels` input channels of B vectors: w [channels][9][B][L], u
 * [in][channels][B][L], step floats between elements. */
TIN_INLINE void winograd_lean_row(const float *restrict w, float *restrict u, const int B,
                                  const int channels, const ptrdiff_t step, const int i)
{
    const ptrdiff_t tap = (ptrdiff_t)B * TIN_LANES;
    TIN_NO_UNROLL
    for (int c = 0; c < channels; c++) {
        TIN_UNROLL
        for (int b = 0; b < B; b++) {
            const float *from = w + c * TIN_LEAN_TAPS * TIN_LEAN_TAPS * tap + b * TIN_LANES;
            float *to = u + c * tap + b * TIN_LANES;
            vf row[TIN_LEAN_TAPS], g[TIN_LEAN_TAPS], column[TIN_LEAN_IN];
            TIN_UNROLL
            for (int q = 0; q < TIN_LEAN_TAPS; q++) {
                TIN_UNROLL
                for (int p = 0; p < TIN_LEAN_TAPS; p++)
                    g[p] = vf_load(from + (p * TIN_LEAN_TAPS + q) * tap);
                winograd_g6(column, g);
                row[q] = column[i];
            }
            winograd_g6(column, row);
            TIN_UNROLL
            for (int j = 0; j < TIN_LEAN_IN; j++) vf_store(to + j * step, column[j]);
        }
    }
}

/* Some of the products of an oc group: elements e .. e_end - 1, input channels c .. c_end - 1. */
struct winograd_part {
    int e, e_end, c, c_end;
    const float *u;   /* their filters, [element][steps][B][L] */
    ptrdiff_t u_step; /* floats between elements */
    const float *ask; /* weights to come */
    ptrdiff_t asked;  /* floats of them for each element */
    int ahead;        /* floats of them for each step of a sum */
};

/* m = bias + sum over the part's c of v[c, P tiles] u[c, B, L], for one element; m += where these
 * are not the first. */
TIN_INLINE void winograd_products_tile(const void *restrict v, const float *restrict u,
                                       const float *restrict bias, float *restrict m,
                                       const struct conv2d_winograd s,
                                       const struct winograd_part part, const int P, const int B,
                                       const int element, struct conv_ahead *ahead)
{
    const struct conv_operands t = {.stored = s.stored,
                                    .inner = s.inner,
                                    .ragged = s.ic % s.inner != 0,
                                    .step = TIN_LANES,
                                    .lane = 1,
                                    .ahead = part.ahead};
    conv_sums acc;
    if (part.c == 0) {
        TIN_UNROLL
        for (int b = 0; b < B; b++) {
            const vf start = element == s.in + 1 ? vf_load(bias + b * TIN_LANES) : vf_zero();
            TIN_UNROLL
            for (int p = 0; p < P; p++) acc[p][b] = start;
        }
    } else {
        TIN_UNROLL
        for (int p = 0; p < P; p++) {
            TIN_UNROLL
            for (int b = 0; b < B; b++) acc[p][b] = vf_load(m + (p * B + b) * TIN_LANES);
        }
    }
    conv_runs(acc, stored_at(v, (ptrdiff_t)part.c * s.panel, s.stored),
              (ptrdiff_t)s.panel * TIN_LANES, u, t, P, B, part.c_end - part.c,
              s.ic % TIN_LANES == 0, 0, ahead);
    conv_store(m, acc, P, B);
}

/* A part of M of `count` tiles for one oc group. */
TIN_INLINE void winograd_products(const void *restrict v, const float *restrict bias,
                                  float *restrict m, const struct conv2d_winograd s,
                                  const struct winograd_part part, const int B, const int count)
{
    const int P_tail = s.panel % s.tile_p ? s.panel % s.tile_p : s.tiles % s.tile_p;
    const int whole = count - count % s.tile_p;
    TIN_NO_UNROLL
    for (int e = part.e; e < part.e_end; e++) {
        const void *ve = stored_at(v, e * s.v_step, s.stored);
        const float *ue = part.u + (e - part.e) * part.u_step, *ask = part.ask + e * part.asked;
        struct conv_ahead ahead = {ask, ask + part.asked};
        float *me = m + e * s.m_step;
        TIN_NO_UNROLL
        for (int p = 0; p < whole; p += s.tile_p)
            winograd_products_tile(stored_at(ve, p * TIN_LANES, s.stored), ue, bias,
                                   me + p * B * TIN_LANES, s, part, s.tile_p, B, e, &ahead);
        if (P_tail && whole < count)
            winograd_products_tile(stored_at(ve, whole * TIN_LANES, s.stored), ue, bias,
                                   me + whole * B * TIN_LANES, s, part, P_tail, B, e, &ahead);
    }
}

/* M of `count` tiles for one ready oc group with filters u. */
TIN_INLINE void winograd_ready_group(const void *restrict v, const float *restrict u,
                                     const float *restrict bias, float *restrict m,
                                     const struct conv2d_winograd s, const int B, const int count)
{
    const ptrdiff_t element = (ptrdiff_t)(s.ic + s.inner - 1) / s.inner * B * TIN_LANES;
    const ptrdiff_t after = element > TIN_WINOGRAD_AHEAD ? element : TIN_WINOGRAD_AHEAD;
    const struct winograd_part all = {.e_end = s.in * s.in,
                                      .c_end = s.ic,
                                      .u = u,
                                      .u_step = element,
                                      .ask = u + after,
                                      .asked = element,
                                      .ahead = s.ready_ahead};
    winograd_products(v, bias, m, s, all, B, count);
}

/* The same for a lean one with filters w. u: scratch for a row of transformed ones. */
TIN_INLINE void winograd_lean_group(const void *restrict v, const float *restrict w,
                                    const float *restrict bias, float *restrict m,
                                    float *restrict u, const struct conv2d_winograd s, const int B,
                                    const int count)
{
    enum { TAPS = TIN_LEAN_TAPS * TIN_LEAN_TAPS, ELEMENTS = TIN_LEAN_IN * TIN_LEAN_IN };
    const ptrdiff_t vector = (ptrdiff_t)B * TIN_LANES, u_step = s.slab * vector + TIN_LANES;
    TIN_NO_UNROLL
    for (int c = 0; c < s.ic; c += s.slab) {
        const int left = s.ic - c, channels = s.ic % s.slab == 0 || left > s.slab ? s.slab : left;
        const float *wc = w + c * TAPS * vector, *after = wc + channels * TAPS * vector;
        TIN_NO_UNROLL
        for (int i = 0; i < TIN_LEAN_IN; i++) {
            const struct winograd_part row = {.e = i * TIN_LEAN_IN,
                                              .e_end = (i + 1) * TIN_LEAN_IN,
                                              .c = c,
                                              .c_end = c + channels,
                                              .u = u,
                                              .u_step = u_step,
                                              .ask = after,
                                              .asked = s.slab * TAPS * vector / ELEMENTS,
                                              .ahead = s.ahead};
            TIN_UNROLL
            for (int k = 0; k < TIN_LEAN_IN; k++)
                if (k == i) winograd_lean_row(wc, u, B, channels, u_step, k);
            winograd_products(v, bias, m, s, row, B, count);
        }
    }
}

/* V of `count` tiles from `first` on, of one phase. */
TIN_INLINE void winograd_panel(const void *restrict x, void *restrict v, float *restrict strip,
                               const struct conv2d_winograd s, const int first, const int count,
                               const int phase)
{
    if (s.depth > 1)
        winograd_inputs_of_squares(x, v, strip, s, first, count);
    else
        winograd_inputs(x, v, s, first, count, s.pad_top - phase / 2 * s.shift_top,
                        s.pad_left - phase % 2 * s.shift_left);
}

TIN_INLINE void conv2d_winograd(const void *restrict x, const void *r, const float *restrict w,
                                const void *restrict u, const float *restrict bias, void *y,
                                void *restrict scratch, const struct conv2d_winograd s,
                                ptrdiff_t begin, ptrdiff_t end)
{
    const int blocks = (s.oc + TIN_LANES - 1) / TIN_LANES, B_tail = blocks % s.tile_b;
    const int oc_groups = (blocks + s.tile_b - 1) / s.tile_b, lean = s.groups - s.ready;
    const int units = (s.tiles + s.unit - 1) / s.unit, elements = s.in * s.in;
    /* floats of the filters of one group, lean and ready */
    const ptrdiff_t group = (ptrdiff_t)s.tile_b * TIN_LANES;
    const ptrdiff_t stored = TIN_LEAN_TAPS * TIN_LEAN_TAPS * s.ic * group;
    const ptrdiff_t filters = (ptrdiff_t)elements * ((s.ic + s.inner - 1) / s.inner) * group;
    void *v = scratch;
    float *m = stored_place(v, elements * s.v_step, s.stored), *more = m + elements * s.m_step;
    TIN_NO_UNROLL
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        const int panel = (int)(chunk % s.panels), part = (int)(chunk / s.panels);
        const int first = (int)tin_chunk(units, s.panels, panel) * s.unit;
        const int past = (int)tin_chunk(units, s.panels, panel + 1) * s.unit;
        const int count = (past < s.tiles ? past : s.tiles) - first;
        const int of_part = part * s.groups, rest = oc_groups - of_part;
        const int phase = of_part / s.phase_groups, first_ready = part % 2 ? 0 : lean;
        const ptrdiff_t y_phase =
            phase / 2 * s.odd_row + phase % 2 * s.odd_column - phase * s.phase_blocks;
        winograd_panel(x, v, more, s, first, count, phase);
        TIN_NO_UNROLL
        for (int k = 0; k < (rest < s.groups ? rest : s.groups); k++) {
            const int nth = k - first_ready, vector = (of_part + k) * s.tile_b;
            const int ready = lean == 0 || (s.ready > 0 && nth >= 0 && nth < s.ready);
            const int tail = B_tail && of_part + k == oc_groups - 1, B = tail ? B_tail : s.tile_b;
            const float *bg = bias + (ptrdiff_t)vector * TIN_LANES;
            const float *wg = ready ? (const float *)u + (part * s.ready + nth) * filters
                                    : w + (part * lean + (nth < 0 ? k : k - s.ready)) * stored;
            if (tail && lean == 0)
                winograd_ready_group(v, wg, bg, m, s, B_tail, count);
            else if (tail)
                winograd_lean_group(v, wg, bg, m, more, s, B_tail, count);
            else if (ready)
                winograd_ready_group(v, wg, bg, m, s, s.tile_b, count);
            else
                winograd_lean_group(v, wg, bg, m, more, s, s.tile_b, count);
            const ptrdiff_t to = y_phase + vector * s.y_block;
            winograd_outputs(m, s.residual ? stored_at(r, vector * s.r_block, s.stored) : r,
                             stored_place(y, to, s.stored), s, B, first, count);
        }
    }
}

#endif
